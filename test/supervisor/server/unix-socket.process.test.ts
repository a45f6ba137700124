import {execFile} from 'node:child_process';
import {existsSync, statSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {promisify} from 'node:util';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {type RunningServer, startServer} from '../../../src/supervisor/server/server.ts';
import {askSocket} from '../../harness/ask-socket.ts';
import {createFakeSupervisor, type FakeSupervisor, makeSocketPlace} from './fake-supervisor.ts';

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

describe('the socket', () => {
  test('is open to its owner alone, and goes when the server closes', async () => {
    server = await fake.serve(place.socketPath);
    expect(statSync(place.socketPath).mode & 0o777).toBe(0o600);
    await server.close();
    server = null;
    expect(existsSync(place.socketPath)).toBe(false);
  });

  test('leaves the file mask of the process as it was', async () => {
    const before = process.umask();
    server = await fake.serve(place.socketPath);
    expect(process.umask()).toBe(before);
  });

  test('is left to the supervisor that answers on it, and its process id is told', async () => {
    server = await fake.serve(place.socketPath);
    const second = await startServer({socketPath: place.socketPath, handlers: fake.handlers});
    expect(second).toMatchObject({ok: false, error: {code: 'supervisor.already-running'}});
    if (second.ok) return;
    expect(second.error.message).toContain(`pid ${fake.snapshot.supervisor.pid}`);
    expect((await askSocket(place.socketPath, '/v1/snapshot')).status).toBe(200);
  });

  test('is left to whatever accepts connections, even when that never answers', async () => {
    const mute = net.createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(place.socketPath, resolve));
    const second = await startServer({socketPath: place.socketPath, handlers: fake.handlers});
    expect(second).toMatchObject({ok: false, error: {code: 'supervisor.already-running'}});
    mute.close();
  });

  test('replaces a socket that nobody listens on any more', async () => {
    const script = `require('net').createServer().listen(${JSON.stringify(place.socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await promisify(execFile)(process.execPath, ['-e', script]).catch(() => null);
    expect(existsSync(place.socketPath)).toBe(true);
    server = await fake.serve(place.socketPath);
    expect((await askSocket(place.socketPath, '/v1/snapshot')).status).toBe(200);
  });

  test('does not take the place of a file that is no socket', async () => {
    writeFileSync(place.socketPath, 'precious');
    const started = await startServer({socketPath: place.socketPath, handlers: fake.handlers});
    expect(started).toMatchObject({ok: false, error: {code: 'supervisor.socket-path-taken'}});
    expect(statSync(place.socketPath).size).toBe(8);
  });

  test.each([
    ['a directory that does not exist', 'missing/gantry.sock', 'supervisor.cannot-listen'],
    ['a path the kernel does not take', `${'x'.repeat(120)}.sock`, 'supervisor.socket-path-too-long'],
  ])('is refused in %s, with a remedy', async (_, name, code) => {
    const started = await startServer({socketPath: `${place.directory}/${name}`, handlers: fake.handlers});
    expect(started).toMatchObject({ok: false, error: {code, remedy: expect.stringMatching(/./)}});
  });
});
