import {execFile, execFileSync} from 'node:child_process';
import {chmodSync, existsSync, lstatSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import {promisify} from 'node:util';
import {beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import {startServer} from '../../../src/supervisor/server/http-server.ts';
import {askSocket} from '../../harness/ask-socket.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {createFakeSupervisor, type FakeSupervisor} from './fake-supervisor.ts';

let socketPath: string;
let fake: FakeSupervisor;

beforeEach(() => {
  socketPath = path.join(temporaryDirectory('socket'), 'gantry.sock');
  fake = createFakeSupervisor();
});

describe('the socket', () => {
  test('is accessible only to its owner, and is removed when the server closes', async () => {
    const server = await fake.serve(socketPath);
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    await server.close();
    expect(existsSync(socketPath)).toBe(false);
  });

  test('does not change the file mask of the process', async () => {
    const before = process.umask();
    await fake.serve(socketPath);
    expect(process.umask()).toBe(before);
  });

  test('is left to the supervisor that answers on it, whose pid is reported', async () => {
    await fake.serve(socketPath);
    const second = await startServer({socketPath, handlers: fake.handlers});
    expect(second).toMatchObject({ok: false, error: {code: 'supervisor.already-running'}});
    if (second.ok) return;
    expect(second.error.message).toContain(`pid ${fake.snapshot.supervisor.pid}`);
    expect((await askSocket(socketPath, '/v1/snapshot')).status).toBe(200);
  });

  test('is left to any process that accepts connections, even if it never answers', async () => {
    const mute = net.createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(socketPath, resolve));
    const second = await startServer({socketPath, handlers: fake.handlers});
    expect(second).toMatchObject({ok: false, error: {code: 'supervisor.already-running'}});
    mute.close();
  });

  test('replaces a stale socket', async () => {
    await leaveStaleSocket();
    await fake.serve(socketPath);
    expect((await askSocket(socketPath, '/v1/snapshot')).status).toBe(200);
  });

  test('does not replace a file that is not a socket', async () => {
    writeFileSync(socketPath, 'precious');
    const started = await startServer({socketPath, handlers: fake.handlers});
    expect(started).toMatchObject({ok: false, error: {code: 'supervisor.socket-path-taken'}});
    expect(statSync(socketPath).size).toBe(8);
  });

  test.each([
    ['a directory that cannot be made', 'file/gantry.sock', 'supervisor.cannot-listen'],
    ['a path the kernel does not take', `${'x'.repeat(120)}.sock`, 'supervisor.socket-path-too-long'],
  ])('is refused in %s, with a remedy', async (_, name, code) => {
    writeFileSync(path.join(path.dirname(socketPath), 'file'), '');
    const started = await startServer({socketPath: path.join(path.dirname(socketPath), name), handlers: fake.handlers});
    expect(started).toMatchObject({ok: false, error: {code, remedy: expect.stringMatching(/./)}});
  });
});

describe('a socket that is removed while the server runs', () => {
  const answers = async (): Promise<boolean> =>
    askSocket(socketPath, '/v1/snapshot').then(
      ({status}) => status === 200,
      () => false,
    );

  test.each<[string, () => Promise<void> | void]>([
    ['the socket is deleted', () => rmSync(socketPath)],
    ['its directory is deleted', () => rmSync(path.dirname(socketPath), {recursive: true})],
    [
      'a socket without a server is in its place',
      async () => {
        rmSync(socketPath);
        await leaveStaleSocket();
      },
    ],
  ])('is back after the next check when %s, and open connections continue', async (_, remove) => {
    const server = await fake.serve(socketPath);
    const stream = openStream();
    await stream.heard('event: snapshot');
    await remove();
    expect(await answers()).toBe(false);
    expect(await server.keepListening()).toEqual([{path: socketPath, error: null}]);
    expect(await answers()).toBe(true);
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    fake.publish({...fake.snapshot, sequence: 4711});
    await stream.heard('"sequence":4711');
  });

  type End = () => Promise<void>;
  test.each<[string, () => Promise<End> | undefined, string]>([
    ['a file', () => void writeFileSync(socketPath, 'precious'), 'supervisor.socket-path-taken'],
    ['a directory', () => void mkdirSync(socketPath), 'supervisor.socket-path-taken'],
    ['a link', () => void symlinkSync('/etc/passwd', socketPath), 'supervisor.socket-path-taken'],
    ['a socket of another server', () => listenThere(), 'supervisor.already-running'],
  ])('leaves %s that is in its place as it is, says so, and is back when that is gone', async (_, take, code) => {
    const server = await fake.serve(socketPath);
    rmSync(socketPath);
    const end = await take();
    const {ino} = lstatSync(socketPath);
    expect(await server.keepListening()).toMatchObject([{path: socketPath, error: {code}}]);
    expect(lstatSync(socketPath).ino).toBe(ino);
    if (end !== undefined) await end();
    rmSync(socketPath, {recursive: true, force: true});
    expect(await server.keepListening()).toEqual([{path: socketPath, error: null}]);
    expect(await answers()).toBe(true);
  });

  test('is served on the second path meanwhile, and what took the first one survives the end of the server', async () => {
    const secondSocketPath = path.join(path.dirname(socketPath), 'second.sock');
    const server = await fake.serve(socketPath, {secondSocketPath});
    rmSync(socketPath);
    writeFileSync(socketPath, 'precious');
    expect((await server.keepListening()).map(({error}) => error?.code ?? null)).toEqual([
      'supervisor.socket-path-taken',
      null,
    ]);
    expect((await askSocket(secondSocketPath, '/v1/snapshot')).status).toBe(200);
    await server.close();
    expect(statSync(socketPath).size).toBe(8);
    expect(existsSync(secondSocketPath)).toBe(false);
  });

  test('cannot be made where both paths are taken: the error names what is at each, and how it is moved away', async () => {
    const secondSocketPath = path.join(path.dirname(socketPath), "it's.sock");
    mkdirSync(socketPath);
    execFileSync('sh', ['-c', 'mkfifo "$0"', secondSocketPath]);
    const started = await startServer({socketPath, secondSocketPath, handlers: fake.handlers});
    expect(started.ok ? null : started.error).toMatchObject({
      code: 'supervisor.socket-path-taken',
      message: `${socketPath} is a directory, not a socket; it was not changed. ${secondSocketPath} is a named pipe, not a socket; it was not changed.`,
    });
    const quoted = `'${secondSocketPath.replaceAll("'", `'\\''`)}'`;
    expect(started.ok ? '' : started.error.remedy).toContain(`Move it away: mv ${quoted} `);
    expect([lstatSync(socketPath).isDirectory(), lstatSync(secondSocketPath).isFIFO()]).toEqual([true, true]);
  });

  test('is not removed by a server that has lost it to another one', async () => {
    const first = await fake.serve(socketPath);
    rmSync(socketPath);
    const end = await listenThere();
    await first.close();
    expect(lstatSync(socketPath).isSocket()).toBe(true);
    await end();
  });

  test('is not made in a directory that other users can write to', async () => {
    const directory = path.dirname(socketPath);
    const server = await fake.serve(socketPath);
    rmSync(directory, {recursive: true});
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    expect(await server.keepListening()).toMatchObject([{error: {code: 'supervisor.cannot-listen'}}]);
    expect(statSync(directory).mode & 0o777).toBe(0o777);
  });

  /** A stream of snapshots, and everything it has said. */
  function openStream() {
    let text = '';
    const request = http.get({socketPath, path: '/v1/snapshot/stream', agent: false}, (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
    });
    onTestFinished(() => {
      request.destroy();
    });
    return {heard: (part: string) => eventually(() => text.includes(part), `${part} in the stream`)};
  }

  async function listenThere(): Promise<() => Promise<void>> {
    const sockets: net.Socket[] = [];
    const other = net.createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => other.listen(socketPath, resolve));
    return async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => other.close(resolve));
    };
  }
});

/** The socket of a process that was killed. */
async function leaveStaleSocket(): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await promisify(execFile)(process.execPath, ['-e', script]).catch(() => null);
  expect(existsSync(socketPath)).toBe(true);
}
