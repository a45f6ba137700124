import {expect, test} from 'vitest';
import type {LogDiagnosis} from '../../../src/domain/diagnosis/log-diagnosis.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {createLogDiagnoser, type DiagnosedEngine} from '../../../src/engines/log/diagnose-log.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';

function diagnose(lines: readonly string[], engine: DiagnosedEngine): LogDiagnosis {
  const diagnoser = createLogDiagnoser(engine);
  for (const [index, text] of lines.entries()) diagnoser.take({text, number: index + 1});
  return diagnoser.result();
}

const router = [
  '[ 5002] main: loading model',
  '[ 5001] main: loading model',
  "[ 5001] srv    load_model: failed to load model, '/models/a.gguf'",
  '[ 5001] main: exiting due to model loading error',
  '[ 5002] load_tensors:        CUDA0 model buffer size =  1000.00 MiB',
];
const loaded = ['[ 5002] main: model loaded', '[ 5002] main: server is listening on http://127.0.0.1:5002'];

test('of the models of a router, one that is not loaded does not end the others', () => {
  const found = diagnose([...router, ...loaded], llamacpp);
  expect(found).toMatchObject({exit: 'serving', isReady: true});
  expect(found.findings.map(({severity}) => severity)).toEqual(['warning']);
  expect(diagnose(router, llamacpp).exit).toBe('failed');
});

test('of a server without a router, what follows of a start is that of another one', () => {
  const alone = [...router, ...loaded].map((line) => line.replace(/^\[ \d+\] /, ''));
  expect(diagnose(alone, llamacpp).exit).toBe('failed');
});

const sglangStart = [
  "[2026-10-04 02:20:00] server_args=ServerArgs(model_path='moonshotai/Kimi-K2.7-Code')",
  '[2026-10-04 02:20:01 TP0] Load weight begin. avail mem=140.00 GB',
];
const ready = '[2026-10-04 02:20:03] The server is fired up and ready to roll!';
const request = [
  'ERROR:    Exception in ASGI application',
  'Traceback (most recent call last):',
  '  File "/opt/sglang/http_server.py", line 10, in get_server_info',
  '    return state.server_args',
  "AttributeError: 'NoneType' object has no attribute 'server_args'",
];

test('a request that SGLang cannot serve is no end of a server that serves', () => {
  const found = diagnose([...sglangStart, ready, ...request], sglang);
  expect(found).toMatchObject({exit: 'serving', isReady: true});
  expect(found.findings).toMatchObject([{code: 'sglang.start-failed', severity: 'warning'}]);
});

test('a request that comes while SGLang starts does not end the start; a server that exits does', () => {
  expect(diagnose([...sglangStart, ...request, ready], sglang)).toMatchObject({exit: 'serving', isReady: true});
  const failed = [...sglangStart, 'ERROR:    Application startup failed. Exiting.', ready];
  expect(diagnose(failed, sglang).exit).toBe('failed');
});
