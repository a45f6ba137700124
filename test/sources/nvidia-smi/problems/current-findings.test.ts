import {expect, test} from 'vitest';
import {CurrentFindings} from '../../../../src/sources/nvidia-smi/problems/current-findings.ts';
import {gpuFinding} from '../../../../src/sources/nvidia-smi/problems/gpu-finding.ts';

const finding = (code: string) => gpuFinding(code, {message: `${code}.`, remedy: 'None.'});
const codes = (findings: CurrentFindings) =>
  findings.takeChange()?.map(({code}) => code.replace('source.nvidia-smi.', '')) ?? null;

test('are reported when they change, each query with its own', () => {
  const findings = new CurrentFindings();
  expect(codes(findings)).toEqual([]);
  expect(codes(findings)).toBeNull();
  findings.set('frame', [finding('a')]);
  findings.set('inventory', [finding('b')]);
  expect(codes(findings)).toEqual(['a', 'b']);
  findings.set('frame', []);
  expect(codes(findings)).toEqual(['b']);
});

test('one query without an answer changes nothing, the second in a row does', () => {
  const findings = new CurrentFindings();
  findings.setAnswered('processes', [finding('a')], true);
  findings.setAnswered('processes', [finding('timeout')], false);
  expect(codes(findings)).toEqual(['a']);
  findings.setAnswered('processes', [finding('timeout')], false);
  expect(codes(findings)).toEqual(['timeout']);
  findings.setAnswered('processes', [], true);
  findings.setAnswered('processes', [finding('timeout')], false);
  expect(codes(findings)).toEqual([]);
});

test('critical problems are known by the query that has them', () => {
  const findings = new CurrentFindings();
  findings.set('inventory', [finding('gpu-lost')]);
  findings.set('frame', [{...finding('ecc-uncorrected'), severity: 'warning'}]);
  expect([findings.hasCritical('inventory'), findings.hasCritical('frame')]).toEqual([true, false]);
});
