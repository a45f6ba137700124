import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import path from 'node:path';
import {beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import {isPresent} from '../../../src/samples/reading.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {type PausedPhase, pauseStart, resumeStart} from '../../harness/paused-start.ts';
import {isFree} from './memory-use.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

const codes = ({findings}: Snapshot): readonly string[] => findings.map(({code}) => code);

const foreignProcesses = ({gpus}: Snapshot) =>
  gpus.flatMap(({processes}) => (isPresent(processes) ? processes : [])).filter(({isOwn}) => !isOwn);

describe('an engine that dies', () => {
  test.each<[PausedPhase]>([['launch'], ['load-weights'], ['capture-graphs']])(
    'while %s: failed with the phase, nothing left, cards free',
    async (phase) => {
      pauseStart(home, phase);
      await home.demo(['--speed', '400']);
      const seen = await home.until(phase, ({engine}) => engine.phase === phase);
      process.kill(seen.engine.pid ?? 0, 'SIGKILL');
      const failed = await home.waitForState('failed');
      expect(failed.engine.exit).toMatchObject({status: 137, wasRequested: false});
      await home.until('free cards', isFree);
    },
  );

  test.each([
    ['oom-at-start', 'vllm.out-of-memory-loading'],
    ['kv-too-small', 'vllm.kv-cache-too-small'],
  ])('with status 1 in %s: the cause, and no restart', async (scenario, code) => {
    await home.demo(['--speed', '400', '--scenario', scenario]);
    const failed = await home.waitForState('failed');
    expect(codes(failed)).toContain(code);
    expect(failed.engine).toMatchObject({backOff: null, exit: {status: 1}});
  });

  test('while it serves, by SIGKILL: its workers are ended, and it is restarted automatically', async () => {
    home.configure('restart: {firstDelaySeconds: 0.5}');
    await home.demo(['--speed', '400']);
    const before = await home.waitForState('ready');
    process.kill(before.engine.pid ?? 0, 'SIGKILL');
    const exited = await home.untilEvent('the end of the engine', ({code}) => code === 'engine.exited');
    expect(exited.details).toMatchObject({status: 137, wasRequested: false});
    const after = await home.until(
      'another engine',
      ({engine}) => engine.state === 'ready' && engine.pid !== before.engine.pid,
    );
    expect(after.engine.exit).toBeNull();
    await home.until('the cards without the workers of the first', (now) => foreignProcesses(now).length === 0);
    expect((await home.events()).map(({code}) => code)).toContain('engine.backing-off');
  });

  test('repeatedly: it stays down after the maximum number of restarts, with the reason, and the cards are free', async () => {
    home.configure('restart: {firstDelaySeconds: 0.1, maxInARow: 2}');
    await home.demo(['--speed', '400', '--scenario', 'crash-loop']);
    const down = await home.until('the end of restarts', (snapshot) => snapshot.engine.state === 'failed');
    const loop = down.findings.find(({code}) => code === 'lifecycle.crash-loop');
    expect(loop && detailsOf(loop, 'lifecycle.crash-loop')).toMatchObject({crashes: 3, nextRestartAtMs: null});
    const appeared = (await home.events()).filter(({code, details}) => {
      return code === 'finding.appeared' && details['finding'] === 'lifecycle.crash-loop';
    });
    expect(appeared).toHaveLength(1);
    await home.until('free cards', isFree);
    const runs = await readFile(path.join(home.directory, 'state', 'journal.jsonl'), 'utf8');
    expect(runs.match(/"type":"run-started"/g)).toHaveLength(3);
  });

  test('is not restarted if the policy says so', async () => {
    home.configure('restart: {automatic: false}');
    await home.demo(['--speed', '400']);
    const {engine} = await home.waitForState('ready');
    process.kill(engine.pid ?? 0, 'SIGKILL');
    const failed = await home.waitForState('failed');
    expect(failed.engine.backOff).toBeNull();
  });
});

test('a port that is taken while the engine loads is reported, with the process that has it', async () => {
  pauseStart(home, 'load-weights');
  await home.demo(['--speed', '400', '--engine', 'sglang']);
  await home.until('weights to load', ({engine}) => engine.phase === 'load-weights');
  const thief = createServer().listen(home.port, '127.0.0.1');
  onTestFinished(() => {
    thief.close();
  });
  await once(thief, 'listening');
  resumeStart(home);
  const failed = await home.waitForState('failed');
  expect(codes(failed)).toContain('sglang.port-in-use');
});
