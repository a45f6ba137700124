import path from 'node:path';
import {expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {chainsOf} from '../../../src/domain/diagnosis/cause-chains.ts';
import {changeScenario} from '../../../src/simulator/node/node-directory.ts';
import type {ScenarioName} from '../../../src/simulator/node/scenarios.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import type {PtyTerminal} from '../../harness/terminal.ts';
import {expectPictures} from './scenario-pictures.ts';
import {configuration, type EngineName, journeys, type ScenarioRow} from './scenario-rows.ts';

/** How much slower a machine may be that also does something else. */
const BUSY_MACHINE = 5;

/** llama-server divides one context among all requests. */
const contexts: Readonly<Record<EngineName, string>> = {vllm: '8192', sglang: '8192', llamacpp: '131072'};

type Scene = {readonly home: GantryHome; readonly console: PtyTerminal};

/** Each engine has a file, so that they run side by side. */
export function testScenarios(engine: EngineName): void {
  test(`${engine}: the cause of each scenario is on the screen at both sizes, and gone when it is gone`, async () => {
    const ends = await Promise.allSettled(journeys.map((rows) => goThrough(engine, rows)));
    expect(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))).toEqual([]);
  }, 900_000);
}

async function goThrough(engine: EngineName, rows: (typeof journeys)[number]): Promise<void> {
  const scene = await openScene(engine, rows[0].scenario);
  for (const [position, row] of rows.entries()) {
    const code = row.cause(engine);
    if (position > 0) changeTo(scene.home, row.scenario);
    await untilFirst(scene, row, code);
    await expectPictures(scene.console, `${engine}-${row.scenario}`);
    await end(scene, row, code);
  }
  await scene.console.driver.press('q');
  expect((await scene.console.exit).exitCode).toBe(0);
}

async function openScene(engine: EngineName, scenario: ScenarioName): Promise<Scene> {
  const home = await openHome();
  home.configure(configuration);
  await home.demo(['--engine', engine, '--speed', '100', '--context', contexts[engine], '--scenario', scenario]);
  return {home, console: home.open([], {columns: 80, rows: 24})};
}

function changeTo({directory}: GantryHome, scenario: ScenarioName): void {
  changeScenario(path.join(directory, 'state', 'simulated-node'), scenario);
}

/** This code is the first cause, with the engine in the state of the row. */
async function untilFirst({home}: Scene, row: ScenarioRow, code: string): Promise<void> {
  await home.until(
    `${code} as the first cause in state ${row.state}`,
    (now) => isFirst(now, row, code),
    row.withinSeconds * BUSY_MACHINE * 1_000,
  );
}

function isFirst({engine, findings}: Snapshot, {state, isComplete}: ScenarioRow, code: string): boolean {
  // A failed engine whose run is not over may be restarted automatically.
  const isSettled = engine.state === state && (state !== 'failed' || engine.runId === null);
  const cause = chainsOf(findings)[0]?.cause;
  return isSettled && cause?.code === code && isComplete?.(cause) !== false;
}

/** The cause goes, the operator restarts where that is needed, and neither snapshot nor screen show it any more. */
async function end({home, console}: Scene, {endedBy, withinSeconds}: ScenarioRow, code: string): Promise<void> {
  changeTo(home, 'steady');
  if (endedBy === 'restart') {
    const {runId} = (await home.snapshot()).engine;
    // A lost GPU is back for the driver a moment later.
    let answer = '';
    await eventually(
      async () => {
        const {exitCode, stdout, stderr} = await home.run(['restart', '--force']);
        answer = `${stdout}${stderr}`;
        return exitCode === 0;
      },
      () => `a restart to be accepted; the last answer is ${answer}`,
      {everyMs: 2_000},
    );
    await home.until('another run', ({engine}) => engine.state === 'ready' && engine.runId !== runId, 150_000);
  }
  await home.until(
    `${code} to be gone`,
    ({engine, findings}) => engine.state === 'ready' && findings.every((finding) => finding.code !== code),
    Math.max(30, withinSeconds) * BUSY_MACHINE * 1_000,
  );
  await console.driver.panel('Findings').lacks(/^◆ critical/m);
}
