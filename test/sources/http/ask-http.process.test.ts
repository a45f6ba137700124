import type {RequestListener} from 'node:http';
import type {Socket} from 'node:net';
import {gzipSync} from 'node:zlib';
import {expect, test} from 'vitest';
import {askHttp, type HttpRequest} from '../../../src/sources/http/ask-http.ts';
import {httpFault} from '../../../src/sources/http/http-fault.ts';
import {readBody} from '../../../src/sources/http/read-body.ts';
import {eventually} from '../../harness/eventually.ts';
import {serveHttp, serveTcp} from '../../harness/servers.ts';

const never = new AbortController().signal;

function ask(port: number, request: Partial<HttpRequest> = {}) {
  return askHttp(`http://127.0.0.1:${port}/page`, {signal: never, ...request});
}

/** Status and text of an answer; the kind of fault if there is none. */
async function told(port: number, request?: Partial<HttpRequest>, maxBytes = 1_000): Promise<string> {
  try {
    const answer = await ask(port, request);
    return `${answer.status} ${await readBody(answer, maxBytes)}`;
  } catch (error) {
    return httpFault(error).kind;
  }
}

/** A server that answers every request with these bytes, and ends the connection. */
async function serveBytes(text: string): Promise<number> {
  return (await serveTcp((socket) => socket.once('data', () => socket.end(text)))).port;
}

test('sends method, headers and body, and gives status, reason and body', async () => {
  const {port} = await serveHttp((request, response) => {
    response.writeHead(418, 'Teapot');
    response.write(`${request.method} ${request.url} ${request.headers['x-key']} `);
    request.pipe(response);
  });
  const answer = await ask(port, {method: 'POST', headers: {'x-key': 'k'}, body: 'text'});
  expect([answer.status, answer.statusText, answer.ok]).toEqual([418, 'Teapot', false]);
  expect(await readBody(answer, 100)).toBe('POST /page k text');
});

test('a redirect is an answer: its target is not asked', async () => {
  const paths: (string | undefined)[] = [];
  const {port} = await serveHttp((request, response) => {
    paths.push(request.url);
    response.writeHead(307, {location: '/other'}).end('moved');
  });
  expect(await told(port)).toBe('307 moved');
  expect(paths).toEqual(['/page']);
});

test('one connection is used for request after request', async () => {
  const sockets = new Set<Socket>();
  const {port} = await serveHttp((request, response) => {
    sockets.add(request.socket);
    response.end('page');
  });
  for (let count = 0; count < 3; count += 1) expect(await told(port)).toBe('200 page');
  expect(sockets.size).toBe(1);
});

test('a connection that the server closed meanwhile is replaced; what it received with a body is not sent twice', async () => {
  let count = 0;
  const answers: readonly RequestListener[] = [
    (_, response) => response.end('first'),
    (request) => request.socket.destroy(),
    (_, response) => response.end('again'),
    (request) => request.socket.destroy(),
  ];
  const {port} = await serveHttp((request, response) => {
    answers[count]?.(request, response);
    count += 1;
  });
  expect(await told(port)).toBe('200 first');
  expect(await told(port)).toBe('200 again');
  expect(await told(port, {method: 'POST', body: 'text'})).toBe('broken-off');
  expect(count).toBe(4);
});

test.each([
  ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'not-http'],
  ['more headers than anybody sends', `HTTP/1.1 200 OK\r\n${'x-long: 0123456789\r\n'.repeat(2_000)}\r\n`, 'not-http'],
  ['one header that is too long', `HTTP/1.1 200 OK\r\nx: ${'0'.repeat(100_000)}\r\n\r\n`, 'not-http'],
  ['half a head', 'HTTP/1.1 200 OK\r\nx-a', 'broken-off'],
  ['nothing', '', 'broken-off'],
  [
    'another protocol than was asked for',
    'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    'broken-off',
  ],
  ['less than it promised', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', 'broken-off'],
  ['a chunked body that is cut', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab', 'broken-off'],
  [
    'compression that is none',
    'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc',
    'broken-off',
  ],
])('%s is no complete answer', async (_, text, kind) => {
  expect(await told(await serveBytes(text))).toBe(kind);
});

test('a compressed body is read as its text, whose size is what is limited', async () => {
  const {port} = await serveHttp((_, response) => {
    response.setHeader('content-encoding', 'gzip').end(gzipSync('a'.repeat(10_000_000)));
  });
  expect(await told(port, {}, 1_000)).toBe('200 null');
  const whole = await serveHttp((_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('page')));
  expect(await told(whole.port)).toBe('200 page');
});

test.each([
  ['an unread body', async (port: number) => (await ask(port)).discard()],
  ['one that is too large', async (port: number) => expect(await told(port, {}, 10)).toBe('200 null')],
])('the connection of %s is closed', async (_, act) => {
  let closed = 0;
  const {port} = await serveHttp((request, response) => {
    request.socket.once('close', () => (closed += 1));
    response.write('0123456789 and so on');
  });
  await act(port);
  await eventually(() => closed === 1, 'the connection to be closed');
});

test.each(['before', 'while it waits', 'while it reads'])('%s, a request ends by its signal', async (when) => {
  let closed = 0;
  const controller = new AbortController();
  const {port} = await serveHttp((request, response) => {
    request.socket.once('close', () => (closed += 1));
    if (when === 'while it waits') controller.abort();
    else response.write('a', () => controller.abort());
  });
  if (when === 'before') controller.abort();
  expect(await told(port, {signal: controller.signal})).not.toMatch(/^200/);
  await eventually(() => closed === (when === 'before' ? 0 : 1), 'the connection to be closed');
});

test('no server is no answer', async () => {
  const {port, close} = await serveHttp(() => undefined);
  await close();
  await expect(ask(port)).rejects.toMatchObject({code: 'ECONNREFUSED'});
});
