import {describe, expect, test} from 'vitest';
import {
  exitFinding,
  notAnsweringFinding,
  notStartedFinding,
  runFindings,
  timeoutFinding,
} from '../../../../src/sources/nvidia-smi/problems/run-findings.ts';
import type {RunResult} from '../../../../src/sources/nvidia-smi/run-once.ts';

const codes = (result: RunResult) => runFindings(result, 'nvidia-smi', 5_000).map(({code}) => code);
const ended = (exitCode: number | null, stdout = '', stderr = ''): RunResult => ({
  kind: 'ended',
  exitCode,
  stdout,
  stderr,
});

describe('a run that exited', () => {
  test('without output and with a code has failed', () => {
    expect(codes(ended(1))).toEqual(['source.nvidia-smi.failed']);
    expect(codes(ended(null, '\n', ' '))).toEqual(['source.nvidia-smi.failed']);
  });

  test('successfully, or with any output, has no separate problem', () => {
    expect(codes(ended(0))).toEqual([]);
    expect(codes(ended(1, 'text'))).toEqual([]);
    expect(codes(ended(1, '', 'text'))).toEqual([]);
  });
});

test.each<[RunResult, string[]]>([
  [{kind: 'aborted'}, []],
  [{kind: 'not-started', code: 'ENOENT'}, ['source.nvidia-smi.not-found']],
  [{kind: 'not-started', code: 'EACCES'}, ['source.nvidia-smi.not-executable']],
  [{kind: 'stuck', gone: Promise.resolve()}, ['source.nvidia-smi.driver-not-answering']],
  [{kind: 'timed-out', stdout: 'text', stderr: ''}, ['source.nvidia-smi.timeout']],
])('a run that did not exit in order: %o', (result, expected) => {
  expect(codes(result)).toEqual(expected);
});

test.each([
  [4, 'no-permission'],
  [6, 'no-devices'],
  [9, 'driver-not-loaded'],
  [12, 'library-missing'],
  [15, 'gpu-lost'],
  [18, 'version-mismatch'],
  [2, 'failed'],
  [255, 'failed'],
  [null, 'failed'],
])('exit code %s is %s', (exitCode, code) => {
  expect(exitFinding(exitCode)).toMatchObject({code: `source.nvidia-smi.${code}`, severity: 'critical'});
});

test('a known exit code is shown with its meaning, an unknown one without', () => {
  expect(exitFinding(15).message).toMatch(/code 15 \(.+\)/);
  expect(exitFinding(8).message).toMatch(/code 8 \(.+\)/);
  expect(exitFinding(77).message).toMatch(/ code 77 and /);
  expect(exitFinding(null).message).toMatch(/ signal and /);
});

test('a missing program is distinguished from one that cannot be run', () => {
  expect(notStartedFinding('x', 'ENOENT')).toMatchObject({code: 'source.nvidia-smi.not-found', evidence: 'ENOENT'});
  expect(notStartedFinding('x', 'EACCES')).toMatchObject({
    code: 'source.nvidia-smi.not-executable',
    evidence: 'EACCES',
  });
});

test('a hanging driver and a slow tool are different problems', () => {
  expect(notAnsweringFinding(2).code).toBe('source.nvidia-smi.driver-not-answering');
  expect(notAnsweringFinding(2).message).toContain('2 nvidia-smi');
  expect(notAnsweringFinding(1).message).not.toContain('1 nvidia-smi');
  expect(timeoutFinding('x')).toMatchObject({code: 'source.nvidia-smi.timeout', message: 'x.'});
});
