import path from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {chainsOf} from '../../../src/domain/diagnosis/cause-chains.ts';
import {changeScenario} from '../../../src/simulator/node/node-directory.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {createSteppedClock, type SteppedClock} from '../../harness/stepped-clock.ts';
import type {PtyTerminal} from '../../harness/terminal.ts';
import {expectScreen} from './scenario-screens.ts';
import {engineNames, type ScenarioRow, scenarioRows} from './scenario-table.ts';

const sizes = [
  {columns: 80, rows: 24},
  {columns: 120, rows: 40},
] as const;

/** How much slower a machine may be that also does something else. */
const BUSY_MACHINE = 4;

type Scene = {readonly home: GantryHome; readonly clock: SteppedClock; readonly console: PtyTerminal};

const nodeDirectory = ({directory}: GantryHome): string => path.join(directory, 'state', 'simulated-node');

const causeCodes = ({findings}: Snapshot): readonly string[] => chainsOf(findings).map(({cause}) => cause.code);

/** The first cause is this one, with the engine in the state of the row. */
async function untilTold({home, clock}: Scene, {state, stepMs}: ScenarioRow, code: string): Promise<Snapshot> {
  if (stepMs !== undefined) await untilSlowlyTold(home, clock, stepMs, code);
  return home.until(
    `${code} as the first cause, with an engine that is ${state}`,
    // A failed engine whose run is not over yet may be restarted by itself.
    (seen) =>
      causeCodes(seen)[0] === code && seen.engine.state === state && (state !== 'failed' || seen.engine.runId === null),
    90_000,
  );
}

async function untilSlowlyTold(home: GantryHome, clock: SteppedClock, stepMs: number, code: string): Promise<void> {
  await eventually(
    async () => {
      if (causeCodes(await home.snapshot()).includes(code)) return true;
      clock.stepMonotonicBy(stepMs);
      return false;
    },
    code,
    {everyMs: 2_000},
  );
}

/** The border below the header, and the footer, are where they belong at this size. */
function isPainted(console: PtyTerminal, columns: number, rows: number): boolean {
  const lines = console.screen();
  return lines[1]?.charAt(columns - 1) === '╮' && lines[rows - 1]?.startsWith('? help') === true;
}

/** The beginning of the message of the first cause on the screen, at both sizes. */
async function readScreens({home, console}: Scene, name: string): Promise<void> {
  for (const {columns, rows} of sizes) {
    console.resize(columns, rows);
    await eventually(
      () => isPainted(console, columns, rows),
      () => `the console at ${columns} x ${rows} on this screen:\n${console.text()}\n`,
    );
    const message = chainsOf((await home.snapshot()).findings)[0]?.cause.message ?? 'no finding';
    const start = message.slice(0, 16);
    await console.driver.panel('Findings').shows(start);
    await console.driver.header().shows(/\d (?:critical|warning)/);
    await expectScreen(console, `${name}-${columns}x${rows}`);
  }
}

/** The cause goes, the operator does what ends it, and no screen says any more that it is there. */
async function end({home, console}: Scene, {endedBy}: ScenarioRow, code: string): Promise<void> {
  changeScenario(nodeDirectory(home), 'steady');
  if (endedBy === 'restart') await console.driver.press('R', 'Enter');
  if (endedBy === 'start') {
    await eventually(
      async () => {
        const {engine, gpus} = await home.snapshot();
        if (engine.state === 'ready') return true;
        if (engine.state === 'failed' && gpus.every(({fault}) => fault === null))
          await home.run(['restart', '--force']);
        return false;
      },
      () => `the engine to be ready on this screen:\n${console.text()}\n`,
      {everyMs: 3_000},
    );
  }
  await home.until(
    `${code} to be gone`,
    (seen) => seen.engine.state === 'ready' && !seen.findings.some((finding) => finding.code === code),
    90_000,
  );
  await console.driver.panel('Findings').lacks('critical');
}

describe.each(engineNames)('%s', (engine) => {
  test('each scenario: the cause on the screen at both sizes, and gone when it is gone', async () => {
    const home = await openHome();
    home.configure('restart: {automatic: false}');
    const clock = createSteppedClock(home);
    const rows = scenarioRows.filter(({causes}) => causes[engine] !== undefined);
    const [first] = rows;
    await home.demo(
      ['--engine', engine, '--speed', '400', '--scenario', first?.scenario ?? 'steady'],
      clock.environment,
    );
    const console = home.open([], sizes[0], clock.environment);
    const scene = {home, clock, console};
    for (const row of rows) {
      const code = row.causes[engine] ?? '';
      if (row !== first) changeScenario(nodeDirectory(home), row.scenario);
      const fromMs = performance.now();
      const told = await untilTold(scene, row, code);
      expect((performance.now() - fromMs) / 1_000, `${row.scenario}, in seconds`).toBeLessThan(
        row.withinSeconds * BUSY_MACHINE,
      );
      expect(causeCodes(told)[0], row.scenario).toBe(code);
      await readScreens(scene, `${engine}-${row.scenario}`);
      await end(scene, row, code);
    }
    await console.driver.press('q');
    await console.exit;
  });
});
