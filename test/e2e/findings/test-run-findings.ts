import path from 'node:path';
import {expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import {changeScenario} from '../../../src/simulator/node/node-directory.ts';
import type {ScenarioName} from '../../../src/simulator/node/scenarios.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {createSteppedClock} from '../../harness/stepped-clock.ts';

const LOOP = 'lifecycle.crash-loop';

const codesOf = ({findings}: Snapshot): readonly string[] => findings.map(({code}) => code);

function changeTo(home: GantryHome, scenario: ScenarioName): void {
  changeScenario(path.join(home.directory, 'state', 'simulated-node'), scenario);
}

async function eventsAbout(home: GantryHome, code: string, finding: string): Promise<number> {
  return (await home.events()).filter((event) => event.code === code && event.details['finding'] === finding).length;
}

/** The findings about one run. Each engine has a file, so that they run side by side. */
export function testRunFindings(engine: string): void {
  test('crashes are one finding from the first one until a run is stable, with one event at each end', async () => {
    const home = await openHome();
    home.configure('restart: {firstDelaySeconds: 0.2, maxInARow: 20, stableMinutes: 0.05}');
    await home.demo(['--engine', engine, '--speed', '400', '--scenario', 'crash-loop']);
    const crashed = await home.until('the second crash', ({findings}) =>
      findings.some((finding) => (detailsOf(finding, LOOP)?.crashes ?? 0) >= 2),
    );
    const loop = crashed.findings.find(({code}) => code === LOOP);
    const facts = loop === undefined ? null : detailsOf(loop, LOOP);
    // The cause is a part of the finding, and is not listed again.
    expect(facts?.cause.code).toBe(`${engine}.cuda-error`);
    expect(codesOf(crashed)).not.toContain(facts?.cause.code);
    changeTo(home, 'steady');
    const stable = await home.until(
      'a stable run',
      (now) => now.engine.state === 'ready' && !codesOf(now).includes(LOOP),
    );
    expect(stable.engine.exit).toBeNull();
    await home.untilEvent('its end', (event) => event.code === 'finding.resolved' && event.details['finding'] === LOOP);
    expect(await eventsAbout(home, 'finding.appeared', LOOP)).toBe(1);
    expect(await eventsAbout(home, 'finding.resolved', LOOP)).toBe(1);
  });

  test('a start that runs out of memory is one chain, and over once it starts', async () => {
    const home = await openHome();
    await home.demo(['--engine', engine, '--speed', '400', '--scenario', 'oom-at-start']);
    const code = `${engine}.out-of-memory-loading`;
    const failed = await home.until(
      'the failure',
      (now) => now.engine.state === 'failed' && codesOf(now).includes(code),
    );
    const doubt = ['plan.overhead-implausible', 'plan.checkpoint-differs'];
    const doubted = await home.until('the doubt about what was loaded', (now) =>
      codesOf(now).some((found) => doubt.includes(found)),
    );
    expect(failed.engine.settings).not.toBeNull();
    const causes = doubted.findings.filter(
      ({explainedBy, severity}) => explainedBy === undefined && severity !== 'info',
    );
    expect(causes.map((cause) => cause.code)).toHaveLength(1);
    // The plan of the next start does not take other weights for overhead: no force is needed.
    expect(codesOf(doubted)).not.toContain('memory.weights-do-not-fit');
    expect(doubted.plan).toMatchObject({verdict: 'fits'});
    changeTo(home, 'steady');
    const {exitCode, stdout, stderr} = await home.run(['restart']);
    expect(exitCode, stdout + stderr).toBe(0);
    // At this speed the engine answers before the lines with which it is measured are read.
    const ready = await home.until(
      'ready without what was found of the failed start',
      (now) => now.engine.state === 'ready' && [code, ...doubt].every((found) => !codesOf(now).includes(found)),
    );
    expect(ready.plan).toMatchObject({verdict: 'fits'});
  });

  test('a hang is degraded, never ready, and over with the restart', async () => {
    const home = await openHome();
    const clock = createSteppedClock(home);
    await home.demo(['--engine', engine, '--speed', '200', '--scenario', 'hang'], clock.environment);
    await home.waitForState('ready');
    const hung = await eventually(
      async () => {
        const now = await home.snapshot();
        if (now.engine.state === 'degraded') return now;
        clock.advanceBy(120_000);
        return null;
      },
      'the hang to be noticed',
      // llama-server's metrics hang with it: two requests for a token of 30 s each show the hang.
      {everyMs: 2_000},
    );
    expect(codesOf(hung)).toContain('lifecycle.not-generating');
    changeTo(home, 'steady');
    const {exitCode, stderr} = await home.run(['restart']);
    expect(exitCode, stderr).toBe(0);
    const ready = await home.until(
      'another run',
      (now) => now.engine.state === 'ready' && now.engine.runId !== hung.engine.runId,
    );
    expect(codesOf(ready)).not.toContain('lifecycle.not-generating');
  });
}
