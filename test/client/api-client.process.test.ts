import {execFile} from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import {promisify} from 'node:util';
import {afterEach, beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import type {LogLines} from '../../src/api/log-lines.ts';
import {SNAPSHOT_SCHEMA_VERSION, type Snapshot} from '../../src/api/snapshot.ts';
import {createApiClient} from '../../src/client/api-client.ts';
import {ok} from '../../src/shared/result.ts';
import {eventually} from '../harness/eventually.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';
import {createFakeSupervisor, type FakeSupervisor, logLines} from '../supervisor/server/fake-supervisor.ts';
import {buildEvent} from '../support/build-event.ts';
import {buildPreview} from '../support/build-preview.ts';
import {buildSnapshot} from '../support/build-snapshot.ts';

let socketPath: string;
let fake: FakeSupervisor;
let closeOther: (() => void) | null = null;

beforeEach(() => {
  socketPath = path.join(temporaryDirectory('socket'), 'gantry.sock');
  fake = createFakeSupervisor();
});

afterEach(async () => {
  closeOther?.();
  closeOther = null;
});

const clientHere = (
  timeouts: {readonly timeoutMs?: number; readonly streamTimeoutMs?: number; readonly clientName?: string} = {},
) => createApiClient({socketPath, ...timeouts});

/** Something else that listens there. */
async function answerWith(answer: http.RequestListener): Promise<void> {
  const other = http.createServer(answer);
  await new Promise<void>((resolve) => other.listen(socketPath, resolve));
  closeOther = () => {
    other.close();
    other.closeAllConnections();
  };
}

const olderPath = (): string => path.join(path.dirname(socketPath), 'older.sock');

/** An older supervisor that refuses this parameter; what it was asked, in order. */
async function refuseParameter(name: string, answer: unknown): Promise<readonly string[]> {
  const asked: string[] = [];
  const older = http.createServer((request, response) => {
    const {searchParams} = new URL(request.url ?? '', 'http://gantry');
    asked.push(searchParams.toString());
    const isKnown = !searchParams.has(name);
    response.statusCode = isKnown ? 200 : 400;
    const refusal = {code: 'api.invalid-query', message: `Unrecognized key: "${name}"`, remedy: 'Correct it.'};
    response.end(JSON.stringify(isKnown ? answer : refusal));
  });
  await new Promise<void>((resolve) => older.listen(olderPath(), resolve));
  onTestFinished(() => void older.close());
  return asked;
}

describe('answers', () => {
  test('arrive as the supervisor sent them', async () => {
    fake.log = logLines(1, 5);
    fake.history = {
      series: {
        kvUsageRatio: [
          {atMs: 1, value: null},
          {atMs: 2, value: 0.5},
        ],
      },
    };
    await fake.serve(socketPath);
    const client = clientHere();
    expect(await client.getSnapshot()).toEqual({ok: true, value: fake.snapshot});
    expect(await client.getLog(2)).toEqual({ok: true, value: logLines(4, 5)});
    expect(await client.getHistory({series: ['kvUsageRatio'], gpuSeries: [], windowMs: 60_000})).toEqual({
      ok: true,
      value: fake.history,
    });
    expect(fake.historyAsked).toEqual([{series: ['kvUsageRatio'], gpuSeries: [], windowMs: 60_000}]);
  });

  test('to a command are the reply, accepted or refused', async () => {
    await fake.serve(socketPath);
    const client = clientHere();
    expect(await client.sendCommand({type: 'restart', change: {contextLengthTokens: 131_072}})).toEqual({
      ok: true,
      value: fake.reply,
    });
    expect(fake.commands).toEqual([
      {
        type: 'restart',
        change: {contextLengthTokens: 131_072},
        drainMs: 0,
        force: false,
        lastGood: false,
        rollback: false,
      },
    ]);
    fake.reply = {accepted: false, error: {code: 'lifecycle.other-settings', message: 'no', remedy: 'restart'}};
    expect(await client.sendCommand({type: 'start'})).toEqual({ok: true, value: fake.reply});
  });

  test('to a preview are what the command would do, or why that is unknown', async () => {
    await fake.serve(socketPath);
    const client = clientHere();
    expect(await client.preview({command: {type: 'restart'}, gpus: '8xH200'})).toEqual(fake.preview);
    expect(fake.previews).toEqual([
      {
        command: {type: 'restart', change: {}, drainMs: 0, force: false, lastGood: false, rollback: false},
        gpus: '8xH200',
      },
    ]);
    fake.preview = ok(buildPreview());
    expect(await client.preview({command: {type: 'start'}})).toEqual(fake.preview);
    expect(fake.previews.at(-1)).toEqual({command: {type: 'start', force: false}, gpus: null});
    expect(fake.commands, 'nothing is begun by it').toEqual([]);
  });

  test('are the requested events, then new ones as they happen; commands carry the name of the client', async () => {
    await fake.serve(socketPath);
    fake.events = [buildEvent({id: 3, details: {settings: {from: '1', to: null}}})];
    const client = clientHere({clientName: 'console'});
    expect(await client.getEvents({sinceMs: 7.9, limit: 2})).toEqual({
      ok: true,
      value: {schemaVersion: 1, events: fake.events},
    });
    const closing = new AbortController();
    const stream = client.events(closing.signal, {sinceMs: -1, limit: 2});
    expect((await stream.next()).value).toMatchObject({events: [{id: 3}]});
    fake.publishEvent(buildEvent({id: 4}));
    expect((await stream.next()).value).toMatchObject({events: [{id: 4}]});
    closing.abort();
    expect(await stream.next()).toEqual({done: true, value: null});
    expect(fake.eventsAsked).toEqual([
      {sinceMs: 7, limit: 2},
      {sinceMs: 0, limit: 2},
    ]);
    await client.sendCommand({type: 'stop'});
    expect(fake.senders).toEqual(['console']);
  });

  test('of one kind are requested by it; an older supervisor, which has no kinds, is asked for all', async () => {
    await fake.serve(socketPath);
    fake.events = [buildEvent({id: 3})];
    const query = {kind: 'state', sinceMs: 7, limit: 2} as const;
    const answer = {ok: true, value: {schemaVersion: 1, events: fake.events}};
    expect(await clientHere().getEvents(query)).toEqual(answer);
    expect(fake.eventsAsked).toEqual([query]);
    const asked = await refuseParameter('kind', {schemaVersion: 1, events: fake.events});
    expect(await createApiClient({socketPath: olderPath()}).getEvents(query)).toEqual(answer);
    expect(asked).toEqual(['sinceMs=7&limit=2&kind=state', 'sinceMs=0&limit=2']);
  });

  test('over a window of requests are without it from an older supervisor, which keeps no histograms', async () => {
    const history = {series: {kvUsageRatio: [{atMs: 1, value: 0.5}]}};
    const asked = await refuseParameter('requests', history);
    const client = createApiClient({socketPath: olderPath()});
    const query = {gpuSeries: [], windowMs: 60_000, requests: true};
    expect(await client.getHistory({...query, series: ['kvUsageRatio']})).toEqual({ok: true, value: history});
    expect(asked).toEqual(['series=kvUsageRatio&windowMs=60000&requests=true', 'series=kvUsageRatio&windowMs=60000']);
    expect(await client.getHistory({...query, series: []}), 'nothing else was asked for').toEqual(ok({series: {}}));
    expect(asked).toHaveLength(3);
  });

  test('that are errors keep their code and remedy', async () => {
    await fake.serve(socketPath);
    expect(await clientHere().getLog(-1)).toMatchObject({ok: false, error: {code: 'api.invalid-query'}});
  });
});

describe('a supervisor that is not running', () => {
  test('is unavailable if there is no socket', async () => {
    expect(await clientHere().getSnapshot()).toMatchObject({
      ok: false,
      error: {
        code: 'supervisor.unavailable',
        message: expect.stringContaining('ENOENT'),
        remedy: expect.stringMatching(/./),
      },
    });
  });

  test('is unavailable if only a stale socket exists', async () => {
    const script = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await promisify(execFile)(process.execPath, ['-e', script]).catch(() => null);
    expect(await clientHere().getSnapshot()).toMatchObject({
      ok: false,
      error: {code: 'supervisor.unavailable', message: expect.stringContaining('ECONNREFUSED')},
    });
  });

  test('is unavailable when it dies in the middle of an answer', async () => {
    await answerWith((_, response) => {
      response.writeHead(200, {'content-length': 1_000});
      response.write('{"schema');
      setImmediate(() => response.destroy());
    });
    expect(await clientHere().getSnapshot()).toMatchObject({ok: false, error: {code: 'supervisor.unavailable'}});
  });

  test('times out when it accepts and sends nothing', async () => {
    const mute = net.createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(socketPath, resolve));
    closeOther = () => mute.close();
    expect(await clientHere({timeoutMs: 50}).getSnapshot()).toMatchObject({
      ok: false,
      error: {code: 'supervisor.timeout'},
    });
  });
});

