import {Buffer} from 'node:buffer';
import type {RequestListener, ServerResponse} from 'node:http';
import {beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {MAX_EXPOSITION_BYTES} from '../../../src/sources/metrics/exposition-errors.ts';
import {
  type MetricsSourceEvent,
  type MetricsSourceOptions,
  startMetricsSource,
} from '../../../src/sources/metrics/metrics-source.ts';
import {eventually} from '../../harness/eventually.ts';
import {reservePort} from '../../harness/ports.ts';
import {serveHttp, serveTcp} from '../../harness/servers.ts';

const page = [
  '# TYPE vllm:num_requests_running gauge',
  'vllm:num_requests_running{engine="0",model_name="kimi-k2.7-code"} 46.0',
  '# TYPE vllm:generation_tokens_total counter',
  'vllm:generation_tokens_total{engine="0",model_name="kimi-k2.7-code"} 13680.0',
  '',
].join('\n');

let events: MetricsSourceEvent[] = [];

beforeEach(() => {
  events = [];
});

function watch(port: number, options: Partial<MetricsSourceOptions> = {}): {readonly stop: () => void} {
  const source = startMetricsSource({
    url: `http://127.0.0.1:${port}/metrics`,
    mapMetrics: vllm.mapMetrics,
    readsSeries: vllm.readsSeries,
    clock: {nowMs: () => Date.now(), monotonicMs: () => performance.now()},
    onEvent: (event) => events.push(event),
    intervalMs: 10,
    ...options,
  });
  onTestFinished(() => source.stop());
  return source;
}

/** Serves what `listener` says, which may be exchanged in mid-test. */
async function serve(listener: RequestListener): Promise<{answerWith: (next: RequestListener) => void; port: number}> {
  let current = listener;
  const {port} = await serveHttp((request, response) => current(request, response));
  return {
    port,
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

/** Waits until this came last, and gives it. */
function untilLast(code: string): Promise<MetricsSourceEvent> {
  return eventually(
    () => (codes().at(-1) === code ? (events.at(-1) ?? null) : null),
    () => `${code} after ${codes().slice(-5).join(', ')}`,
  );
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
    /incomplete/,
  ],
  [
    'a body shorter than it promised',
    'source.metrics.broken-off',
    (_, response) => {
      response.setHeader('content-length', page.length);
      response.write(page.slice(0, 90), () => response.destroy());
    },
    /incomplete/,
  ],
  [
    'a page whose last number may have lost digits',
    'source.metrics.broken-off',
    (_, response) => response.end(page.slice(0, -4)),
    /within a line/,
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
  test.each(faults)('reports %s %s, and recovers with the engine', async (_, code, fault, message) => {
    const engine = await serve(answerPage);
    watch(engine.port, {timeoutMs: code === 'source.metrics.timeout' ? 250 : 30_000});
    await untilLast('sample');
    engine.answerWith(fault);
    const event = await untilLast(code);
    expect(event).toMatchObject({type: 'failed', finding: {severity: 'warning', settingsChange: null}});
    expect(event.type === 'failed' && event.finding.message).toMatch(message);
    engine.answerWith(answerPage);
    expect(await untilLast('sample')).toMatchObject({sample: {runningRequests: 46, generationTokensTotal: 13_680}});
  });

  test('reports an engine that is not running, and finds it when it starts, stops and starts again', async () => {
    const port = await reservePort();
    watch(port);
    expect(await untilLast('source.metrics.refused')).toMatchObject({
      finding: {message: expect.stringContaining('ECONNREFUSED')},
    });
    const server = await serveHttp(answerPage, port);
    await untilLast('sample');
    await server.close();
    await untilLast('source.metrics.refused');
    await serveHttp(answerPage, port);
    await untilLast('sample');
  });

  test('reports a port with another protocol', async () => {
    const server = await serveTcp((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    watch(server.port);
    expect(await untilLast('source.metrics.not-http')).toMatchObject({
      finding: {message: expect.stringContaining('Expected HTTP/')},
    });
  });

  test('reads an empty page as unknown values', async () => {
    const engine = await serve((_, response) => response.end());
    watch(engine.port);
    expect(await untilLast('sample')).toMatchObject({sample: {runningRequests: {absent: expect.any(String)}}});
  });

  test('never has two requests open, however many intervals an answer takes', async () => {
    const held: (() => void)[] = [];
    const slow = await serve((request, response) => held.push(() => answerPage(request, response)));
    watch(slow.port, {timeoutMs: 600_000});
    await eventually(() => held.length > 0, 'the first scrape');
    // Another one of the same interval keeps the time.
    let others = 0;
    const quick = await serveHttp(answerPage);
    watch(quick.port, {onEvent: () => (others += 1)});
    await eventually(() => others > 4, 'five scrapes of another engine');
    expect(held).toHaveLength(1);
    held[0]?.();
    await eventually(() => held.length === 2, 'the next scrape');
    expect(codes()).toEqual(['sample']);
  });

  test('requests immediately after an answer that took longer than the interval, and reports the duration', async () => {
    let monotonicMs = 0;
    const held: (() => void)[] = [];
    const engine = await serve((request, response) => held.push(() => answerPage(request, response)));
    const clock = {nowMs: () => Date.now(), monotonicMs: () => monotonicMs};
    watch(engine.port, {intervalMs: 600_000, timeoutMs: 600_000, clock});
    await eventually(() => held.length > 0, 'the first scrape');
    monotonicMs += 700_000;
    held[0]?.();
    await eventually(() => held.length === 2, 'the next scrape, ten minutes before its interval has passed');
    expect(events).toMatchObject([{type: 'sample', sample: {scrapeMs: 700_000}}]);
  });

  test('an answer that took just longer than a second is followed by the next request, not by a pause', async () => {
    let answeredMs: number | null = null;
    const pauses: number[] = [];
    const {port} = await serve((request, response) => {
      if (answeredMs !== null) pauses.push(performance.now() - answeredMs);
      setTimeout(() => {
        answeredMs = performance.now();
        answerPage(request, response);
      }, 1_020);
    });
    watch(port, {intervalMs: 1_000, timeoutMs: 5_000});
    await eventually(() => pauses.length >= 3, 'four requests');
    expect(Math.min(...pauses)).toBeLessThan(400);
  });

  test('sends the given headers', async () => {
    const seen: (string | undefined)[] = [];
    const engine = await serve((request, response) => {
      seen.push(request.headers.authorization);
      answerPage(request, response);
    });
    watch(engine.port, {headers: {authorization: 'Bearer key'}});
    await untilLast('sample');
    expect(seen[0]).toBe('Bearer key');
  });

  test.each(['stop', 'signal'])(
    'ends immediately by %s, in the middle of a scrape, and emits nothing more',
    async (by) => {
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
      const source = watch(engine.port, {timeoutMs: 600_000, signal: controller.signal});
      await first;
      if (by === 'stop') source.stop();
      else controller.abort();
      await eventually(() => left === 1, 'the connection to be closed, ten minutes before its time is up');
      expect(events).toEqual([]);
      expect(asked).toBe(1);
    },
  );

  test('does not start if it was stopped before', async () => {
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
