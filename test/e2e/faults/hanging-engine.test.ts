import {beforeEach, describe, expect, test} from 'vitest';
import type {Event} from '../../../src/api/event-schema.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {isAlive} from '../../harness/processes.ts';
import {createSteppedClock} from '../../harness/stepped-clock.ts';
import {isFree} from './memory-use.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

test('an engine that ignores SIGTERM is killed with all its processes', async () => {
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  process.kill(engine.pid ?? 0, 'SIGSTOP');
  const down = await home.run(['down', '--json']);
  expect(down.exitCode, down.stderr).toBe(0);
  expect(isAlive(engine.pid ?? 0)).toBe(false);
  await home.until('free cards', isFree);
});

describe('an engine that hangs with a healthy /health', () => {
  /** Starts an engine that hangs soon after it is ready; every two seconds of the test are two minutes to the supervisor. */
  async function hang(): Promise<Event> {
    const clock = createSteppedClock(home);
    await home.demo(['--speed', '200', '--scenario', 'hang'], clock.environment);
    await home.waitForState('ready');
    return eventually(
      async () => {
        const degraded = (await home.events()).find(({code}) => code === 'engine.degraded');
        if (degraded === undefined) clock.advanceBy(120_000);
        return degraded ?? null;
      },
      'the hang to be noticed',
      {everyMs: 2_000},
    );
  }

  test('is degraded, with evidence', async () => {
    await hang();
    const hung = await home.until(
      'the evidence',
      ({engine, findings}) =>
        engine.state === 'degraded' &&
        engine.health === '200 OK' &&
        findings.some(({code}) => code === 'lifecycle.not-generating'),
    );
    const finding = hung.findings.find(({code}) => code === 'lifecycle.not-generating');
    const stall = {stalledMs: expect.any(Number), runningRequests: expect.any(Number)};
    expect(finding).toMatchObject({
      details: {stall},
      evidence: expect.stringMatching(/last log line at [\d:]+ UTC: .*; ./),
    });
  });

  test('is restarted if the policy says so', async () => {
    home.configure('restart: {hangMinutes: 0.02, firstDelaySeconds: 0.1}');
    const degraded = await hang();
    await home.untilEvent('another start', ({id, code}) => code === 'engine.ready' && id > degraded.id);
    expect((await home.snapshot()).engine.runId).not.toBe(degraded.runId);
  });
});
