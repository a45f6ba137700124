import {appendFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import {eventually} from '../../harness/eventually.ts';
import {openHome} from '../../harness/gantry-home.ts';
import {poison, poisonedReader} from '../../harness/poisoned-reader.ts';
import {isAlive, startTimeOf} from '../../harness/processes.ts';

/** Longer than one that is not skipped would live. */
const STEADY_MS = 23_000;

test.each(['never ends', 'throws'] as const)(
  'a line of the log whose reading %s ends the supervisor, the next one skips it and serves',
  async (effect) => {
    const home = await openHome();
    const environment = poisonedReader(home, effect);
    await home.demo(['--speed', '400'], environment);
    const {engine, supervisor} = await home.waitForState('ready');
    const born = startTimeOf(engine.pid ?? 0);
    const runs = path.join(home.directory, 'state', 'runs');
    const [run = ''] = readdirSync(runs);
    appendFileSync(path.join(runs, run, 'engine.log'), `INFO ${poison}\n`);
    await eventually(() => !isAlive(supervisor.pid), 'the supervisor to end itself');
    const after = await eventually(async () => {
      await home.run(['status'], environment);
      const snapshot = await home.snapshotOrNull();
      return snapshot?.findings.some(({code}) => code === 'supervisor.work-skipped') === true ? snapshot : null;
    }, 'a supervisor that skips it');
    const skipped = after.findings.flatMap((finding) => detailsOf(finding, 'supervisor.work-skipped') ?? []);
    expect(skipped).toMatchObject([{kind: 'log', cause: effect === 'throws' ? 'crashed' : 'blocked'}]);
    const sinceMs = performance.now();
    await eventually(() => performance.now() - sinceMs > STEADY_MS, 'the time in which it would end itself');
    const later = await home.waitForState('ready');
    expect(later.supervisor.pid).toBe(after.supervisor.pid);
    expect([later.engine.pid, startTimeOf(engine.pid ?? 0)]).toEqual([engine.pid, born]);
  },
);
