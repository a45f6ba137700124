import {readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {isPresent} from '../../../src/samples/reading.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {isAlive, startProcess} from '../../harness/processes.ts';
import {createSteppedClock} from '../../harness/stepped-clock.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

const codes = ({findings}: Snapshot): readonly string[] => findings.map(({code}) => code);

const mostProcessesOnACard = ({gpus}: Snapshot): number =>
  Math.max(...gpus.map(({processes}) => (isPresent(processes) ? processes.length : 0)));

/** Bytes of everything in a directory. */
async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory);
  const stats = await Promise.all(names.map((name) => stat(path.join(directory, name)).catch(() => null)));
  return stats.reduce((sum, one) => sum + (one?.size ?? 0), 0);
}

test('a flood of 50 MB/s of log neither fills the disk nor stops the supervisor', async () => {
  home.configure('engineLog: {maxMegabytes: 16, keepFiles: 1}');
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  const logPath = engine.logPath ?? '';
  const flood = startProcess(process.execPath, [
    '-e',
    `const fs = require('node:fs'); const log = fs.openSync(process.argv[1], 'a');
     const bytes = Buffer.from('INFO a line of noise that an engine repeats\\n'.repeat(58_000)); let written = 0;
     setInterval(() => { written += fs.writeSync(log, bytes); console.log(written); }, 50);`,
    logPath,
  ]);
  await home.untilEvent(
    'the flood to be told',
    ({code, details}) => code === 'finding.appeared' && details['finding'] === 'source.log.flood',
  );
  // However fast the disk is: what is written grows on and on, what is kept does not.
  await eventually(
    async () => {
      const written = Number(flood.output().trimEnd().split('\n').at(-1));
      return written > 200e6 && (await sizeOf(path.dirname(logPath))) < written / 2;
    },
    () => `less than half of ${flood.output().trimEnd().split('\n').at(-1)} bytes to be kept`,
  );
  const {supervisor, ...after} = await home.snapshot();
  expect([after.engine.state, after.engine.pid]).toEqual(['ready', engine.pid]);
  expect((await home.events()).filter(({severity}) => severity === 'critical')).toEqual([]);
  expect([isAlive(supervisor.pid), isAlive(engine.pid ?? 0)]).toEqual([true, true]);
});

test('two consoles with opposite commands end with one engine or none, never two', async () => {
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([
      home.run(['down']),
      home.run(['restart', '--context', '131072']),
      home.run(['restart', '--context', '65536']),
      home.run(['down']),
    ]);
    const settled = await home.until('a settled state', ({engine}) => ['ready', 'stopped'].includes(engine.state));
    expect(mostProcessesOnACard(settled)).toBeLessThanOrEqual(1);
    if (settled.engine.state === 'stopped') await home.demo(['--speed', '400']);
    await home.waitForState('ready');
  }
});

test('a clock that is set forward by an hour and back changes nothing', async () => {
  const clock = createSteppedClock(home);
  await home.demo(['--speed', '400'], clock.environment);
  const {engine} = await home.waitForState('ready');
  for (const step of [3_600_000, -3_600_000, 0]) {
    clock.stepWallTo(step);
    const {sequence} = await home.snapshot();
    const after = await home.until(
      'more snapshots, with every source',
      (now) => now.sequence > sequence + 4 && Object.values(now.sources).every(({state}) => state === 'ok'),
    );
    expect(after.engine).toMatchObject({state: 'ready', pid: engine.pid});
    expect(Object.keys(after.sources)).toHaveLength(3);
  }
  expect((await home.events()).filter(({severity}) => severity === 'critical')).toEqual([]);
});

describe('a restart with other settings that fails', () => {
  test('offers the last good ones, and uses them on command', async () => {
    await home.demo(['--speed', '400']);
    await home.waitForState('ready');
    const failed = await home.run(['restart', '--context', '262144', '--memory-fraction', '0.57', '--force', '--wait']);
    expect(failed.exitCode).toBe(1);
    // Offered once it was judged.
    await home.until('the offer of the last good settings', ({engine, findings}) => {
      const offer = findings.find(({code}) => code === 'lifecycle.last-good-settings')?.settingsChange;
      return engine.state === 'failed' && offer?.memoryFraction === 0.9;
    });
    const again = await home.run(['restart', '--last-good', '--wait']);
    expect(again.exitCode, again.stderr).toBe(0);
    expect((await home.snapshot()).engine.settings?.memoryFraction).toBe(0.9);
  });

  test('uses them automatically with --rollback, and says what was wrong, also by its exit code', async () => {
    await home.demo(['--speed', '400']);
    await home.waitForState('ready');
    const ended = await home.run(['restart', '--memory-fraction', '0.57', '--force', '--rollback', '--wait', '--json']);
    // The engine serves, and a script must not believe that it does so with the new settings.
    expect([ended.exitCode, JSON.parse(ended.stdout)]).toMatchObject([1, {end: 'rolled-back', accepted: true}]);
    const back = await home.until(
      'the return of the last good settings',
      (now) => now.engine.state === 'ready' && codes(now).includes('lifecycle.rolled-back'),
    );
    expect(back.engine.settings?.memoryFraction).toBe(0.9);
  });
});
