import {Buffer} from 'node:buffer';
import type {RequestListener, ServerResponse} from 'node:http';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {
  type MetricsSourceEvent,
  type MetricsSourceOptions,
  startMetricsSource,
} from '../../../src/sources/metrics/metrics-source.ts';
import {MAX_EXPOSITION_BYTES} from '../../../src/sources/metrics/parse-exposition.ts';
import {serveHttp, serveTcp, type TestServer} from '../../harness/servers.ts';

const page = [
  '# TYPE vllm:num_requests_running gauge',
  'vllm:num_requests_running{engine="0",model_name="kimi-k2.7-code"} 46.0',
  '# TYPE vllm:generation_tokens_total counter',
  'vllm:generation_tokens_total{engine="0",model_name="kimi-k2.7-code"} 13680.0',
  '',
].join('\n');

let events: MetricsSourceEvent[] = [];
let server: TestServer | null = null;
let source: {readonly stop: () => void} | null = null;

beforeEach(() => {
  events = [];
});

afterEach(async () => {
  source?.stop();
  source = null;
  await server?.close();
  server = null;
});

function watch(port: number, options: Partial<MetricsSourceOptions> = {}): void {
  source = startMetricsSource({
    url: `http://127.0.0.1:${port}/metrics`,
    mapMetrics: vllm.mapMetrics,
    clock: {nowMs: () => Date.now(), monotonicMs: () => performance.now()},
    onEvent: (event) => events.push(event),
    intervalMs: 10,
    timeoutMs: 2_000,
    ...options,
  });
}

/** Serves what `listener` says, which may be exchanged in mid-test. */
async function serve(listener: RequestListener): Promise<{answerWith: (next: RequestListener) => void; port: number}> {
  let current = listener;
  server = await serveHttp((request, response) => current(request, response));
  return {
    port: server.port,
    answerWith: (next) => {
      current = next;
    },
  };
}

const answerPage: RequestListener = (_, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(page);
};

function codes(): string[] {
  return events.map((event) => (event.type === 'failed' ? event.finding.code : 'sample'));
}

async function untilLast(code: string): Promise<void> {
  await vi.waitFor(() => expect(codes().at(-1)).toBe(code), {timeout: 10_000, interval: 5});
}

