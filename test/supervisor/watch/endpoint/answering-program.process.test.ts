import {once} from 'node:events';
import {createServer, type Server} from 'node:net';
import {afterAll, afterEach, describe, expect, test} from 'vitest';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import {answerOfAnother} from '../../../../src/supervisor/watch/endpoint/answering-program.ts';
import {settingsOf} from '../../../domain/lifecycle/lifecycle-samples.ts';
import {eventually} from '../../../harness/eventually.ts';
import {reservePort} from '../../../harness/ports.ts';
import {createBench, logWith} from '../../process/process-bench.ts';

const bench = createBench();
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => bench.clean());

const HOST = '127.0.0.1';
const loading = {readyAtMs: null, phase: 'load-weights'} as const;

/** An engine that does nothing but listen on this port, if it has one. */
function engine(port: number | null) {
  const listen = `require('net').createServer().listen(${port}, '${HOST}', () => console.log('listening'))`;
  return bench.spawn(process.execPath, [
    '-e',
    port === null ? "console.log('loading'); setInterval(() => {}, 1e6)" : listen,
  ]);
}

/** This process listens on the port: a program that is not the engine. */
async function listenHere(port: number): Promise<void> {
  const server = createServer().listen(port, HOST);
  servers.push(server);
  await once(server, 'listening');
}

async function answerOn(
  port: number,
  run: Awaited<ReturnType<typeof engine>>,
  state: Parameters<typeof answerOfAnother>[2],
) {
  return await answerOfAnother(run, {...settingsOf(), host: HOST, port}, state);
}

describe('an answer on the port of an engine that still loads', () => {
  test('is of another program if that listens there, which is named', async () => {
    const port = await reservePort();
    await listenHere(port);
    const run = await engine(null);
    await logWith(run, 'loading');
    const failure = await answerOn(port, run, loading);
    expect(failure).toMatchObject({
      isOfAnotherProgram: true,
      finding: {code: 'engine.port-in-use', severity: 'critical'},
    });
    const {finding} = failure ?? {};
    if (finding === undefined) throw new Error('there is no finding');
    expect(detailsOf(finding, 'engine.port-in-use')).toMatchObject({host: HOST, port, pid: process.pid});
    expect(finding.message).toContain(`Port ${port} is in use by pid ${process.pid} (`);
  });

  test('is of the engine if one of its processes listens', async () => {
    const port = await reservePort();
    const run = await engine(port);
    await logWith(run, 'listening');
    expect(await answerOn(port, run, loading)).toBeNull();
  });

  test('counts as that of the engine where its log says that it serves, says nothing, or it has served', async () => {
    const port = await reservePort();
    await listenHere(port);
    const run = await engine(null);
    await logWith(run, 'loading');
    for (const state of [
      {readyAtMs: null, phase: 'serve'},
      {readyAtMs: null, phase: null},
      {readyAtMs: 1, phase: 'load-weights'},
    ] as const) {
      expect(await answerOn(port, run, state)).toBeNull();
    }
  });

  test('counts as that of the engine where none of its processes can be seen, or nothing listens on this host', async () => {
    const port = await reservePort();
    const run = await engine(null);
    await logWith(run, 'loading');
    expect(await answerOn(port, run, loading)).toBeNull();
    await listenHere(port);
    expect(await answerOn(port, {...run, bootId: 'another'}, loading)).toBeNull();
    await eventually(async () => (await answerOn(port, run, loading)) !== null, 'the listener to be seen');
  });
});
