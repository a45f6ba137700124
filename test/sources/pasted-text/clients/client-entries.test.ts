import {describe, expect, test} from 'vitest';
import {readClientEntries} from '../../../../src/sources/pasted-text/clients/client-entries.ts';
import {readLines} from '../read-lines.ts';

const entry = (value: unknown): string => JSON.stringify(value);
const refused = {error: {message: 'The model `kimi` does not exist.', type: 'NotFoundError', param: null, code: 404}};
const tooLong = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens";

describe('a log of a client in JSON', () => {
  test.each([
    [
      'an error as a text',
      [{level: 'error', msg: 'request failed', error: 'Post "http://10.0.0.5:8000/v1": context deadline exceeded'}],
      'client.timeout',
    ],
    ['an error as an object, with the status in it', [refused], 'client.status-404'],
    [
      'the status in the record',
      [{time: '2026-11-20T10:12:13Z', status: 500, error: {message: 'Internal server error'}}],
      'client.status-500',
    ],
    [
      'an answer of an older engine',
      [{object: 'error', message: tooLong, type: 'BadRequestError', code: 400}],
      'client.status-400',
    ],
    [
      'a status in the words of a library',
      [{error: {message: 'litellm.RateLimitError: Error code: 429 - too many'}}],
      'client.status-429',
    ],
    [
      'the levels of Pino',
      [{level: 50, err: {type: 'APIConnectionTimeoutError', message: 'Request timed out.'}, msg: 'failed'}],
      'client.timeout',
    ],
    [
      'results of which one failed',
      [
        {success: true, error: ''},
        {
          success: false,
          error:
            'Traceback (most recent call last):\n  File "x.py", line 1\naiohttp.ServerDisconnectedError: Server disconnected\n',
        },
      ],
      'client.closed',
    ],
    [
      'an access log of a proxy',
      [{request: 'POST /v1/chat/completions HTTP/1.1', status: '504'}, {status: '504'}],
      'client.status-504',
    ],
    ['clients that gave up', [{DownstreamStatus: 499, RequestPath: '/v1/chat/completions'}], 'client.status-499'],
    ['an error of which nothing is known', [{severity: 'ERROR', message: 'it went wrong'}], 'client.error'],
  ])('is a failure: %s', (_, entries, code) => {
    const text = readLines(entries.map(entry));
    expect(text).toMatchObject({kind: 'client-log', exit: 'failed'});
    const found = text?.findings.find((finding) => finding.code === code);
    expect(found).toMatchObject({severity: 'critical', evidence: expect.stringMatching(/^[^\n]+$/)});
  });

  test('of one document is read as the same', () => {
    expect(readLines(JSON.stringify(refused, null, 2).split('\n'))?.findings[0]?.code).toBe('client.status-404');
    expect(readLines(JSON.stringify([refused, {error: null}], null, 1).split('\n'))?.findings[0]?.code).toBe(
      'client.status-404',
    );
  });

  test('keeps what the words of the engine in it tell', () => {
    const text = readLines([entry({object: 'error', message: tooLong, code: 400})]);
    expect(text?.findings.map(({code}) => code)).toEqual(['client.status-400', 'vllm.request-too-long']);
  });

  test('of a proxy that also serves has warnings, the most frequent first', () => {
    const entries = [{status: 504}, {status: 200}, {status: 503}, {status: 503}];
    const text = readLines(entries.map(entry));
    expect(text?.exit).toBe('no-failure');
    expect(text?.findings.map(({code, severity}) => `${severity} ${code}`)).toEqual([
      'warning client.status-503',
      'warning client.status-504',
    ]);
    expect(text?.kind === 'client-log' ? text.summary[0] : '').toBe('3 of 4 records with an error.');
  });

  test.each([
    ['errors that are empty', [{success: true, error: ''}, {error: null}, {error: {}}, {error: 'null'}]],
    ['requests that succeeded', [{level: 'info', msg: 'done', status: 200}]],
    ['numbers that are no status', [{code: 137}, {status: 7}, {status: 'ok'}]],
  ])('without a failure is none: %s', (_, entries) => {
    expect(readLines(entries.map(entry))).toBeNull();
  });

  test.each([
    ['a container runtime', [{log: 'ERROR: it failed\n', stream: 'stderr', time: '2026-11-20T10:12:13Z'}]],
    ['a text in which not every line is one', ['{"error": "x"}', 'and more']],
    ['nothing', []],
  ])('is none of %s', (_, lines) => {
    expect(readClientEntries(lines.map((line) => (typeof line === 'string' ? line : entry(line))))).toBeNull();
  });
});

test('the log of an engine whose entries have levels is that of the engine', () => {
  const said =
    '(EngineCore_DP0 pid=9) ERROR 11-23 02:14:55 [core.py:1] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 384.00 MiB.';
  expect(readLines([entry({level: 'ERROR', message: said, error: 'x'})])).toMatchObject({
    kind: 'engine-log',
    engine: 'vllm',
    exit: 'failed',
  });
  expect(
    readLines([
      entry({
        level: 'ERROR',
        message: 'Traceback (most recent call last):\n  File "x.py", line 1, in f\nValueError: no',
      }),
    ]),
  ).toMatchObject({kind: 'engine-log'});
});