/** Every way of answering that is no answer, and the name it gets. */
const faults: readonly [string, string, RequestListener, RegExp][] = [
  ['an answer that never comes', 'source.metrics.timeout', () => undefined, /within 0\.25 s/],
  [
    'an answer that never ends',
    'source.metrics.timeout',
    (_, response) => {
      response.write(page);
    },
    /within 0\.25 s/,
  ],
  [
    'a body over 10 MB that says how long it is',
    'source.metrics.too-large',
    (_, response) => {
      response.end(Buffer.alloc(MAX_EXPOSITION_BYTES + 1, '#'));
    },
    /larger than 10 MB/,
  ],
  ['a body without end', 'source.metrics.too-large', (_, response) => pour(response), /larger than 10 MB/],
  ['no metrics', 'source.metrics.http-status', (_, response) => response.writeHead(404).end('{}'), /status 404/],
  ['a dead engine', 'source.metrics.http-status', (_, response) => response.writeHead(503).end(), /status 503/],
  ['a closed door', 'source.metrics.http-status', (_, response) => response.writeHead(401).end(), /status 401/],
  [
    'a way to somewhere else',
    'source.metrics.http-status',
    (_, response) => response.writeHead(302, {location: '/other'}).end(),
    /status 302/,
  ],
  [
    'a page of another program',
    'source.metrics.malformed',
    (_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>\n<title>Hello</title>\n'),
    /Line 1 .*<!doctype html>/,
  ],
  [
    'a value that is no number',
    'source.metrics.malformed',
    (_, response) => response.end(`${page}vllm:num_requests_waiting{engine="0"} many\n`),
    /Line 5 /,
  ],
  [
    'a chunked body that is cut',
    'source.metrics.broken-off',
    (_, response) => {
      response.write(page.slice(0, 60));
      response.write(page.slice(60, 90), () => response.destroy());
    },
    /not whole/,
  ],
  [
    'a body shorter than it promised',
    'source.metrics.broken-off',
    (_, response) => {
      response.setHeader('content-length', page.length);
      response.write(page.slice(0, 90), () => response.destroy());
    },
    /not whole/,
  ],
  [
    'a page whose last number may have lost digits',
    'source.metrics.broken-off',
    (_, response) => response.end(page.slice(0, -4)),
    /middle of a line/,
  ],
  [
    'a connection that is closed without a word',
    'source.metrics.broken-off',
    (request) => {
      request.socket.destroy();
    },
    /closed too early/,
  ],
];

/** Writes as fast as the other side reads, until it leaves. */
function pour(response: ServerResponse): void {
  const chunk = Buffer.from('# HELP nothing ever ends\n'.repeat(4_000));
  const write = (): void => {
    if (!response.destroyed) response.write(chunk, () => setImmediate(write));
  };
  write();
}

describe('the metrics source', () => {
  test.each(faults)('names %s %s, and recovers when the engine does', async (_, code, fault, message) => {
    const engine = await serve(answerPage);
    watch(engine.port, {timeoutMs: code === 'source.metrics.timeout' ? 250 : 5_000});
    await untilLast('sample');
    engine.answerWith(fault);
    await untilLast(code);
    const event = events.at(-1);
    expect(event).toMatchObject({type: 'failed', finding: {severity: 'warning', settingsChange: null}});
    expect(event?.type === 'failed' && event.finding.message).toMatch(message);
    engine.answerWith(answerPage);
    await untilLast('sample');
    expect(events.at(-1)).toMatchObject({sample: {runningRequests: 46, generationTokensTotal: 13_680}});
  });

  test('names an engine that is not there, and finds it when it comes, goes and comes back', async () => {
    const {port, close} = await serveHttp(answerPage);
    await close();
    watch(port);
    await untilLast('source.metrics.refused');
    expect(events.at(-1)).toMatchObject({finding: {message: expect.stringContaining('ECONNREFUSED')}});
    server = await serveHttp(answerPage, port);
    await untilLast('sample');
    await server.close();
    await untilLast('source.metrics.refused');
    server = await serveHttp(answerPage, port);
    await untilLast('sample');
  });

  test('names a port that speaks something else', async () => {
    server = await serveTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    watch(server.port);
    await untilLast('source.metrics.not-http');
  });

  test('takes an empty page for what it is: nothing is known', async () => {
    const engine = await serve((_, response) => response.end());
    watch(engine.port);
    await untilLast('sample');
    expect(events.at(-1)).toMatchObject({sample: {runningRequests: {absent: expect.any(String)}}});
  });

  test('never asks twice at once, and does not wait longer than its interval after a slow answer', async () => {
    let open = 0;
    let mostOpen = 0;
    let asked = 0;
    const engine = await serve((request, response) => {
      asked += 1;
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      setTimeout(() => {
        open -= 1;
        answerPage(request, response);
      }, 60);
    });
    watch(engine.port, {intervalMs: 5});
    await vi.waitFor(() => expect(asked).toBeGreaterThanOrEqual(8), {timeout: 10_000, interval: 5});
    expect(mostOpen).toBe(1);
    expect(new Set(codes())).toEqual(new Set(['sample']));
    for (const event of events) if (event.type === 'sample') expect(event.sample.scrapeMs).toBeGreaterThan(50);
  });

  test('sends the headers it is given', async () => {
    const seen: (string | undefined)[] = [];
    const engine = await serve((request, response) => {
      seen.push(request.headers.authorization);
      answerPage(request, response);
    });
    watch(engine.port, {headers: {authorization: 'Bearer key'}});
    await untilLast('sample');
    expect(seen[0]).toBe('Bearer key');
  });

  test.each(['stop', 'signal'])('ends at once by %s, in the middle of a scrape, and says nothing more', async (by) => {
    let left = 0;
    const controller = new AbortController();
    const engine = await serve(answerPage);
    let asked = 0;
    const first = new Promise<void>((resolve) => {
      engine.answerWith((request) => {
        asked += 1;
        request.socket.once('close', () => {
          left += 1;
        });
        resolve();
      });
    });
    watch(engine.port, {timeoutMs: 60_000, signal: controller.signal});
    await first;
    const stoppedMs = performance.now();
    if (by === 'stop') source?.stop();
    else controller.abort();
    await vi.waitFor(() => expect(left).toBe(1), {timeout: 5_000, interval: 5});
    expect(performance.now() - stoppedMs).toBeLessThan(2_000);
    expect(events).toEqual([]);
    expect(asked).toBe(1);
  });

  test('does not begin when it was stopped before', async () => {
    const askedBy: (string | undefined)[] = [];
    const engine = await serve((request, response) => {
      askedBy.push(request.headers.authorization);
      answerPage(request, response);
    });
    watch(engine.port, {headers: {authorization: 'first'}, signal: AbortSignal.abort()});
    // Another one, started after it, is answered; by then the first would have asked too.
    watch(engine.port, {headers: {authorization: 'second'}});
    await untilLast('sample');
    expect(new Set(askedBy)).toEqual(new Set(['second']));
  });
});
