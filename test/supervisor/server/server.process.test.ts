import {execFile} from 'node:child_process';
import {existsSync, statSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import {promisify} from 'node:util';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {historySeriesNames} from '../../../src/api/history.ts';
import {snapshotSchema} from '../../../src/api/snapshot.ts';
import {type RunningServer, startServer} from '../../../src/supervisor/server/server.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import {createFakeSupervisor, type FakeSupervisor, logLines, makeSocketPlace} from './fake-supervisor.ts';

let place: Awaited<ReturnType<typeof makeSocketPlace>>;
let fake: FakeSupervisor;
let server: RunningServer | null = null;

beforeEach(async () => {
  place = await makeSocketPlace();
  fake = createFakeSupervisor();
});

afterEach(async () => {
  await server?.close();
  server = null;
  await place.remove();
});

type Answer = {readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly text: string};

function ask(path: string, options: {readonly method?: string; readonly body?: string | Buffer} = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({socketPath: place.socketPath, path, method: options.method ?? 'GET', agent: false}, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({status: response.statusCode ?? 0, headers: response.headers, text}));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

async function errorOf(path: string, options: {readonly method?: string; readonly body?: string | Buffer} = {}) {
  const answer = await ask(path, options);
  const body: unknown = JSON.parse(answer.text);
  expect(body).toEqual({code: expect.any(String), message: expect.any(String), remedy: expect.any(String)});
  return {status: answer.status, headers: answer.headers, body};
}

describe('the socket', () => {
  it('is open to its owner alone, and goes when the server closes', async () => {
    server = await fake.serve(place.socketPath);
    expect(statSync(place.socketPath).mode & 0o777).toBe(0o600);
    await server.close();
    server = null;
    expect(existsSync(place.socketPath)).toBe(false);
  });

  it('leaves the file mask of the process as it was', async () => {
    const before = process.umask();
    server = await fake.serve(place.socketPath);
    expect(process.umask()).toBe(before);
  });

  it('is left to the supervisor that answers on it, and its process id is told', async () => {
    server = await fake.serve(place.socketPath);
    const second = await startServer({socketPath: place.socketPath, handlers: fake.handlers});
    expect(second).toMatchObject({ok: false, error: {code: 'supervisor.already-running'}});
    if (second.ok) return;
    expect(second.error.message).toContain(`pid ${fake.snapshot.supervisor.pid}`);
    expect((await ask('/v1/snapshot')).status).toBe(200);
  });

  it('is left to whatever accepts connections, even when that never answers', async () => {
    const mute = net.createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(place.socketPath, resolve));
    const second = await startServer({socketPath: place.socketPath, handlers: fake.handlers});
    expect(second).toMatchObject({ok: false, error: {code: 'supervisor.already-running'}});
    mute.close();
  });

  it('replaces a socket that nobody listens on any more', async () => {
    const script = `require('net').createServer().listen(${JSON.stringify(place.socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await promisify(execFile)(process.execPath, ['-e', script]).catch(() => null);
    expect(existsSync(place.socketPath)).toBe(true);
    server = await fake.serve(place.socketPath);
    expect((await ask('/v1/snapshot')).status).toBe(200);
  });

  it('does not take the place of a file that is no socket', async () => {
    writeFileSync(place.socketPath, 'precious');
    const started = await startServer({socketPath: place.socketPath, handlers: fake.handlers});
    expect(started).toMatchObject({ok: false, error: {code: 'supervisor.socket-path-taken'}});
    expect(statSync(place.socketPath).size).toBe(8);
  });

  it.each([
    ['a directory that does not exist', 'missing/gantry.sock', 'supervisor.cannot-listen'],
    ['a path the kernel does not take', `${'x'.repeat(120)}.sock`, 'supervisor.socket-path-too-long'],
  ])('is refused in %s, with a remedy', async (_, name, code) => {
    const started = await startServer({socketPath: `${place.directory}/${name}`, handlers: fake.handlers});
    expect(started).toMatchObject({ok: false, error: {code, remedy: expect.stringMatching(/./)}});
  });
});

describe('answers', () => {
  beforeEach(async () => {
    server = await fake.serve(place.socketPath);
  });

  it('gives curl the snapshot', async () => {
    const {stdout} = await promisify(execFile)('curl', ['-sS', '--unix-socket', place.socketPath, 'http://gantry/v1/snapshot']);
    expect(snapshotSchema.parse(JSON.parse(stdout))).toEqual(fake.snapshot);
  });

  it('indents for ?pretty', async () => {
    expect((await ask('/v1/snapshot?pretty')).text).toContain('\n  "schemaVersion": 1');
    expect((await ask('/v1/snapshot')).text.trim()).not.toContain('\n');
  });

  it('names the program and its version', async () => {
    expect((await ask('/v1/snapshot')).headers['server']).toBe('gantry/1.2.3');
  });

  it('gives as many log lines as asked for', async () => {
    fake.log = logLines(1, 10);
    expect(JSON.parse((await ask('/v1/log?tail=2')).text)).toEqual(logLines(9, 10));
  });

  it('gives the history of the named series, of all of them when none is named', async () => {
    await ask('/v1/history?series=kvUsageRatio,waitingRequests&windowMs=60000');
    await ask('/v1/history');
    expect(fake.historyAsked).toEqual([
      {series: ['kvUsageRatio', 'waitingRequests'], windowMs: 60_000},
      {series: [...historySeriesNames], windowMs: 3_600_000},
    ]);
  });

  it('hands over a command with its defaults, and answers 202', async () => {
    const answer = await ask('/v1/commands', {method: 'POST', body: '{"type":"stop"}'});
    expect([answer.status, JSON.parse(answer.text)]).toEqual([202, {accepted: true, message: 'begun'}]);
    expect(fake.commands).toEqual([{type: 'stop', drainMs: 0}]);
  });

  it('answers a refused command with 409 and the reply', async () => {
    fake.reply = {accepted: false, error: {code: 'lifecycle.other-settings', message: 'no', remedy: 'restart'}};
    const answer = await ask('/v1/commands', {method: 'POST', body: '{"type":"start"}'});
    expect([answer.status, JSON.parse(answer.text)]).toEqual([409, fake.reply]);
  });

  it('answers HEAD without a body', async () => {
    expect(await ask('/v1/snapshot', {method: 'HEAD'})).toMatchObject({status: 200, text: ''});
  });

  it('gives its numbers to Prometheus', async () => {
    const answer = await ask('/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.text).toContain('gantry_engine_state{state="ready"');
  });
});

describe('errors', () => {
  beforeEach(async () => {
    server = await fake.serve(place.socketPath);
  });

  it('lists the paths there are for one that is not', async () => {
    const {status, body} = await errorOf('/v2/snapshot');
    expect(status).toBe(404);
    expect(body).toMatchObject({code: 'api.unknown-path', remedy: expect.stringContaining('/v1/snapshot/stream')});
  });

  it.each([
    ['/v1/snapshot', 'POST', 'GET, HEAD'],
    ['/v1/commands', 'GET', 'POST'],
  ])('says which method %s takes', async (path, method, allow) => {
    const {status, headers, body} = await errorOf(path, {method});
    expect([status, headers.allow]).toEqual([405, allow]);
    expect(body).toMatchObject({code: 'api.wrong-method'});
  });

  it.each([
    ['/v1/log?tail=many', 'tail'],
    ['/v1/log?tail=999999', 'tail'],
    ['/v1/log?lines=3', 'lines'],
    ['/v1/history?series=kvUsageRatio,nope', 'series'],
    ['/v1/history?windowMs=0', 'windowMs'],
    ['/v1/snapshot?verbose', 'verbose'],
  ])('names what is wrong with %s', async (path, name) => {
    const {status, body} = await errorOf(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({code: 'api.invalid-query', message: expect.stringContaining(name)});
  });

  it.each([
    ['no JSON', '{"type":', 'api.invalid-json', 'JSON'],
    ['nothing', '', 'api.invalid-json', 'JSON'],
    ['an unknown command', '{"type":"explode"}', 'api.invalid-command', 'type'],
    ['a wrong value', '{"type":"stop","drainMs":-1}', 'api.invalid-command', 'drainMs'],
    ['an unknown key', '{"type":"stop","when":"now"}', 'api.invalid-command', 'when'],
  ])('names what is wrong with a body of %s', async (_, body, code, word) => {
    const answer = await errorOf('/v1/commands', {method: 'POST', body});
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({code, message: expect.stringContaining(word)});
    expect(fake.commands).toEqual([]);
  });

  it('does not read a body over 64 KiB to its end', async () => {
    const answer = await errorOf('/v1/commands', {method: 'POST', body: Buffer.alloc(4_000_000, 0x20)});
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({code: 'api.body-too-large'});
    expect((await ask('/v1/snapshot')).status).toBe(200);
  });

  it('answers 500 when a handler throws, tells of the bug, and goes on', async () => {
    const broken = {...fake.handlers, getSnapshot: () => { throw new Error('boom'); }};
    await server?.close();
    server = await fake.serve(place.socketPath, {handlers: broken});
    const {status, body} = await errorOf('/v1/snapshot');
    expect(status).toBe(500);
    expect(body).toMatchObject({code: 'supervisor.bug', message: expect.stringContaining('boom')});
    expect(fake.bugs).toEqual([expect.objectContaining({message: 'boom'})]);
    expect((await ask('/v1/log')).status).toBe(200);
  });
});

/** Opens a stream and never reads from it until told to. */
function openRaw(path: string): Promise<{readonly socket: net.Socket; readonly read: () => {text: string}}> {
  return new Promise((resolve) => {
    const socket = net.connect(place.socketPath, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: gantry\r\n\r\n`);
      resolve({
        socket,
        read: () => {
          const got = {text: ''};
          socket.on('data', (chunk) => {
            got.text += chunk.toString('utf8');
          });
          return got;
        },
      });
    });
  });
}

