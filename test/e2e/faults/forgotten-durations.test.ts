import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {type DetailedCode, type DetailsOf, detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import {changeScenario} from '../../../src/simulator/node/node-directory.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {createSteppedClock} from '../../harness/stepped-clock.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

function factsIn<C extends DetailedCode>({findings}: Snapshot, code: C): DetailsOf<C> | null {
  const finding = findings.find((one) => one.code === code);
  return finding === undefined ? null : detailsOf(finding, code);
}

/** Clocks of two processes are compared, and what is stored is some seconds old. */
const ABOUT_MS = 4_000;

describe('after a supervisor was killed, the next one says', () => {
  test('since when the engine has been stuck, and never that it is working', async () => {
    const clock = createSteppedClock(home);
    await home.demo(['--speed', '200', '--scenario', 'hang'], clock.environment);
    await home.waitForState('ready');
    await eventually(
      async () => {
        const isFound = (await home.events()).some(({code}) => code === 'engine.degraded');
        if (!isFound) clock.advanceBy(120_000);
        return isFound || null;
      },
      'the hang to be noticed',
      {everyMs: 2_000},
    );
    const before = await home.until('the hang', (now) => factsIn(now, 'lifecycle.not-generating')?.stall != null);
    const stalledMs = factsIn(before, 'lifecycle.not-generating')?.stall?.stalledMs ?? 0;
    await home.killSupervisor();
    // With the same clock.
    const started = home.run(['status'], clock.environment);
    const shown: Snapshot['engine']['progress'][] = [];
    const after = await eventually(
      async () => {
        const now = await home.snapshotOrNull();
        if (now !== null) shown.push(now.engine.progress);
        return now?.engine.state === 'degraded' ? now : null;
      },
      'the hang again',
      {everyMs: 50},
    );
    await started;
    expect(shown.map(({state}) => state)).not.toContain('working');
    expect(shown.map(({state}) => state)).not.toContain('idle');
    for (const progress of shown) {
      if (progress.state === 'stalled') expect(progress.stalledMs).toBeGreaterThanOrEqual(stalledMs);
    }
    const stall = factsIn(after, 'lifecycle.not-generating')?.stall;
    expect(stall?.stalledMs).toBeGreaterThanOrEqual(stalledMs);
    expect(stall).not.toHaveProperty('isAtLeast');
    const sinceOf = ({findings}: Snapshot) => findings.find(({code}) => code === 'lifecycle.not-generating')?.sinceMs;
    expect(sinceOf(after)).toBeLessThanOrEqual(before.takenAtMs);
  });

  test('how often the engine has crashed, and since when', async () => {
    home.configure('restart: {firstDelaySeconds: 0.1, maxDelaySeconds: 0.1, maxInARow: 50}');
    await home.demo(['--speed', '400', '--scenario', 'crash-loop']);
    const before = await home.until('two crashes', (now) => {
      const crashes = factsIn(now, 'lifecycle.crash-loop');
      return (crashes?.crashes ?? 0) >= 2 && now.engine.runId !== null && now.engine.exit === null;
    });
    const known = factsIn(before, 'lifecycle.crash-loop');
    await home.killSupervisor();
    const after = await home.until('the crashes', (now) => factsIn(now, 'lifecycle.crash-loop') !== null);
    const facts = factsIn(after, 'lifecycle.crash-loop');
    expect(facts?.crashes).toBeGreaterThanOrEqual(known?.crashes ?? Infinity);
    expect(facts?.sinceMs).toBe(known?.sinceMs);
  });

  // An engine whose health check generates tokens, and one that has to be asked for them.
  test.each(['sglang', 'vllm'])('since when requests wait, and since when %s is idle', async (engine) => {
    home.configure(
      'engine: {maxRunningRequests: 16}\nfindings: {waitingSeconds: 2, idleMinutes: 0.1, resolvedSeconds: 3}',
    );
    await home.demo(['--engine', engine, '--speed', '100', '--context', '8192']);
    await home.waitForState('ready');
    const scenario = (name: Parameters<typeof changeScenario>[1]) =>
      changeScenario(path.join(home.directory, 'state', 'simulated-node'), name);
    scenario('burst');
    const queued = await home.until('an old queue', (now) => {
      return (factsIn(now, 'engine.requests-waiting')?.waitedMs ?? 0) > 8_000;
    });
    const sinceMs = (now: Snapshot): number =>
      now.takenAtMs - (factsIn(now, 'engine.requests-waiting')?.waitedMs ?? Number.NaN);
    await home.killSupervisor();
    const stillQueued = await home.until('the queue', (now) => {
      return (factsIn(now, 'engine.requests-waiting')?.waitedMs ?? null) !== null;
    });
    expect(Math.abs(sinceMs(stillQueued) - sinceMs(queued))).toBeLessThan(ABOUT_MS);
    expect(factsIn(stillQueued, 'engine.requests-waiting')).not.toHaveProperty('isAtLeast');

    scenario('idle');
    const idle = await home.until('idle time', (now) => (factsIn(now, 'engine.idle')?.idleMs ?? 0) > 15_000);
    const idleSinceMs = (now: Snapshot): number => now.takenAtMs - (factsIn(now, 'engine.idle')?.idleMs ?? Number.NaN);
    await home.killSupervisor();
    const stillIdle = await home.until('the idle time', (now) => factsIn(now, 'engine.idle') !== null);
    expect(Math.abs(idleSinceMs(stillIdle) - idleSinceMs(idle))).toBeLessThan(ABOUT_MS);
    expect(factsIn(stillIdle, 'engine.idle')).not.toHaveProperty('isAtLeast');
  });
});
