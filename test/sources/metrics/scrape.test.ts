import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {guardWorkWith} from '../../../src/sources/host/external-work.ts';
import {askHttp, type HttpRequest} from '../../../src/sources/http/ask-http.ts';
import type {Exposition} from '../../../src/sources/metrics/exposition-reader.ts';
import {KnownSeries} from '../../../src/sources/metrics/known-series.ts';
import {scrape} from '../../../src/sources/metrics/scrape.ts';
import {httpAnswer} from '../../support/http-answer.ts';

let late: (() => void) | null = null;
let cancels = 0;
let asked: {readonly url: string; readonly request: HttpRequest}[] = [];
let answer: (signal: AbortSignal) => Promise<Response>;

vi.mock('../../../src/sources/http/ask-http.ts', {spy: true});
vi.mock('../../../src/sources/host/awake-time.ts', () => ({
  afterAwake: (_limitMs: number, onLate: () => void) => {
    late = onLate;
    return () => {
      cancels += 1;
    };
  },
}));

beforeEach(() => {
  late = null;
  cancels = 0;
  asked = [];
  answer = () => Promise.resolve(new Response('a 1\n'));
  vi.mocked(askHttp).mockImplementation(async (url, request) => {
    asked.push({url, request});
    return httpAnswer(await answer(request.signal));
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const scraped = (signal = new AbortController().signal, use = (page: Exposition) => page) =>
  scrape({
    url: 'http://engine/metrics',
    headers: {authorization: 'Bearer k'},
    isWanted: () => true,
    known: new KnownSeries(),
    use,
    timeoutMs: 5_000,
    signal,
  });
const problem = async () => {
  const result = await scraped();
  return result.ok ? null : result.error;
};
const untilAborted = (signal: AbortSignal): Promise<Response> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), {once: true}));

test('asks for text with the given headers, and leaves nothing behind', async () => {
  const {signal} = new AbortController();
  const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
  expect(await scraped(signal)).toMatchObject({ok: true, value: {families: [{name: 'a'}]}});
  expect(asked).toMatchObject([
    {
      url: 'http://engine/metrics',
      request: {headers: {accept: 'text/plain', authorization: 'Bearer k'}},
    },
  ]);
  expect(cancels).toBe(1);
  expect(remove.mock.calls.map(([type, listener]) => [type, listener])).toEqual(
    add.mock.calls.map(([type, listener]) => [type, listener]),
  );
});

test('is cancelled by its signal, which is no late answer', async () => {
  answer = untilAborted;
  const controller = new AbortController();
  const result = scraped(controller.signal);
  controller.abort();
  expect(await result).toMatchObject({ok: false, error: {code: 'source.metrics.refused'}});
});

test('is cancelled when it is late', async () => {
  answer = untilAborted;
  const result = scraped();
  late?.();
  expect(await result).toMatchObject({
    ok: false,
    error: {code: 'source.metrics.timeout', message: expect.stringContaining('5 s')},
  });
});

describe('a status', () => {
  const remedyAt = async (status: number) => {
    answer = () => Promise.resolve(new Response('x', {status}));
    const error = await problem();
    expect(error).toMatchObject({
      code: 'source.metrics.http-status',
      message: expect.stringContaining(String(status)),
    });
    return error?.remedy;
  };

  test('that refuses access has the remedy of a key, others have not', async () => {
    const remedies = [await remedyAt(401), await remedyAt(403), await remedyAt(404), await remedyAt(500)];
    expect(remedies[0]).toBe(remedies[1]);
    expect(remedies[2]).toBe(remedies[3]);
    expect(remedies[0]).not.toBe(remedies[2]);
  });

  test('other than success is not read to its end', async () => {
    const cancel = vi.fn();
    answer = () => Promise.resolve(new Response(new ReadableStream({cancel}), {status: 503}));
    await problem();
    expect(cancel).toHaveBeenCalledOnce();
    answer = () => Promise.resolve(new Response(null, {status: 503}));
    expect(await problem()).toMatchObject({code: 'source.metrics.http-status'});
  });
});

test('a page ends with a line feed or is empty; otherwise it was cut', async () => {
  answer = () => Promise.resolve(new Response('a 1\nb 2'));
  expect(await problem()).toMatchObject({code: 'source.metrics.broken-off'});
  answer = () => Promise.resolve(new Response(''));
  expect(await scraped()).toEqual({ok: true, value: {families: [], repeated: []}});
});

describe('under the limit of work on outside data', () => {
  let works = 0;

  beforeEach(() => {
    works = 0;
    const run = <T>(_: unknown, act: () => T): T => {
      works += 1;
      return act();
    };
    guardWorkWith({run, after: (act) => act(), failed: []});
  });
  afterEach(() => guardWorkWith(null));

  const inParts = (...parts: readonly string[]): Response =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
          controller.close();
        },
      }),
    );

  test('a page is read and used once for each part', async () => {
    answer = () => Promise.resolve(inParts('a 1\n'));
    expect(await scraped()).toMatchObject({ok: true});
    expect(works).toBe(1);
    answer = () => Promise.resolve(inParts('a 1\nb', ' 2\n'));
    expect(await scraped()).toMatchObject({ok: true, value: {families: [{name: 'a'}, {name: 'b'}]}});
    expect(works).toBe(3);
    answer = () => Promise.resolve(inParts('no such page\n', 'a 1\n'));
    expect(await problem()).toMatchObject({code: 'source.metrics.malformed'});
    answer = () => Promise.resolve(inParts('a 1\n', 'no such page\n'));
    expect(await problem()).toMatchObject({code: 'source.metrics.malformed'});
  });

  test('an exception of the use of a page is none of the answer', async () => {
    const use = (): never => {
      throw new Error('a bug');
    };
    await expect(scraped(undefined, use)).rejects.toThrow('a bug');
  });
});
