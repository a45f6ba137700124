import {execFile} from 'node:child_process';
import {existsSync, statSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {promisify} from 'node:util';
import {beforeEach, describe, expect, test} from 'vitest';
import {startServer} from '../../../src/supervisor/server/http-server.ts';
import {askSocket} from '../../harness/ask-socket.ts';
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
    const script = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await promisify(execFile)(process.execPath, ['-e', script]).catch(() => null);
    expect(existsSync(socketPath)).toBe(true);
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
    ['a directory that does not exist', 'missing/gantry.sock', 'supervisor.cannot-listen'],
    ['a path the kernel does not take', `${'x'.repeat(120)}.sock`, 'supervisor.socket-path-too-long'],
  ])('is refused in %s, with a remedy', async (_, name, code) => {
    const started = await startServer({socketPath: path.join(path.dirname(socketPath), name), handlers: fake.handlers});
    expect(started).toMatchObject({ok: false, error: {code, remedy: expect.stringMatching(/./)}});
  });
});
