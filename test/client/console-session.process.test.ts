import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createApiClient} from '../../src/client/api-client.ts';
import type {ConsoleSession} from '../../src/client/console-data.ts';
import {createConsoleSession} from '../../src/client/console-session.ts';
import type {RunningServer} from '../../src/supervisor/server/server.ts';
import {
  createFakeSupervisor,
  type FakeSupervisor,
  logLines,
  makeSocketPlace,
} from '../supervisor/server/fake-supervisor.ts';

let place: Awaited<ReturnType<typeof makeSocketPlace>>;
let fake: FakeSupervisor;
let server: RunningServer | null = null;
let session: ConsoleSession | null = null;

beforeEach(async () => {
  place = await makeSocketPlace();
  fake = createFakeSupervisor();
});

afterEach(async () => {
  session?.close();
  await server?.close();
  session = null;
  server = null;
  await place.remove();
});

test('a console outlives its supervisor and finds the next one on the same socket', async () => {
  fake.log = logLines(1, 3);
  fake.history = {series: {waitingRequests: [{atMs: fake.snapshot.takenAtMs - 5_000, value: 4}]}};
  server = await fake.serve(place.socketPath);
  const opened = createConsoleSession({client: createApiClient({socketPath: place.socketPath}), nowMs: Date.now});
  session = opened;
  await vi.waitFor(() =>
    expect(opened.getData()).toMatchObject({connection: {kind: 'live'}, log: logLines(1, 3).lines}),
  );
  await vi.waitFor(() => expect(opened.getData().history.waitingRequests).toHaveLength(2));

  await server.close();
  await vi.waitFor(() => expect(opened.getData().connection.kind).toBe('lost'));
  expect(opened.getData().snapshot).toEqual(fake.snapshot);
  expect(await opened.send({type: 'stop'})).toMatchObject({accepted: false, error: {code: 'supervisor.unavailable'}});

  fake.snapshot = {...fake.snapshot, sequence: 9_000};
  fake.log = logLines(2, 5);
  server = await fake.serve(place.socketPath);
  await vi.waitFor(
    () =>
      expect(opened.getData()).toMatchObject({
        connection: {kind: 'live'},
        snapshot: {sequence: 9_000},
        log: logLines(1, 5).lines,
      }),
    {timeout: 10_000},
  );
});

test('a command of a console carries its name', async () => {
  server = await fake.serve(place.socketPath);
  const client = createApiClient({socketPath: place.socketPath, clientName: 'cli'});
  session = createConsoleSession({client, nowMs: Date.now});
  await session.send({type: 'stop'});
  await client.sendCommand({type: 'stop'});
  expect(fake.senders).toEqual(['console', 'cli']);
});

test('a console that is closed lets go of the supervisor', async () => {
  server = await fake.serve(place.socketPath);
  const opened = createConsoleSession({client: createApiClient({socketPath: place.socketPath}), nowMs: Date.now});
  session = opened;
  await vi.waitFor(() => expect(fake.listenerCount()).toBe(3));
  opened.close();
  await vi.waitFor(() => expect(fake.listenerCount()).toBe(0));
});