describe('streams', () => {
  it('begin with the present snapshot and carry each one whole', async () => {
    server = await fake.serve(place.socketPath);
    const got = (await openRaw('/v1/snapshot/stream')).read();
    await vi.waitFor(() => expect(got.text).toContain('event: snapshot\ndata: {"schemaVersion":1'));
    const next = buildSnapshot({sequence: 4242});
    fake.publish(next);
    await vi.waitFor(() => expect(got.text).toContain(`event: snapshot\ndata: ${JSON.stringify(next)}\n\n`));
  });

  it('skip a client that does not read to the latest snapshot, and keep no more than that for it', async () => {
    fake.snapshot = buildSnapshot({sequence: 0});
    server = await fake.serve(place.socketPath);
    const {socket, read} = await openRaw('/v1/snapshot/stream');
    await vi.waitFor(() => expect(fake.listenerCount()).toBe(1));
    socket.pause();
    const heapBefore = process.memoryUsage().heapUsed;
    for (let sequence = 1; sequence <= 5_000; sequence += 1) {
      fake.publish({...fake.snapshot, sequence});
      if (sequence % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(60_000_000);
    const got = read();
    socket.resume();
    await vi.waitFor(() => expect(got.text).toContain('"sequence":5000'));
    const received = [...got.text.matchAll(/"sequence":(\d+)/g)].map((match) => Number(match[1]));
    expect(received.length).toBeLessThan(500);
    expect(received).toEqual([...received].sort((a, b) => a - b));
  });

  it('begin with the log tail, empty or not, and go on with each new line once', async () => {
    fake.log = logLines(1, 3);
    server = await fake.serve(place.socketPath);
    const got = (await openRaw('/v1/log/stream?tail=2')).read();
    await vi.waitFor(() => expect(got.text).toContain(`event: lines\ndata: ${JSON.stringify(logLines(2, 3))}\n\n`));
    fake.publishLog(logLines(4, 5));
    await vi.waitFor(() => expect(got.text).toContain(`data: ${JSON.stringify(logLines(4, 5))}\n\n`));
    fake.log = {runId: null, lines: []};
    const empty = (await openRaw('/v1/log/stream')).read();
    await vi.waitFor(() => expect(empty.text).toContain('data: {"runId":null,"lines":[]}\n\n'));
  });

  it('say how many log lines a slow client missed, and keep the newest for it', async () => {
    server = await fake.serve(place.socketPath);
    const {socket, read} = await openRaw('/v1/log/stream?tail=0');
    await vi.waitFor(() => expect(fake.listenerCount()).toBe(1));
    socket.pause();
    for (let from = 1; from <= 100_000; from += 1_000) {
      fake.publishLog(logLines(from, from + 999));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const got = read();
    socket.resume();
    await vi.waitFor(() => expect(got.text).toContain('"line 100000"'));
    const numbers = [...got.text.matchAll(/"number":(\d+)/g)].map((match) => Number(match[1]));
    const missed = [...got.text.matchAll(/"text":"… (\d+) lines left out/g)].reduce((sum, match) => sum + Number(match[1]), 0);
    const notices = [...got.text.matchAll(/lines left out/g)].length;
    expect(notices).toBeGreaterThan(0);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.length - notices + missed).toBe(100_000);
  });

  it('send comments while nothing happens', async () => {
    server = await fake.serve(place.socketPath, {keepAliveMs: 10});
    const got = (await openRaw('/v1/log/stream')).read();
    await vi.waitFor(() => expect(got.text).toContain(': keep-alive\n\n'));
  });

  it('let go of a client that went away', async () => {
    server = await fake.serve(place.socketPath);
    const streams = await Promise.all([openRaw('/v1/snapshot/stream'), openRaw('/v1/log/stream')]);
    await vi.waitFor(() => expect(fake.listenerCount()).toBe(2));
    for (const {socket} of streams) socket.destroy();
    await vi.waitFor(() => expect(fake.listenerCount()).toBe(0));
    expect(fake.bugs).toEqual([]);
  });

  it('end when the server closes, also for a client that does not read', async () => {
    server = await fake.serve(place.socketPath);
    const reading = await openRaw('/v1/snapshot/stream');
    reading.read();
    const ended = new Promise((resolve) => reading.socket.once('close', resolve));
    const stuck = await openRaw('/v1/snapshot/stream');
    await vi.waitFor(() => expect(fake.listenerCount()).toBe(2));
    stuck.socket.pause();
    for (let count = 0; count < 200; count += 1) fake.publish({...fake.snapshot, sequence: count});
    await server.close();
    server = null;
    await ended;
    expect(fake.listenerCount()).toBe(0);
    stuck.socket.destroy();
  });
});