test('a supervisor that stops in the middle of an answer times out', async () => {
  await answerWith((_, response) => {
    response.writeHead(200);
    response.write('{"schema');
  });
  expect(await clientHere({timeoutMs: 50}).getSnapshot()).toMatchObject({
    ok: false,
    error: {code: 'supervisor.timeout'},
  });
});

describe('a supervisor of another version', () => {
  test('is incompatible, and both versions are reported', async () => {
    await answerWith((_, response) => {
      response.end(JSON.stringify({...fake.snapshot, schemaVersion: 9}));
    });
    const answer = await clientHere().getSnapshot();
    const error = {code: 'supervisor.incompatible', details: {snapshotVersion: 9}};
    expect(answer).toMatchObject({ok: false, error});
    expect(answer.ok ? '' : answer.error.message).toContain(`reads snapshot version ${SNAPSHOT_SCHEMA_VERSION}`);
  });

  test('is incompatible when the answer is not JSON', async () => {
    await answerWith((_, response) => {
      response.end('<html>');
    });
    expect(await clientHere().getSnapshot()).toMatchObject({ok: false, error: {code: 'supervisor.incompatible'}});
  });

  test('ends a stream with the error for incompatible versions', async () => {
    await answerWith((_, response) => {
      response.writeHead(200, {'content-type': 'text/event-stream'});
      response.write(`event: snapshot\ndata: ${JSON.stringify({...fake.snapshot, schemaVersion: 9})}\n\n`);
    });
    expect(await clientHere().snapshots(new AbortController().signal).next()).toMatchObject({
      done: true,
      value: {code: 'supervisor.incompatible'},
    });
  });
});

