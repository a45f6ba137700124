import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import {beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {askSocket} from '../../harness/ask-socket.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {createFakeSupervisor, type FakeSupervisor, logLines} from './fake-supervisor.ts';

let socketPath: string;
let fake: FakeSupervisor;

beforeEach(() => {
  socketPath = path.join(temporaryDirectory('socket'), 'gantry.sock');
  fake = createFakeSupervisor();
});

/** Connections that send this text and read nothing. */
async function connect(count: number, text: string): Promise<readonly net.Socket[]> {
  const sockets = Array.from({length: count}, () => net.createConnection(socketPath));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (const socket of sockets) {
    socket.on('error', () => socket.destroy());
    socket.pause();
    socket.write(text);
  }
  await eventually(() => sockets.every(({connecting}) => !connecting), 'all to be connected');
  return sockets;
}

/** A connection is not closed for another one while it is younger. */
async function aSecond(): Promise<void> {
  const startedMs = performance.now();
  await eventually(() => performance.now() - startedMs > 1_100, 'a second');
}

const command = {method: 'POST', body: '{"type":"stop"}'};
const opened = (sockets: readonly net.Socket[]): number => sockets.filter(({destroyed}) => !destroyed).length;
const halfHeaders = 'GET /v1/snapshot HTTP/1.1\r\nhost: g';
const halfBody = 'POST /v1/commands HTTP/1.1\r\nhost: g\r\ncontent-length: 60000\r\n\r\n{"type":';

describe.each([
  ['300 idle connections', 300, ''],
  ['300 requests whose headers stop half-way', 300, halfHeaders],
  ['300 requests whose body stops half-way', 300, halfBody],
  ['300 streams that are never read', 300, 'GET /v1/snapshot/stream HTTP/1.1\r\nhost: g\r\n\r\n'],
])('%s', (_, count, text) => {
  test('do not keep out a new command', async () => {
    await fake.serve(socketPath);
    await connect(count, text);
    for (let round = 0; round < 20; round += 1) {
      expect((await askSocket(socketPath, '/v1/snapshot')).status).toBe(200);
      expect((await askSocket(socketPath, '/v1/commands', command)).status).toBe(202);
    }
    expect(fake.commands).toHaveLength(20);
  });
});

test('the connections that are missed least are closed first: idle ones, then half requests, then streams', async () => {
  await fake.serve(socketPath, {limits: {connections: 30}});
  const [streams, half, idle] = [
    await connect(10, 'GET /v1/log/stream HTTP/1.1\r\nhost: g\r\n\r\n'),
    await connect(10, halfBody),
    await connect(10, ''),
  ];
  await eventually(() => fake.listenerCount() === 10, 'the streams to be open');
  // A socket that is paused does not see its end: the kernel does, when it writes.
  const alive = (): readonly number[] => {
    for (const socket of [...streams, ...half, ...idle]) socket.resume();
    return [opened(streams), opened(half), opened(idle)];
  };
  await aSecond();
  await connect(10, halfBody);
  await eventually(() => expect(alive()).toEqual([10, 10, 0]), 'the idle ones to be closed');
  await connect(10, halfBody);
  await eventually(() => expect(alive()).toEqual([10, 0, 0]), 'the half requests to be closed');
});

test('idle connections, and requests that do not arrive, are closed after their time', async () => {
  await fake.serve(socketPath, {limits: {headersMs: 200, requestMs: 400}});
  const sockets = [...(await connect(3, '')), ...(await connect(3, halfHeaders)), ...(await connect(3, halfBody))];
  for (const socket of sockets) socket.resume();
  await eventually(() => opened(sockets) === 0, 'all of them to be closed');
});

test('a hundred streams that are never read are closed, and what waits for them is bounded', async () => {
  await fake.serve(socketPath, {limits: {unreadStreamMs: 1_000}});
  await connect(50, 'GET /v1/log/stream HTTP/1.1\r\nhost: g\r\n\r\n');
  await connect(50, 'GET /v1/snapshot/stream HTTP/1.1\r\nhost: g\r\n\r\n');
  await eventually(() => fake.listenerCount() === 100, 'the streams to be open');
  const before = process.memoryUsage().rss;
  let number = 1;
  await eventually(() => {
    for (let count = 0; count < 2; count += 1, number += 100) fake.publishLog(logLines(number, number + 99));
    fake.publish({...fake.snapshot, sequence: number});
    return fake.listenerCount() === 0;
  }, 'every stream to be closed');
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * BYTES_PER_MIB);
});

test('a stream that is read slowly but steadily is kept', async () => {
  await fake.serve(socketPath, {limits: {unreadStreamMs: 1_000}});
  let received = 0;
  const request = http.get({socketPath, path: '/v1/snapshot/stream', agent: false}, (response) => {
    response.on('data', (chunk: Buffer) => {
      received += chunk.length;
      response.pause();
      setTimeout(() => response.resume(), 50);
    });
  });
  onTestFinished(() => {
    request.destroy();
  });
  const startedMs = performance.now();
  await eventually(() => {
    fake.publish({...fake.snapshot, sequence: received});
    return performance.now() - startedMs > 4_000;
  }, 'four seconds');
  expect(fake.listenerCount()).toBe(1);
});
