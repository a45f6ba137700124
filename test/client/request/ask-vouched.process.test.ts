import {createServer} from 'node:http';
import path from 'node:path';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import type {LogLines} from '../../../src/api/log-lines.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';

// As in a program that was built.
vi.stubGlobal('GANTRY_BUILD', 'build-1');
const {BUILD_HEADER} = await import('../../../src/api/headers.ts');
const {askVouched} = await import('../../../src/client/request/ask-vouched.ts');
const {createApiClient} = await import('../../../src/client/api-client.ts');
const {createFakeSupervisor} = await import('../../supervisor/server/fake-supervisor.ts');

function place() {
  const temporary = makeTemporaryDirectory('vouched');
  onTestFinished(temporary.remove);
  const socketPath = path.join(temporary.directory, 'gantry.sock');
  return {
    socketPath,
    ask: (document: string) =>
      askVouched<LogLines>(
        {
          reach: {paths: [socketPath], judge: undefined},
          timeoutMs: 5_000,
          clientName: undefined,
          terminal: undefined,
        },
        document,
      ),
  };
}

/** A program on the socket that claims a build. */
async function claiming(
  socketPath: string,
  build: string | null,
  {status = 200, text = '{"runId": null, "lines": []}'} = {},
): Promise<void> {
  const server = createServer((_request, response) => {
    if (build !== null) response.setHeader(BUILD_HEADER, build);
    response.statusCode = status;
    response.end(text);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
}

test('a supervisor of the same build vouches for documents in the order of their schema', async () => {
  const {socketPath, ask} = place();
  const supervisor = createFakeSupervisor();
  supervisor.log = {lines: [{text: 'a line', number: 1}], runId: 'run-1'};
  await supervisor.serve(socketPath);
  const answer = await ask('/v1/log?tail=5');
  expect(JSON.stringify(answer?.value)).toBe('{"runId":"run-1","lines":[{"number":1,"text":"a line"}]}');
});

test('a document that does not pass its schema is sent without a word about the build', async () => {
  const {socketPath, ask} = place();
  const supervisor = createFakeSupervisor();
  supervisor.snapshot = {...supervisor.snapshot, takenAtMs: Number.NaN};
  await supervisor.serve(socketPath);
  expect(await ask('/v1/snapshot')).toBeNull();
});

test('a refusal, another build, an unknown one and no answer have to be checked', async () => {
  const {socketPath, ask} = place();
  const supervisor = createFakeSupervisor();
  const server = await supervisor.serve(socketPath);
  expect(await ask('/v1/log?tail=none')).toBeNull();
  await server.close();
  expect(await ask('/v1/log?tail=5')).toBeNull();
  for (const [build, claim] of [
    ['build-2', {}],
    [null, {}],
    ['build-1', {status: 500}],
    ['build-1', {text: '{"runId": null, '}],
  ] as const) {
    const other = place();
    await claiming(other.socketPath, build, claim);
    expect(await other.ask('/v1/log?tail=5')).toBeNull();
  }
  const same = place();
  await claiming(same.socketPath, 'build-1');
  expect(await same.ask('/v1/log?tail=5')).toMatchObject({value: {lines: []}});
});

describe('what a stream of snapshots sends', () => {
  test('is taken as it is from a supervisor of the same build', async () => {
    const {socketPath} = place();
    const supervisor = createFakeSupervisor();
    supervisor.snapshot = {...supervisor.snapshot, takenAtMs: Number.NaN};
    await supervisor.serve(socketPath);
    const closing = new AbortController();
    const first = await createApiClient({socketPath}).snapshots(closing.signal).next();
    closing.abort();
    expect(first).toMatchObject({done: false, value: {takenAtMs: null}});
  });

  test.each(['build-2', null])('is checked if it was written by build %s', async (build) => {
    const {socketPath} = place();
    await claiming(socketPath, build, {text: 'event: snapshot\ndata: {"schemaVersion": 99}\n\n'});
    const first = await createApiClient({socketPath}).snapshots(new AbortController().signal).next();
    expect(first).toMatchObject({done: true, value: {code: 'supervisor.incompatible'}});
  });

  test('is no document where it is not JSON, whatever build it claims', async () => {
    const {socketPath} = place();
    await claiming(socketPath, 'build-1', {text: 'event: snapshot\ndata: {"schemaVersion": \n\n'});
    const first = await createApiClient({socketPath}).snapshots(new AbortController().signal).next();
    expect(first).toMatchObject({done: true, value: {code: 'supervisor.incompatible'}});
  });
});