describe('streams', () => {
  test('deliver complete snapshots, however the text is split', async () => {
    const large = buildSnapshot({node: {hostname: 'é漢'.repeat(20_000)}});
    fake.snapshot = large;
    await fake.serve(socketPath);
    const controller = new AbortController();
    const got: Snapshot[] = [];
    for await (const snapshot of clientHere().snapshots(controller.signal)) {
      got.push(snapshot);
      if (got.length === 3) controller.abort();
      else fake.publish({...large, sequence: got.length});
    }
    expect(got).toEqual([large, {...large, sequence: 1}, {...large, sequence: 2}]);
  });

  test('end with the reason when the supervisor exits, without throwing', async () => {
    const server = await fake.serve(socketPath);
    const snapshots = clientHere().snapshots(new AbortController().signal);
    expect(await snapshots.next()).toMatchObject({done: false});
    const closed = server.close();
    expect(await snapshots.next()).toMatchObject({done: true, value: {code: 'supervisor.unavailable'}});
    await closed;
    expect(await clientHere().snapshots(new AbortController().signal).next()).toMatchObject({
      done: true,
      value: {code: 'supervisor.unavailable'},
    });
  });

  test('end without a reason when the signal aborts, also while waiting, and disconnect from the server', async () => {
    await fake.serve(socketPath);
    const controller = new AbortController();
    const snapshots = clientHere().snapshots(controller.signal);
    await snapshots.next();
    const waiting = snapshots.next();
    controller.abort();
    expect(await waiting).toEqual({done: true, value: null});
    expect(await clientHere().snapshots(controller.signal).next()).toEqual({done: true, value: null});
    await eventually(() => expect(fake.listenerCount()).toBe(0), 'no client to listen any more');
  });

  test('disconnect from the server when the reader leaves the loop', async () => {
    await fake.serve(socketPath);
    for await (const _ of clientHere().snapshots(new AbortController().signal)) break;
    await eventually(() => expect(fake.listenerCount()).toBe(0), 'no client to listen any more');
  });

  test('end when nothing arrived for too long', async () => {
    await fake.serve(socketPath);
    const snapshots = clientHere({streamTimeoutMs: 50}).snapshots(new AbortController().signal);
    let last = await snapshots.next();
    while (last.done !== true) last = await snapshots.next();
    expect(last.value).toMatchObject({code: 'supervisor.timeout'});
  });

  test('stay open with comments alone', async () => {
    await fake.serve(socketPath, {keepAliveMs: 20});
    const lines = clientHere({streamTimeoutMs: 1_500}).logLines(new AbortController().signal, 10);
    expect(await lines.next()).toEqual({done: false, value: {runId: 'run-1', lines: []}});
    const next = lines.next();
    // One that gets no comments, opened later, is given up first.
    const silentPath = path.join(path.dirname(socketPath), 'silent.sock');
    await createFakeSupervisor().serve(silentPath, {keepAliveMs: 600_000});
    const silent = createApiClient({socketPath: silentPath, streamTimeoutMs: 1_500});
    for await (const _ of silent.logLines(new AbortController().signal, 10));
    fake.publishLog(logLines(1, 1));
    expect(await next).toEqual({done: false, value: logLines(1, 1)});
    await lines.return(null);
  });

  test('deliver the log tail and then each new line once', async () => {
    fake.log = logLines(1, 10);
    await fake.serve(socketPath);
    const got: LogLines[] = [];
    for await (const batch of clientHere().logLines(new AbortController().signal, 3)) {
      got.push(batch);
      if (got.length === 2) break;
      fake.publishLog(logLines(11, 12));
    }
    expect(got).toEqual([logLines(8, 10), logLines(11, 12)]);
  });
});
