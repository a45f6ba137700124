import net from 'node:net';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {SNAPSHOT_SCHEMA_VERSION, snapshotSchema} from '../../../src/api/snapshot.ts';
import {createSnapshotReader} from '../../../src/client/request/read-snapshots.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import {createFakeSupervisor, type FakeSupervisor, logLines} from './fake-supervisor.ts';

const TAKES_CHANGES = 'x-gantry-changes: yes\r\n';

let socketPath: string;
let fake: FakeSupervisor;

beforeEach(() => {
  socketPath = path.join(temporaryDirectory('socket'), 'gantry.sock');
  fake = createFakeSupervisor();
});

/** Opens a stream and never reads from it until told to. */
function openRaw(
  path: string,
  header = '',
): Promise<{readonly socket: net.Socket; readonly read: () => {text: string}}> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: gantry\r\n${header}\r\n`);
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
  test('start with the current snapshot and send each one completely', async () => {
    await fake.serve(socketPath);
    const got = (await openRaw('/v1/snapshot/stream')).read();
    await eventually(
      () => expect(got.text).toContain(`event: snapshot\ndata: {"schemaVersion":${SNAPSHOT_SCHEMA_VERSION}`),
      'the stream to bring it',
    );
    const next = buildSnapshot({sequence: 4242});
    fake.publish(next);
    await eventually(
      () => expect(got.text).toContain(`event: snapshot\ndata: ${JSON.stringify(next)}\n\n`),
      'the stream to bring it',
    );
  });

  test('send changes after the first snapshot to a client that takes them, and complete snapshots to all others', async () => {
    await fake.serve(socketPath);
    const got = (await openRaw('/v1/snapshot/stream', TAKES_CHANGES)).read();
    await eventually(() => expect(got.text).toContain('event: snapshot\n'), 'the stream to bring it');
    const next = {...fake.snapshot, sequence: 4242};
    const late = {...next, sequence: 4243};
    fake.publish(next);
    // Who connects meanwhile begins with a complete one.
    const other = (await openRaw('/v1/snapshot/stream', TAKES_CHANGES)).read();
    const plain = (await openRaw('/v1/snapshot/stream', 'x-gantry-changes: no\r\n')).read();
    await eventually(() => expect(fake.listenerCount()).toBe(3), '3 clients to listen');
    fake.publish(late);
    const second = 'event: changes\ndata: {"from":4242,"patch":{"/sequence":4243}}\n\n';
    await eventually(() => expect(got.text).toContain(second), 'the stream to bring it');
    expect(got.text.match(/event: \w+/gu)).toEqual(['event: snapshot', 'event: changes', 'event: changes']);
    await eventually(() => expect(other.text).toContain(second), 'the stream to bring it');
    expect(other.text.match(/event: \w+/gu)).toEqual(['event: snapshot', 'event: changes']);
    await eventually(() => expect(plain.text).toContain(JSON.stringify(late)), 'the stream to bring it');
    expect(plain.text).not.toContain('event: changes');
  });

  test('of changes skip to the latest snapshot for a client that does not read, and leave out nothing', async () => {
    fake.snapshot = buildSnapshot({sequence: 0});
    await fake.serve(socketPath);
    const {socket, read} = await openRaw('/v1/snapshot/stream', TAKES_CHANGES);
    await eventually(() => expect(fake.listenerCount()).toBe(1), 'a client to listen');
    socket.pause();
    const filler = 'x'.repeat(20_000);
    for (let sequence = 1; sequence <= 2_000; sequence += 1) {
      // Each field is changed in some snapshots only: one that is skipped must not take its changes with it.
      const node = {...fake.snapshot.node, ...(sequence % 7 === 0 ? {hostname: `host-${sequence}`} : {})};
      const gpus = sequence % 10 === 0 ? fake.snapshot.gpus.slice(0, sequence % 8) : fake.snapshot.gpus;
      fake.publish({...fake.snapshot, sequence, node, gpus, simulated: sequence % 3 === 0});
      fake.publish({...fake.snapshot, node: {...node, driverVersion: `${filler}${sequence}`}});
      if (sequence % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const got = read();
    socket.resume();
    await eventually(() => expect(got.text).toContain('xx2000"'), 'the stream to bring it');
    const readSnapshot = createSnapshotReader(async () => snapshotSchema);
    let last: unknown = null;
    let events = 0;
    for (const [, name = '', data = ''] of got.text.matchAll(/event: (\w+)\ndata: (.*)\n/gu)) {
      last = await readSnapshot({name, data}, {});
      events += 1;
    }
    expect(last).toEqual({ok: true, value: fake.snapshot});
    expect(events).toBeLessThan(1_000);
  });

  test('of events start with the requested ones, then send each new one', async () => {
    fake.events = [buildEvent({id: 7})];
    await fake.serve(socketPath);
    const got = (await openRaw('/v1/events/stream?sinceMs=5&limit=3')).read();
    await eventually(
      () => expect(got.text).toContain(`event: events\ndata: {"schemaVersion":1,"events":[{"id":7`),
      'the stream to bring it',
    );
    expect(fake.eventsAsked).toEqual([{sinceMs: 5, limit: 3}]);
    const next = buildEvent({id: 8, code: 'engine.exited'});
    fake.publishEvent(next);
    await eventually(
      () => expect(got.text).toContain(`data: {"schemaVersion":1,"events":[${JSON.stringify(next)}]}\n\n`),
      'the stream to bring it',
    );
  });

  test('of events start empty if there are none, and keep the newest thousand for a client that does not read', async () => {
    await fake.serve(socketPath);
    const {socket, read} = await openRaw('/v1/events/stream');
    await eventually(() => expect(fake.listenerCount()).toBe(1), 'a client to listen');
    socket.pause();
    const message = 'x'.repeat(1_000);
    for (let id = 1; id <= 20_000; id += 1) {
      fake.publishEvent(buildEvent({id, message}));
      if (id % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const got = read();
    socket.resume();
    await eventually(() => expect(got.text).toContain('"id":20000'), 'the stream to bring it');
    expect(got.text).toContain('data: {"schemaVersion":1,"events":[]}');
    expect(got.text.match(/"id":\d+/g)?.length).toBeLessThan(19_000);
  });

  test('keep only the latest snapshot for a client that does not read', async () => {
    fake.snapshot = buildSnapshot({sequence: 0});
    await fake.serve(socketPath);
    const {socket, read} = await openRaw('/v1/snapshot/stream');
    await eventually(() => expect(fake.listenerCount()).toBe(1), 'a client to listen');
    socket.pause();
    for (let sequence = 1; sequence <= 5_000; sequence += 1) {
      fake.publish({...fake.snapshot, sequence});
      if (sequence % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const got = read();
    socket.resume();
    await eventually(() => expect(got.text).toContain('"sequence":5000'), 'the stream to bring it');
    const received = [...got.text.matchAll(/"sequence":(\d+)/g)].map((match) => Number(match[1]));
    expect(received.length).toBeLessThan(500);
    expect(received).toEqual([...received].sort((a, b) => a - b));
  });

  test('start with the log tail, empty or not, and continue with each new line once', async () => {
    fake.log = logLines(1, 3);
    await fake.serve(socketPath);
    const got = (await openRaw('/v1/log/stream?tail=2')).read();
    await eventually(
      () => expect(got.text).toContain(`event: lines\ndata: ${JSON.stringify(logLines(2, 3))}\n\n`),
      'the lines',
    );
    fake.publishLog(logLines(4, 5));
    await eventually(
      () => expect(got.text).toContain(`data: ${JSON.stringify(logLines(4, 5))}\n\n`),
      'the stream to bring it',
    );
    fake.log = {runId: null, lines: []};
    const empty = (await openRaw('/v1/log/stream')).read();
    await eventually(() => expect(empty.text).toContain('data: {"runId":null,"lines":[]}\n\n'), 'the lines');
  });

  test('report how many log lines a slow client missed, and keep the newest for it', async () => {
    await fake.serve(socketPath);
    const {socket, read} = await openRaw('/v1/log/stream?tail=0');
    await eventually(() => expect(fake.listenerCount()).toBe(1), 'a client to listen');
    socket.pause();
    for (let from = 1; from <= 100_000; from += 1_000) {
      fake.publishLog(logLines(from, from + 999));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const got = read();
    socket.resume();
    await eventually(() => expect(got.text).toContain('"line 100000"'), 'the stream to bring it');
    const numbers = [...got.text.matchAll(/"number":(\d+)/g)].map((match) => Number(match[1]));
    const missed = [...got.text.matchAll(/"text":"… (\d+) lines dropped/g)].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    );
    const notices = [...got.text.matchAll(/lines dropped/g)].length;
    expect(notices).toBeGreaterThan(0);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.length - notices + missed).toBe(100_000);
  });

  test('send comments while nothing happens', async () => {
    await fake.serve(socketPath, {keepAliveMs: 10});
    const got = (await openRaw('/v1/log/stream')).read();
    await eventually(() => expect(got.text).toContain(': keep-alive\n\n'), 'the stream to bring it');
  });

  test('close the connection of a client that disconnected', async () => {
    await fake.serve(socketPath);
    const streams = await Promise.all([openRaw('/v1/snapshot/stream'), openRaw('/v1/log/stream')]);
    await eventually(() => expect(fake.listenerCount()).toBe(2), '2 clients to listen');
    for (const {socket} of streams) socket.destroy();
    await eventually(() => expect(fake.listenerCount()).toBe(0), 'no client to listen any more');
    expect(fake.bugs).toEqual([]);
  });

  test('end when the server closes, also for a client that does not read', async () => {
    const server = await fake.serve(socketPath);
    const reading = await openRaw('/v1/snapshot/stream');
    reading.read();
    const ended = new Promise((resolve) => reading.socket.once('close', resolve));
    const stuck = await openRaw('/v1/snapshot/stream');
    await eventually(() => expect(fake.listenerCount()).toBe(2), '2 clients to listen');
    stuck.socket.pause();
    for (let count = 0; count < 200; count += 1) fake.publish({...fake.snapshot, sequence: count});
    await server.close();
    await ended;
    expect(fake.listenerCount()).toBe(0);
    stuck.socket.destroy();
  });
});
