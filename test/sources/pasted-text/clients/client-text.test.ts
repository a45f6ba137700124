import {describe, expect, test} from 'vitest';
import {readLines} from '../read-lines.ts';

const traceback = (error: string): readonly string[] => [
  'Traceback (most recent call last):',
  '  File "/opt/app/ask.py", line 14, in <module>',
  '    answer = client.chat.completions.create(model="kimi", messages=messages)',
  '  File "/opt/venv/lib/python3.12/site-packages/openai/_base_client.py", line 1047, in request',
  '    raise self._make_status_error_from_response(err.response) from None',
  error,
];

test.each([
  ['openai.APIConnectionError: Connection error.', 'not-connected'],
  ['openai.APITimeoutError: Request timed out.', 'timeout'],
  ["openai.InternalServerError: Error code: 503 - {'detail': 'overloaded'}", 'status-503'],
  ["openai.RateLimitError: Error code: 429 - {'message': 'too many requests'}", 'status-429'],
  ["openai.NotFoundError: Error code: 404 - {'message': 'The model `x` does not exist.'}", 'status-404'],
  ["openai.AuthenticationError: Error code: 401 - {'error': 'Unauthorized'}", 'status-401'],
  ['httpx.ConnectError: [Errno 111] Connection refused', 'refused'],
  [
    'httpx.RemoteProtocolError: peer closed connection without sending complete message body (incomplete chunked read)',
    'closed',
  ],
  [
    "requests.exceptions.ReadTimeout: HTTPConnectionPool(host='10.0.0.5', port=8000): Read timed out. (read timeout=60)",
    'timeout',
  ],
  [
    "requests.exceptions.SSLError: HTTPSConnectionPool(host='10.0.0.5', port=8000): Max retries exceeded (Caused by SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number'))",
    'plain-port',
  ],
  [
    "requests.exceptions.ConnectionError: HTTPConnectionPool(host='engine', port=8000): Failed to resolve 'engine' ([Errno -2] Name or service not known)",
    'name-unknown',
  ],
  ['aiohttp.client_exceptions.ServerDisconnectedError: Server disconnected', 'closed'],
])('the traceback of a client: %s', (error, code) => {
  const found = readLines(traceback(error));
  expect(found).toMatchObject({kind: 'client-log', exit: 'failed'});
  expect(found?.findings.map((finding) => finding.code)).toEqual([`client.${code}`]);
});

test.each([
  ["curl: (7) Failed to connect to localhost port 8000 after 0 ms: Couldn't connect to server", 'refused'],
  ['APIConnectionError: Connection error.', 'not-connected'],
  ["Error code: 400 - {'message': 'maximum context length'}", 'status-400'],
  [
    'requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: http://localhost:8000/v1/models',
    'status-503',
  ],
  ['{"error":{"message":"The model does not exist.","type":"NotFoundError","param":"model","code":404}}', 'status-404'],
  ['{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}', 'status-503'],
  ['< HTTP/1.1 502 Bad Gateway', 'status-502'],
  ['curl: (28) Operation timed out after 60001 milliseconds with 0 bytes received', 'timeout'],
  ['curl: (52) Empty reply from server', 'closed'],
  ['curl: (60) SSL certificate problem: self-signed certificate', 'certificate'],
])('%s', (line, code) => {
  expect(readLines([line])?.findings[0]?.code).toBe(`client.${code}`);
});

const request = (status: string): string =>
  `INFO:httpx:HTTP Request: POST http://10.0.0.5:8000/v1/chat/completions "HTTP/1.1 ${status}"`;

test('requests that a client logs are counted; those that all succeeded are no failure', () => {
  const mixed = readLines([request('200 OK'), request('503 Service Unavailable'), request('200 OK')]);
  expect(mixed).toMatchObject({kind: 'client-log', exit: 'failed', findings: [{code: 'client.status-503'}]});
  expect(mixed?.kind === 'client-log' && mixed.summary[0]).toBe('2 of 3 requests succeeded.');
  expect(readLines([request('200 OK')])).toMatchObject({kind: 'client-log', exit: 'no-failure'});
});

test('an exception that an engine logs, and one of the hub of models, are not of a client', () => {
  const ofEngine = [
    '[2026-05-06 12:30:09 TP0] Load weight begin. avail mem=78.10 GB',
    '[2026-05-06 12:30:09 TP0] Scheduler hit an exception: Traceback (most recent call last):',
    ...traceback('httpx.ConnectError: [Errno 111] Connection refused').slice(1),
  ];
  expect(readLines(ofEngine)).toMatchObject({kind: 'engine-log', engine: 'sglang', exit: 'failed'});
  const ofHub = readLines([
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='huggingface.co', port=443): Max retries exceeded",
  ]);
  expect(ofHub?.kind).toBe('engine-log');
});

describe('a time-out of a client is none of the engine', () => {
  const frames = {
    'the benchmark of vLLM': '/opt/venv/lib/python3.12/site-packages/vllm/benchmarks/lib/endpoint_request_func.py',
    'the benchmark of SGLang': '/sgl-workspace/sglang/python/sglang/bench_serving.py',
    aiohttp: '/opt/venv/lib/python3.12/site-packages/aiohttp/client.py',
    httpx: '/opt/venv/lib/python3.12/site-packages/httpx/_client.py',
  };

  test.each(Object.entries(frames))('by the calls of %s', (_, file) => {
    const found = readLines([
      'Traceback (most recent call last):',
      `  File "${file}", line 225, in request`,
      '    async with session.post(url=api_url) as response:',
      '  File "/usr/lib/python3.12/asyncio/timeouts.py", line 115, in __aexit__',
      '    raise TimeoutError from exc_val',
      'TimeoutError',
    ]);
    expect(found).toMatchObject({kind: 'client-log', exit: 'failed', findings: [{code: 'client.timeout'}]});
  });

  test.each([
    [
      'node',
      [
        'TypeError: fetch failed',
        '  [cause]: HeadersTimeoutError: Headers Timeout Error',
        "    code: 'UND_ERR_HEADERS_TIMEOUT'",
      ],
    ],
    ['a logger', ['2026-11-20 10:12:13,123 ERROR agent: the request failed: Request timed out.']],
    ['LiteLLM', ['proxy_server.handle(): Exception occured - litellm.Timeout: APITimeoutError - Request timed out.']],
  ])('in the words of %s', (_, lines) => {
    const found = readLines(lines);
    expect(found).toMatchObject({kind: 'client-log', exit: 'failed'});
    expect(found?.findings[0]?.code).toBe('client.timeout');
  });

  test('but one while a model is loaded, or of an engine that starts, is', () => {
    const loading = (file: string): readonly string[] => [
      'Traceback (most recent call last):',
      `  File "/venv/site-packages/${file}", line 1, in get`,
      '  File "/venv/site-packages/requests/adapters.py", line 1, in send',
      'TimeoutError: [Errno 110] it took too long',
    ];
    expect(readLines(loading('huggingface_hub/file_download.py'))?.kind).toBe('engine-log');
    expect(
      readLines([
        'INFO 11-23 02:10:00 [gpu_model_runner.py:1] Starting to load model kimi...',
        ...loading('vllm/benchmarks/x.py'),
      ])?.kind,
    ).toBe('engine-log');
  });
});
