import type {RequestListener} from 'node:http';
import {expect, onTestFinished, test} from 'vitest';
import {absent, type Reading} from '../../../src/samples/reading.ts';
import {createKvPageReader, type KvPageReader} from '../../../src/sources/metrics/kv-page.ts';
import {serveHttp} from '../../harness/servers.ts';

/** An engine with this page, and a reader of it. */
async function open(listener: RequestListener): Promise<{readonly reader: KvPageReader; readonly asked: () => number}> {
  let asked = 0;
  const {port} = await serveHttp((request, response) => {
    asked += 1;
    listener(request, response);
  });
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const reader = createKvPageReader({
    url: `http://127.0.0.1:${port}/slots`,
    headers: {authorization: 'Bearer key'},
    readUsage: (page) => (typeof page === 'number' ? page : absent('another format')),
    timeoutMs: 500,
    signal: controller.signal,
  });
  return {reader, asked: () => asked};
}

async function read(reader: KvPageReader, running: Reading<number>): Promise<Reading<number>> {
  reader.begin();
  return await reader.usage({kvUsageRatio: absent('not exposed'), runningRequests: running});
}

test('is asked with the key while requests run; an idle engine uses nothing and is not asked again', async () => {
  const {reader, asked} = await open((request, response) => {
    response.statusCode = request.headers.authorization === 'Bearer key' ? 200 : 401;
    response.end('0.5');
  });
  expect(await read(reader, 2)).toBe(0.5);
  expect(await read(reader, 0)).toBe(0);
  const before = asked();
  expect(await read(reader, 0)).toBe(0);
  expect(asked()).toBe(before);
  expect(await read(reader, 1)).toBe(0.5);
});

test.each([404, 501])('status %i is asked once, and an idle engine is not at zero then', async (status) => {
  const {reader, asked} = await open((_, response) => {
    response.statusCode = status;
    response.end('{"error": {}}');
  });
  for (const running of [1, 1, 0]) expect(await read(reader, running)).toEqual({absent: expect.any(String)});
  expect(asked()).toBe(1);
});

test.each<[string, RequestListener]>([
  ['no JSON', (_, response) => response.end('<html>')],
  ['another format', (_, response) => response.end('{}')],
  ['status 503', (_, response) => response.writeHead(503).end('{}')],
  ['a closed connection', (request) => request.destroy()],
  ['no answer', () => undefined],
  ['a page without end', (_, response) => response.writeHead(200).write('[')],
])('%s: unknown, and asked again', async (_, listener) => {
  const {reader, asked} = await open(listener);
  for (const running of [1, 1]) expect(await read(reader, running)).toEqual({absent: expect.any(String)});
  expect(asked()).toBe(2);
});

test("the metrics' own value counts, and then the page is not asked", async () => {
  const {reader, asked} = await open((_, response) => response.end('0.5'));
  for (let turn = 0; turn < 3; turn += 1) {
    reader.begin();
    expect(await reader.usage({kvUsageRatio: 0.2, runningRequests: 3})).toBe(0.2);
  }
  // The first may still be under way.
  expect(asked()).toBeLessThanOrEqual(1);
});
