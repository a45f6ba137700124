import {expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';
import {diagnosisOf} from '../../torch/torch-findings.ts';

test.each([
  ['request-refused', 'parse: error parsing grammar: expecting name at |', /cannot be parsed: expecting name/],
  [
    'request-refused',
    'Error code: 400 - Unable to generate parser for this template. Error: Jinja Exception: Roles must alternate.',
    /refused the messages of a request: Roles must alternate\./,
  ],
  ['request-over-context', 'srv    send_error: task id = 7, error: Context size has been exceeded.', /slots share/],
  [
    'request-truncated',
    'slot update_slots: id  0 | task 9 | input truncated, n_ctx = 4096, n_keep = 0, n_left = 9',
    /4,096 tokens/,
  ],
  [
    'request-too-long',
    'srv    send_error: task id = 3, error: the request exceeds the available context size. try increasing the context size or enable context shift',
    /longer than the context of one slot/,
  ],
])('%s: the server lives on after %s', (code, line, message) => {
  const found = readLines([line]);
  expect(found).toMatchObject({exit: 'serving', findings: [{code: `llamacpp.${code}`}]});
  expect(found?.findings[0]?.message).toMatch(message);
});

test.each([
  [
    {
      code: 400,
      message: 'Failed to initialize samplers: Unexpected empty grammar stack',
      type: 'invalid_request_error',
    },
    'llamacpp.request-refused',
    'client.status-400',
  ],
  [
    {
      event: 'Failed agent run',
      error: "Error code: 500 - {'error': {'code': 500, 'message': 'Context size has been exceeded.'}}",
      timestamp: '2026-05-21T03:44:39Z',
    },
    'llamacpp.request-over-context',
    'client.status-500',
  ],
])('an answer in JSON is a failure of its client, for what llama.cpp says: %o', (entry, reason, status) => {
  const found = readLines([JSON.stringify(entry)]);
  expect(found).toMatchObject({kind: 'client-log', exit: 'failed'});
  expect(found?.findings.map(({code}) => code)).toEqual([status, reason]);
});

test('a grammar that ends the server is still a failure', () => {
  const found = readLines([
    "terminate called after throwing an instance of 'std::runtime_error'",
    '  what():  Unexpected empty grammar stack after accepting piece: { (90)',
  ]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'llamacpp.request-broke-grammar'}]});
});

test.each([
  ['unknown projector type: newkind', 'projector-unknown', /newer build/],
  ['unknown projector type:', 'projector-unusable', /A newer build of llama\.cpp does not help/],
  ['unable to find tensor v.blk.0.ln1.weight', 'projector-incomplete', /convert it again/],
])('a projector that is not loaded: %s', (reason, code, remedy) => {
  const found = diagnosisOf('llamacpp', [
    `clip_init: failed to load model '/models/mmproj.gguf': load_hparams: ${reason}`,
    '',
    'mtmd_init_from_file: error: Failed to load CLIP model from /models/mmproj.gguf',
    "srv    load_model: failed to load multimodal model, '/models/mmproj.gguf'",
    'main: exiting due to model loading error',
  ]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: `llamacpp.${code}`}]});
  expect(found?.findings[0]?.remedy).toMatch(remedy);
});

test('the widths of a projector and of a model that do not belong together', () => {
  const [finding] =
    diagnosisOf('llamacpp', ['mismatch between text model (n_embd = 5120) and mmproj (n_embd = 4096)'])?.findings ?? [];
  expect(finding?.message).toBe(
    'The projector (--mmproj) belongs to another model: its width is 4096, and that of the model 5120.',
  );
});

test('a chat template that is replaced is a warning of a server that starts', () => {
  const found = diagnosisOf('llamacpp', [
    'common_chat_templates_init: failed to parse chat template (defaulting to chatml): unexpected token at row 1',
    'main: server is listening on http://127.0.0.1:8080',
  ]);
  expect(found?.exit).not.toBe('failed');
  expect(found?.findings).toMatchObject([{code: 'llamacpp.template-replaced', severity: 'warning'}]);
});

test.each([
  [
    '--flash-attn',
    "error: unknown value for --flash-attn: '--jinja'",
    'took the next option, --jinja',
    /on, off or auto/,
  ],
  ['--threads', 'expected value for argument', '--threads has no value', /--help/],
])('%s without a value: %s', (option, reason, message, remedy) => {
  const [finding] = diagnosisOf('llamacpp', [`error while handling argument "${option}": ${reason}`])?.findings ?? [];
  expect(finding?.message).toContain(message);
  expect(finding?.remedy).toMatch(remedy);
});

test.each([
  ['the requested functionality is not supported', 'matrix-product-refused'],
  ['CUBLAS_STATUS_NOT_SUPPORTED', 'matrix-product-refused'],
  ['invalid argument', 'kernel-not-launched'],
  ['an illegal memory access was encountered', 'cuda-error'],
])('CUDA error: %s', (reason, code) => {
  const [finding] = diagnosisOf('llamacpp', [`CUDA error: ${reason}`])?.findings ?? [];
  expect(finding?.code).toBe(`llamacpp.${code}`);
  if (code !== 'cuda-error') expect(finding?.remedy).toMatch(/not the hardware/);
});
