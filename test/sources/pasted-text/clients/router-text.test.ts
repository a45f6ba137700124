import {describe, expect, test} from 'vitest';
import {readLines} from '../read-lines.ts';

const gateway =
  '2026-11-20 10:12:12 ERROR sglang_router_rs::routers::http::router: src/routers/http/router.rs:512: Failed to send request worker_url=http://10.0.0.4:30000 error=error sending request for url (http://10.0.0.4:30000/v1/chat/completions): connection refused';
const stack =
  '[2026-11-20 10:12:12,312] ERROR: Cannot connect to host 10.0.0.5:8000 ssl:default [Connect call failed] (request.py:241:vllm_router.services.request_service.request)';
const proxy =
  '10:12:12 - LiteLLM Router:ERROR: router.py:3012 - Exception occured - litellm.APIConnectionError: OpenAIException - Connection error.';

describe('the log of a router', () => {
  test.each([
    [gateway, 'SGLang', /does not reach an engine behind it: http:\/\/10\.0\.0\.4:30000\.$/],
    [stack, 'vLLM', /does not reach an engine behind it: 10\.0\.0\.5:8000\.$/],
    [proxy, 'LiteLLM', /does not reach an engine behind it\.$/],
    [
      '2026-11-20T10:12:12.1Z WARN smg::routers::http::router: No available workers (all circuits open or unhealthy)',
      'SGLang',
      /has no engine left/,
    ],
    [
      '[Router (Rust)] 2026-11-20 10:12:42 - WARN - Worker http://10.0.0.4:30000 is not healthy: error sending request',
      'SGLang',
      /does not reach an engine behind it: http:\/\/10\.0\.0\.4:30000\.$/,
    ],
    [
      'Nov 20 10:12:12 lb haproxy[811]: Server kimi/node1 is DOWN, reason: Layer4 connection problem, info: "Connection refused"',
      'HAProxy',
      /does not reach an engine/,
    ],
    [
      'time="2026-11-20T10:12:12Z" level=error msg="Health check failed" error="dial tcp 10.0.0.4:8000: connect: connection refused"',
      'Traefik',
      /does not reach an engine/,
    ],
    [
      '[2026-11-20T10:12:12.111Z] "POST /v1/chat/completions HTTP/1.1" 503 UH no_healthy_upstream - "-" 812 152 3',
      'Envoy',
      /has no engine left/,
    ],
    ['10:12:12 - LiteLLM Proxy:ERROR: router.py:1 - litellm.Timeout: timed out', 'LiteLLM', /did not answer in time/],
  ])('is one, and not that of an engine: %s', (line, name, says) => {
    const read = readLines([line]);
    expect(read).toMatchObject({
      kind: 'server-log',
      engine: null,
      exit: 'failed',
      displayName: 'Log of a router',
      findings: [{code: 'server.upstream-not-reached', severity: 'critical'}],
    });
    expect(read?.kind === 'server-log' && read.summary[0]).toContain(`a router of ${name}`);
    expect(read?.findings[0]?.message).toMatch(says);
  });

  test('counts the lines of a kind, and names each address once', () => {
    const lines = [gateway, gateway, gateway.replaceAll('10.0.0.4', '10.0.0.6')];
    expect(readLines(lines)?.findings[0]?.message).toMatch(
      /: http:\/\/10\.0\.0\.4:30000; http:\/\/10\.0\.0\.6:30000 \(3 lines\)\.$/,
    );
  });

  test('is no failure where requests were answered, or where it reports none', () => {
    const answered = 'INFO:     10.0.0.9:51112 - "POST /v1/chat/completions HTTP/1.1" 200 OK';
    expect(readLines([proxy, answered])).toMatchObject({exit: 'no-failure', findings: [{severity: 'warning'}]});
    const quiet = '10:12:12 - LiteLLM Proxy:INFO: proxy_server.py:3796 - Loading 0 search tool(s)';
    expect(readLines([quiet, quiet])).toMatchObject({exit: 'no-failure', findings: []});
  });

  test('in which an engine refused a request is a warning', () => {
    const line = '10:12:12 - LiteLLM Router:ERROR: router.py:1 - litellm.NotFoundError: no such model kimi';
    expect(readLines([line])).toMatchObject({
      exit: 'no-failure',
      findings: [{code: 'server.requests-refused', severity: 'warning'}],
    });
  });
});

test('lines of Uvicorn alone say that a server started, and that they are of many programs', () => {
  const read = readLines([
    'INFO:     Started server process [4121]',
    'INFO:     Application startup complete.',
    'INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)',
  ]);
  expect(read).toMatchObject({kind: 'server-log', exit: 'no-failure'});
  expect(read?.kind === 'server-log' && read.summary.join(' ')).toMatch(
    /accepts requests at http:\/\/0\.0\.0\.0:8000\. .*Uvicorn/,
  );
});

test('of a proxy, the first failure counts, with the address that it uses', () => {
  const refused =
    '2026/11/20 10:12:12 [error] 29#29: *113 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9, upstream: "http://127.0.0.1:8000/v1/chat/completions"';
  const none =
    '2026/11/20 10:12:14 [error] 29#29: *114 no live upstreams while connecting to upstream, client: 10.0.0.9';
  const read = readLines([refused, none]);
  expect(read).toMatchObject({displayName: 'Log of a proxy', findings: [{code: 'server.upstream-not-reached'}]});
  expect(read?.findings[0]?.message).toMatch(/nothing listens at http:\/\/127\.0\.0\.1:8000\.$/);
});
