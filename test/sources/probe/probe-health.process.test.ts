import {afterEach, expect, test} from 'vitest';
import {type HealthAnswer, probeHealth} from '../../../src/sources/probe/probe-health.ts';
import {serveHttp, serveTcp, type TestServer} from '../../harness/servers.ts';

let server: TestServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function ask(baseUrl: string, timeoutMs = 5_000): Promise<string> {
  return (await answerOf(baseUrl, timeoutMs)).text;
}

function answerOf(baseUrl: string, timeoutMs = 5_000): Promise<HealthAnswer> {
  return probeHealth({baseUrl, path: '/health', timeoutMs});
}

test.each([
  [200, '200 OK'],
  [503, '503 Service Unavailable'],
  [302, '302 Found'],
])('a status of %i has a message', async (status, words) => {
  server = await serveHttp((request, response) => {
    response.writeHead(request.url === '/health' ? status : 404, {location: '/other'}).end();
  });
  expect(await ask(server.baseUrl)).toBe(words);
});

test('a hanging engine has no answer', async () => {
  server = await serveHttp(() => undefined);
  expect(await ask(server.baseUrl, 200)).toBe('no answer within 0.2 s');
});

test('a closed port is no connection', async () => {
  const gone = await serveHttp(() => undefined);
  await gone.close();
  expect(await ask(gone.baseUrl)).toBe('no connection (ECONNREFUSED)');
});

test('a connection closed without an answer is no connection', async () => {
  server = await serveHttp((request) => request.socket.destroy());
  expect(await ask(server.baseUrl)).toMatch(/^no connection \(\w+\)$/);
});

test('another protocol is not HTTP', async () => {
  server = await serveTcp((socket) => socket.end('220 smtp ready\r\n'));
  expect(await ask(server.baseUrl)).toBe('not HTTP');
});

test('an endless body is not waited for', async () => {
  server = await serveHttp((_, response) => {
    response.write('{');
  });
  expect(await ask(server.baseUrl)).toBe('200 OK');
});

test('any status is a response, a connection without one is not', async () => {
  server = await serveHttp((_, response) => response.writeHead(503).end());
  expect(await answerOf(server.baseUrl)).toMatchObject({isResponse: true});
  await server.close();
  expect(await answerOf(server.baseUrl)).toMatchObject({isResponse: false});
  server = await serveHttp(() => undefined);
  expect(await answerOf(server.baseUrl, 200)).toMatchObject({isResponse: false});
});
