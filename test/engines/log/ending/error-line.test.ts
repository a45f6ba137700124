import {expect, test} from 'vitest';
import {mayBeError, readErrorLine} from '../../../../src/engines/log/ending/error-line.ts';
import {splitPrefix} from '../../../../src/engines/log/ending/log-prefix.ts';

test.each([
  'FATAL: no space on the device of the log',
  '[alert] 12#12: worker process 13 exited on signal 11',
  'Trace/breakpoint trap (core dumped)',
  'E0529 12:00:00.123456 139 ProcessGroupNCCL.cpp:616] the work timed out',
  '[E529 12:00:00.123 ProcessGroupNCCL.cpp:616] the work timed out',
  'grpc.ServiceUnavailable: the channel is closed',
])('%s is examined, and read as an error', (line) => {
  expect(mayBeError(line)).toBe(true);
  expect(readErrorLine(splitPrefix(line))).not.toBeNull();
});

test('what an error of a rank of torchrun stands behind is no obstacle', () => {
  expect(mayBeError('[rank0]:[E506 12:00:00.123 ProcessGroupNCCL.cpp:616] the work timed out')).toBe(true);
});

test.each(['loading shard 3 of 12', 'Uvicorn running on http://0.0.0.0:8000', 'INFO 05-29 12:00:00 [x.py:1] ready'])(
  '%s is not examined',
  (line) => expect(mayBeError(line)).toBe(false),
);

test('an error that was run together with what a library traces counts, and the trace alone does not', () => {
  const trace = '02fdc141b80d:213:213 [1] NCCL INFO cudaDriverVersion 12080';
  const formOf = (line: string): string | undefined => readErrorLine(splitPrefix(line))?.form;
  expect(formOf(`RuntimeError: NCCL error: unhandled cuda error ${trace}`)).toBe('exception');
  expect(formOf(`${trace} RuntimeError: of another`)).toBeUndefined();
});

test('a status of HTTP is no exit code', () => {
  const formOf = (line: string): string | undefined => readErrorLine(splitPrefix(line))?.form;
  expect(formOf('HEAD returned, status: 404')).toBeUndefined();
  expect(formOf('the server exited with code 137')).toBe('exit-code');
});

test('a program that a shell did not find is an error, and a file that was not found none', () => {
  const formOf = (line: string): string | undefined => readErrorLine(splitPrefix(line))?.form;
  expect(formOf('/bin/sh: 3: curl: not found')).toBeDefined();
  expect(formOf('sh: line 4: curl: not found')).toBeDefined();
  expect(formOf('finish: 3: template.json: not found')).toBeUndefined();
});
