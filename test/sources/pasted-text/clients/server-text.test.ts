import {expect, test} from 'vitest';
import {readLines} from '../read-lines.ts';

const access = (status: string, path = '/v1/chat/completions'): string =>
  `INFO:     10.0.0.9:51234 - "POST ${path} HTTP/1.1" ${status}`;
const nginx = (status: number): string =>
  `10.0.0.9 - - [06/May/2026:12:30:01 +0000] "POST /v1/completions HTTP/1.1" ${status} 157 "-" "python-requests/2.32"`;
const decode =
  '[2026-05-06 12:30:01 TP0] Decode batch, #running-req: 5, #token: 20800, token usage: 0.29, gen throughput (token/s): 144.95, #queue-req: 0';

test('answers and the start of a web server are recognized, without an engine being named', () => {
  const found = readLines([access('200 OK'), access('404 Not Found', '/favicon.ico'), nginx(200)]);
  expect(found).toMatchObject({kind: 'server-log', engine: null, exit: 'no-failure', findings: []});
  expect(found?.kind === 'server-log' && found.summary[0]).toBe('Requests that were answered: 2 with 200, 1 with 404.');
  expect(readLines(['INFO:     Started server process [1]', 'INFO:     Application startup complete.'])).toMatchObject({
    kind: 'server-log',
    exit: 'no-failure',
  });
});

test('a server that answered no request for text is a failure, one that refused some is warned of', () => {
  const refused = access('400 Bad Request');
  expect(readLines([refused, refused, refused])).toMatchObject({
    exit: 'failed',
    findings: [{code: 'server.requests-refused', severity: 'critical'}],
  });
  expect(readLines([refused, access('200 OK')])).toMatchObject({exit: 'no-failure', findings: [{severity: 'warning'}]});
});

test('a proxy that does not reach its engine is a failure', () => {
  const error =
    '2026/05/06 12:30:02 [error] 29#29: *7 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, upstream: "http://10.0.0.5:8000/"';
  const found = readLines([nginx(502), error]);
  expect(found).toMatchObject({kind: 'server-log', exit: 'failed'});
  expect(found?.findings[0]).toMatchObject({code: 'server.upstream-not-reached', severity: 'critical'});
});

test('a proxy that gets no connection in time is not told to wait longer', () => {
  const found = readLines([
    nginx(504),
    '2026/05/06 12:30:02 [error] 31#31: *9 upstream timed out (110: Operation timed out) while connecting to upstream, client: 10.0.0.9, upstream: "http://10.0.0.5:8000/v1/models", host: "llm"',
  ]);
  expect(found?.findings[0]).toMatchObject({code: 'server.upstream-not-reached', severity: 'critical'});
  expect(found?.findings[0]?.message).toContain('http://10.0.0.5:8000');
  expect(found?.findings[0]?.remedy).toContain('firewall');
});

test('an excerpt of an engine that generates, or answers, is of one that serves', () => {
  expect(readLines([decode, decode])).toMatchObject({
    kind: 'engine-log',
    engine: 'sglang',
    exit: 'serving',
    findings: [],
  });
  const behindRouter = [
    '[37543] srv  log_server_r: request: POST /v1/chat/completions 127.0.0.1 200',
    '[37543] slot print_timing: id  0 | task 11 | prompt eval time =     120.11 ms /    54 tokens (    2.22 ms per token,   449.59 tokens per second)',
    '[37543] slot print_timing: id  0 | task 11 |       total time =    1140.22 ms /   118 tokens',
  ];
  expect(readLines(behindRouter)).toMatchObject({kind: 'engine-log', engine: 'llamacpp', exit: 'serving'});
});

test('an engine that serves and refuses every request is a failure, one that refuses some is warned of', () => {
  const refused = `[2026-05-06 12:30:02] ${access('500 Internal Server Error')}`;
  expect(readLines([decode, refused, refused, refused])).toMatchObject({
    kind: 'engine-log',
    exit: 'failed',
    findings: [{code: 'server.requests-refused'}],
  });
  expect(readLines([decode, refused, `[2026-05-06 12:30:03] ${access('200 OK')}`])).toMatchObject({
    kind: 'engine-log',
    exit: 'serving',
    findings: [{code: 'server.requests-refused', severity: 'warning'}],
  });
});

test('a start that has not ended stays one, though its warm-up was answered', () => {
  const lines = [
    '[2026-05-06 12:30:09 TP0] Load weight begin. avail mem=78.10 GB',
    `[2026-05-06 12:30:19] ${access('200 OK', '/generate')}`,
  ];
  expect(readLines(lines)).toMatchObject({kind: 'engine-log', exit: 'starting'});
});

test('a transfer of KV cache that fails is a failure of a server that is ready, and its cause comes first', () => {
  const ready = ['[2026-05-06 12:30:01] The server is fired up and ready to roll!', decode];
  const failed =
    "[2026-05-06 12:31:01] Prefill transfer failed for request rank=0 req.rid='1' req.bootstrap_room=2 with exception KVTransferError(bootstrap_room=2): Failed to send kv chunk";
  expect(readLines([...ready, failed])).toMatchObject({
    exit: 'failed',
    findings: [{code: 'sglang.kv-transfer-failed'}],
  });
  const unregistered =
    'E0506 12:30:59.553362 67580 rdma_context.cpp:203] Failed to register memory 0x7c1cda000000: Bad address [14]';
  const both = readLines([unregistered, ...ready, failed]);
  expect(both?.findings.map(({code, explainedBy}) => [code, explainedBy !== undefined])).toEqual([
    ['sglang.rdma-registration', false],
    ['sglang.kv-transfer-failed', true],
  ]);
  const aborted = failed.replace('Failed to send kv chunk', 'Aborted by AbortReq');
  expect(readLines([...ready, aborted])).toMatchObject({exit: 'serving'});
});

test('a request that is larger than the physical batch is reported of an engine that serves', () => {
  const lines = [
    'main: server is listening on http://127.0.0.1:8080 - starting the main loop',
    'srv    send_error: task id = 0, error: input (4321 tokens) is too large to process. increase the physical batch size (current batch size: 512)',
  ];
  const found = readLines(lines);
  expect(found).toMatchObject({
    engine: 'llamacpp',
    exit: 'serving',
    findings: [{code: 'llamacpp.request-over-batch', severity: 'info'}],
  });
  expect(found?.findings[0]?.message).toContain('4,321 tokens was refused');
});
