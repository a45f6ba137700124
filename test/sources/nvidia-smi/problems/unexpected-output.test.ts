import {expect, test} from 'vitest';
import {nameOfForm, unexpectedOutput} from '../../../../src/sources/nvidia-smi/problems/unexpected-output.ts';

test.each([
  ['List of valid properties to query for the switch', 'a help text'],
  ['process_name, used_gpu_memory [MiB]', 'a list of processes'],
  ['pid, used_memory [MiB]', 'a list of processes'],
  ['gpu_uuid, pid, used_gpu_memory [MiB]', 'a list of processes'],
  ['process_name [x], y', 'a list of processes'],
  ['retired_pages.address', 'a list of retired pages'],
  ['# gpu         pid   type', 'the output of pmon'],
  ['# gpu    pwr  gtemp', 'the output of dmon'],
  ['[1.0] NVRM: Xid', 'a kernel log'],
  ['host kernel: text', 'a kernel log'],
  ['GPU0 CPU Affinity', 'the output of topo'],
  ['Legend:', 'the output of topo'],
  ['NVML version : 580', 'a version text'],
  ['  Link 0: 50 GB/s', 'the NVLink status'],
  ['<html>', 'a web page'],
  ['<!doctype html>', 'a web page'],
  [' {"a": 1}', 'JSON'],
  ['[]', 'JSON'],
])('%s is recognized as %s', (text, name) => {
  expect(nameOfForm(text)).toBe(name);
});

test.each(['', 'x', 'text {', '# gpu --', '# gpu  ', 'a <html', 'x # gpu pid', 'The Legend: of'])(
  '"%s" is not recognized',
  (text) => {
    expect(nameOfForm(text)).toBeNull();
  },
);

test('the evidence is the first line, at most 120 characters of it', () => {
  expect(unexpectedOutput('\n  first  \nsecond')).toMatchObject({
    code: 'source.nvidia-smi.unexpected-output',
    severity: 'critical',
    evidence: 'first',
  });
  expect(unexpectedOutput('x'.repeat(121)).evidence).toBe('x'.repeat(120));
  expect(unexpectedOutput(' \n').evidence).toBeNull();
});
