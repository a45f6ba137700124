import {expect, test} from 'vitest';
import {findingsOfGpus} from '../../../../src/sources/nvidia-smi/problems/card-findings.ts';
import {CurrentFindings} from '../../../../src/sources/nvidia-smi/problems/current-findings.ts';
import {lostHandleFinding, lostHandles} from '../../../../src/sources/nvidia-smi/problems/error-texts.ts';
import {gpuFinding} from '../../../../src/sources/nvidia-smi/problems/gpu-finding.ts';

import {gpuSample} from '../../../supervisor/snapshot/observed.ts';

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

test('a lost GPU that two queries report has the words of its row, whichever query answered first', () => {
  const row = findingsOfGpus([gpuSample(3, {fault: 'GPU is lost', pciBusId: '00000000:5D:00.0'})]);
  const query = lostHandles('Unable to determine the device handle for GPU3: 0000:5D:00.0: GPU is lost.  Reboot it');
  const orders = [
    ['frame', 'inventory'],
    ['inventory', 'frame'],
  ] as const;
  for (const order of orders) {
    const findings = new CurrentFindings();
    for (const place of order) findings.set(place, place === 'frame' ? row : query.map(lostHandleFinding));
    expect(findings.takeChange()?.map(({message}) => message)).toEqual(['GPU 3 (00000000:5D:00.0): GPU is lost.']);
    findings.set('frame', []);
    expect(findings.takeChange()?.map(({message}) => message)).toEqual(['GPU 3 (0000:5D:00.0): GPU is lost.']);
  }
});
