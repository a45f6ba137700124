import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import {beforeEach, describe, expect, test} from 'vitest';
import {eventsSchema} from '../../../src/api/event-schema.ts';
import {historySeriesNames} from '../../../src/api/history.ts';
import {SNAPSHOT_SCHEMA_VERSION, snapshotSchema} from '../../../src/api/snapshot.ts';
import type {RunningServer} from '../../../src/supervisor/server/http-server.ts';
import {type Answer, askSocket, type Question} from '../../harness/ask-socket.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {buildEvent} from '../../support/build-event.ts';
import {createFakeSupervisor, type FakeSupervisor, logLines} from './fake-supervisor.ts';

let socketPath: string;
let fake: FakeSupervisor;

beforeEach(() => {
  socketPath = path.join(temporaryDirectory('socket'), 'gantry.sock');
  fake = createFakeSupervisor();
});

const ask = (path: string, question?: Question): Promise<Answer> => askSocket(socketPath, path, question);

async function errorOf(path: string, question?: Question) {
  const answer = await ask(path, question);
  const body: unknown = JSON.parse(answer.text);
  expect(body).toEqual({code: expect.any(String), message: expect.any(String), remedy: expect.any(String)});
  return {status: answer.status, headers: answer.headers, body};
}

test('a request waits until what it is about is known', async () => {
  const ready = Promise.withResolvers<null>();
  let questions = 0;
  const getSnapshot = () => {
    questions += 1;
    return fake.snapshot;
  };
  await fake.serve(socketPath, {isReady: ready.promise, handlers: {...fake.handlers, getSnapshot}});
  const early = ask('/v1/snapshot');
  // Far more turns than an answer takes.
  for (let turns = 0; turns < 1_000; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(questions).toBe(0);
  ready.resolve(null);
  expect((await early).status).toBe(200);
  expect(questions).toBe(1);
});

describe('answers', () => {
  beforeEach(async () => {
    await fake.serve(socketPath);
  });

  test('returns the snapshot to curl', async () => {
    const {stdout} = await promisify(execFile)('curl', [
      '-sS',
      '--unix-socket',
      socketPath,
      'http://gantry/v1/snapshot',
    ]);
    expect(snapshotSchema.parse(JSON.parse(stdout))).toEqual(fake.snapshot);
  });

  test('indents for ?pretty', async () => {
    expect((await ask('/v1/snapshot?pretty')).text).toContain(`\n  "schemaVersion": ${SNAPSHOT_SCHEMA_VERSION}`);
    expect((await ask('/v1/snapshot')).text.trim()).not.toContain('\n');
  });

  test('has the program and its version', async () => {
    expect((await ask('/v1/snapshot')).headers['server']).toBe('gantry/1.2.3');
  });

  test('returns a page of the whole log, or why there is none', async () => {
    expect((await ask('/v1/log/page?text=nccl&rank=3')).status).toBe(409);
    const page = {runId: 'run-1', lines: [], fromBytes: 1, toBytes: 9, startBytes: 0, endBytes: 9};
    fake.logPage = {ok: true, value: page};
    expect(JSON.parse((await ask('/v1/log/page?before=9&level=error')).text)).toEqual(page);
    const asked = {lines: 200, level: null, rank: null, pattern: '', text: ''};
    expect(fake.pagesAsked).toEqual([
      {...asked, text: 'nccl', rank: 3},
      {...asked, before: 9, level: 'error'},
    ]);
  });

  test('returns the requested number of log lines', async () => {
    fake.log = logLines(1, 10);
    expect(JSON.parse((await ask('/v1/log?tail=2')).text)).toEqual(logLines(9, 10));
  });

  test('returns the history of the requested series, by default of all of the node', async () => {
    await ask('/v1/history?series=kvUsageRatio,waitingRequests&windowMs=60000');
    await ask('/v1/history?gpuSeries=powerDrawWatts,throttledRatio');
    await ask('/v1/history');
    expect(fake.historyAsked).toEqual([
      {series: ['kvUsageRatio', 'waitingRequests'], gpuSeries: [], windowMs: 60_000},
      {series: [], gpuSeries: ['powerDrawWatts', 'throttledRatio'], windowMs: 3_600_000},
      {series: [...historySeriesNames], gpuSeries: [], windowMs: 3_600_000},
    ]);
  });

  test('returns what was used and spent in a time, and why it cannot be read', async () => {
    expect((await errorOf('/v1/cost?sinceMs=5&untilMs=9&by=model')).body).toMatchObject({code: 'history.not-read'});
    await ask('/v1/cost');
    expect(fake.costAsked).toEqual([
      {sinceMs: 5, untilMs: 9, by: 'model'},
      {sinceMs: 0, by: 'day'},
    ]);
  });

  test('passes on a command with its defaults, and answers 202', async () => {
    const answer = await ask('/v1/commands', {method: 'POST', body: '{"type":"stop"}'});
    expect([answer.status, JSON.parse(answer.text)]).toEqual([202, {accepted: true, message: 'begun'}]);
    expect(fake.commands).toEqual([{type: 'stop', drainMs: 0}]);
  });

  test('passes on the sender of a command, if the client states it in one word', async () => {
    for (const name of ['console', 'two words', '']) {
      await ask('/v1/commands', {method: 'POST', body: '{"type":"stop"}', headers: {'x-gantry-client': name}});
    }
    await ask('/v1/commands', {method: 'POST', body: '{"type":"stop"}'});
    expect(fake.senders).toEqual(['console', null, null, null]);
  });

  test('returns the requested events, by default the newest 500', async () => {
    fake.events = [buildEvent()];
    const answer = await ask('/v1/events?sinceMs=5&limit=2');
    await ask('/v1/events');
    expect(eventsSchema.parse(JSON.parse(answer.text))).toEqual({schemaVersion: 1, events: fake.events});
    expect(fake.eventsAsked).toEqual([
      {sinceMs: 5, limit: 2},
      {sinceMs: 0, limit: 500},
    ]);
    expect(await errorOf('/v1/events?limit=0')).toMatchObject({status: 400});
  });

  test('answers a refused command with 409 and the reply', async () => {
    fake.reply = {accepted: false, error: {code: 'lifecycle.other-settings', message: 'no', remedy: 'restart'}};
    const answer = await ask('/v1/commands', {method: 'POST', body: '{"type":"start"}'});
    expect([answer.status, JSON.parse(answer.text)]).toEqual([409, fake.reply]);
  });

  test('answers HEAD without a body', async () => {
    expect(await ask('/v1/snapshot', {method: 'HEAD'})).toMatchObject({status: 200, text: ''});
  });

  test('exposes its numbers for Prometheus', async () => {
    const answer = await ask('/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.text).toContain('gantry_engine_state{state="ready"');
  });
});

describe('errors', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await fake.serve(socketPath);
  });

  test('lists the existing paths for an unknown one', async () => {
    const {status, body} = await errorOf('/v2/snapshot');
    expect(status).toBe(404);
    expect(body).toMatchObject({code: 'api.unknown-path', remedy: expect.stringContaining('/v1/snapshot/stream')});
  });

  test.each([
    ['/v1/snapshot', 'POST', 'GET, HEAD'],
    ['/v1/commands', 'GET', 'POST'],
    ['/v1/preview', 'GET', 'POST'],
  ])('says which method %s accepts', async (path, method, allow) => {
    const {status, headers, body} = await errorOf(path, {method});
    expect([status, headers.allow]).toEqual([405, allow]);
    expect(body).toMatchObject({code: 'api.wrong-method'});
  });

  test.each([
    ['/v1/log?tail=many', 'tail'],
    ['/v1/log?tail=999999', 'tail'],
    ['/v1/log?lines=3', 'lines'],
    ['/v1/log/page?lines=0', 'lines'],
    ['/v1/log/page?level=info', 'level'],
    ['/v1/log/page?before=1&after=2', 'Only one of before, after and atMs'],
    ['/v1/history?series=kvUsageRatio,nope', 'series'],
    ['/v1/history?windowMs=0', 'windowMs'],
    ['/v1/cost?by=week', 'by'],
    ['/v1/snapshot?verbose', 'verbose'],
  ])('reports what is wrong with %s', async (path, name) => {
    const {status, body} = await errorOf(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({code: 'api.invalid-query', message: expect.stringContaining(name)});
  });

  test.each([
    ['no JSON', '{"type":', 'api.invalid-json', 'JSON'],
    ['nothing', '', 'api.invalid-json', 'JSON'],
    ['an unknown command', '{"type":"explode"}', 'api.invalid-command', 'type'],
    ['a wrong value', '{"type":"stop","drainMs":-1}', 'api.invalid-command', 'drainMs'],
    ['an unknown key', '{"type":"stop","when":"now"}', 'api.invalid-command', 'when'],
  ])('reports what is wrong with a body of %s', async (_, body, code, word) => {
    const answer = await errorOf('/v1/commands', {method: 'POST', body});
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({code, message: expect.stringContaining(word)});
    expect(fake.commands).toEqual([]);
  });

  test('does not read the rest of a body over 64 KiB', async () => {
    const answer = await errorOf('/v1/commands', {method: 'POST', body: Buffer.alloc(4_000_000, 0x20)});
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({code: 'api.body-too-large'});
    expect((await ask('/v1/snapshot')).status).toBe(200);
  });

  test('answers 500 if a handler throws, reports the bug, and continues', async () => {
    const broken = {
      ...fake.handlers,
      getSnapshot: () => {
        throw new Error('boom');
      },
    };
    await server.close();
    await fake.serve(socketPath, {handlers: broken});
    const {status, body} = await errorOf('/v1/snapshot');
    expect(status).toBe(500);
    expect(body).toMatchObject({code: 'supervisor.bug', message: expect.stringContaining('boom')});
    expect(fake.bugs).toEqual([expect.objectContaining({message: 'boom'})]);
    expect((await ask('/v1/log')).status).toBe(200);
  });
});
