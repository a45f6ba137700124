import path from 'node:path';
import {afterEach, beforeEach, expect, onTestFinished, test, vi} from 'vitest';
import {createApiClient} from '../../src/client/api-client.ts';
import type {ConsoleSession} from '../../src/client/console-data.ts';
import {createConsoleSession} from '../../src/client/console-session.ts';
import {eventually} from '../harness/eventually.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';
import {createFakeSupervisor, type FakeSupervisor, logLines} from '../supervisor/server/fake-supervisor.ts';

let socketPath: string;
let fake: FakeSupervisor;
let session: ConsoleSession | null = null;

beforeEach(() => {
  socketPath = path.join(temporaryDirectory('socket'), 'gantry.sock');
  fake = createFakeSupervisor();
});

afterEach(async () => {
  session?.close();
  session = null;
});

test('a console survives its supervisor and finds the next one on the same socket', async () => {
  fake.log = logLines(1, 3);
  fake.history = {series: {waitingRequests: [{atMs: fake.snapshot.takenAtMs - 5_000, value: 4}]}};
  const server = await fake.serve(socketPath);
  const opened = createConsoleSession({client: createApiClient({socketPath}), nowMs: Date.now});
  session = opened;
  await eventually(
    () => expect(opened.getData()).toMatchObject({connection: {kind: 'live'}, log: logLines(1, 3).lines}),
    'a live console',
  );
  await eventually(() => expect(opened.getData().history.waitingRequests).toHaveLength(2), 'the history');

  await server.close();
  await eventually(() => expect(opened.getData().connection.kind).toBe('lost'), 'the loss of the supervisor');
  expect(opened.getData().snapshot).toEqual(fake.snapshot);
  expect(await opened.send({type: 'stop'})).toMatchObject({accepted: false, error: {code: 'supervisor.unavailable'}});

  fake.snapshot = {...fake.snapshot, sequence: 9_000};
  fake.log = logLines(2, 5);
  await fake.serve(socketPath);
  await eventually(
    () =>
      expect(opened.getData()).toMatchObject({
        connection: {kind: 'live'},
        snapshot: {sequence: 9_000},
        log: logLines(1, 5).lines,
      }),
    'a live console',
  );
});

test('every snapshot is parsed once, and its text never again', async () => {
  const parse = vi.spyOn(JSON, 'parse');
  onTestFinished(() => parse.mockRestore());
  await fake.serve(socketPath);
  const opened = createConsoleSession({client: createApiClient({socketPath}), nowMs: Date.now});
  session = opened;
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    await eventually(() => expect(opened.getData().snapshot).toEqual(fake.snapshot), 'the snapshot');
    fake.snapshot = {...fake.snapshot, sequence};
    fake.publish(fake.snapshot);
  }
  await eventually(() => expect(opened.getData().snapshot?.sequence).toBe(5), 'the last snapshot');
  expect(parse.mock.calls.filter(([text]) => text.includes('sequence":'))).toHaveLength(6);
  expect(
    parse.mock.calls.filter(([text]) => text.includes('"knownEngines"')),
    'one is whole',
  ).toHaveLength(1);
});

test('a command of a console carries its name', async () => {
  await fake.serve(socketPath);
  const client = createApiClient({socketPath, clientName: 'cli'});
  session = createConsoleSession({client, nowMs: Date.now});
  await session.send({type: 'stop'});
  await client.sendCommand({type: 'stop'});
  expect(fake.senders).toEqual(['console', 'cli']);
});

test('a console that is closed disconnects from the supervisor', async () => {
  await fake.serve(socketPath);
  const opened = createConsoleSession({client: createApiClient({socketPath}), nowMs: Date.now});
  session = opened;
  await eventually(() => expect(fake.listenerCount()).toBe(3), '3 clients to listen');
  opened.close();
  await eventually(() => expect(fake.listenerCount()).toBe(0), 'no client to listen any more');
});
