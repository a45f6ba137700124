import {expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';

test('a message that someone broke into lines is known by all of its words together', () => {
  const found = readLines(['RuntimeError: probability tensor', 'contains either `inf`, `nan` or', 'element < 0']);
  expect(found?.findings).toMatchObject([
    {
      code: 'common.values-not-finite',
      evidence: 'line 1: RuntimeError: probability tensor contains either `inf`, `nan` or element < 0',
    },
  ]);
});

test('words that no catalog has stay unknown, and an error that says what to set is reported so', () => {
  expect(readLines(['RuntimeError: the moon', 'is full'])?.findings[0]?.message).toContain('does not recognize');
  const found = readLines([
    'ValueError: moon_phase must be one of [\u0027new\u0027, \u0027full\u0027], got \u0027half\u0027',
  ]);
  expect(found?.findings[0]).toMatchObject({
    message: expect.stringContaining('its own error says what to do'),
    remedy: expect.stringContaining('must be one of'),
  });
});

test('the traceback of a request that a server refused does not end that server', () => {
  const found = readLines([
    'Exception: Requested tokens (4100) exceed context window of 4096',
    'Traceback (most recent call last):',
    '  File "/opt/venv/llama_cpp/server/errors.py", line 171, in custom_route_handler',
    '    response = await original_route_handler(request)',
  ]);
  expect(found).toMatchObject({
    kind: 'engine-log',
    exit: 'serving',
    findings: [{code: 'llamacpp.request-too-long', severity: 'info'}],
  });
});
