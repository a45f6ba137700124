import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import {changeScenario} from '../../../src/simulator/node/node-directory.ts';
import type {ScenarioName} from '../../../src/simulator/node/scenarios.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';

const configuration = (hookFile: string): string => `
engine:
  maxRunningRequests: 16
findings:
  memoryGrowthGibPerHour: 20
  memoryGrowthWindowMinutes: 0.5
  waitingSeconds: 2
  timeToFirstTokenSeconds: 1
  timeToFirstTokenMissedSeconds: 2
  idleMinutes: 0.1
  resolvedSeconds: 3
hooks:
  - on: ["finding.*"]
    command: [sh, -c, "cat >> ${hookFile}"]
`;

type Node = {
  readonly home: GantryHome;
  readonly change: (scenario: ScenarioName) => void;
  readonly appears: (code: string) => Promise<void>;
  readonly ends: (code: string) => Promise<void>;
  readonly hooked: () => string;
};

async function openNode(engine: string): Promise<Node> {
  const home = await openHome();
  const hookFile = path.join(home.directory, 'hooked.jsonl');
  home.configure(configuration(hookFile));
  await home.demo(['--engine', engine, '--speed', '100', '--context', '8192']);
  await home.waitForState('ready');
  const has = (code: string) => home.until(code, ({findings}) => findings.some((one) => one.code === code));
  return {
    home,
    change: (scenario) => changeScenario(path.join(home.directory, 'state', 'simulated-node'), scenario),
    async appears(code) {
      await has(code);
      await home.untilEvent(code, (event) => isOf(event, 'finding.appeared', code));
    },
    async ends(code) {
      await home.untilEvent(code, (event) => isOf(event, 'finding.resolved', code));
    },
    hooked: () => (existsSync(hookFile) ? readFileSync(hookFile, 'utf8') : ''),
  };
}

function isOf(event: {readonly code: string; readonly details: object}, code: string, finding: string): boolean {
  return event.code === code && Reflect.get(event.details, 'finding') === finding;
}

/** The findings about an engine that serves. Each engine has a file, so that they run side by side. */
export function testServingFindings(engine: string): void {
  test('a leak, a burst and idle time are found while they last, in the snapshot, events, status and hooks', async () => {
    const {home, change, appears, ends, hooked} = await openNode(engine);
    change('leak');
    await appears('gpu.memory-growing');
    const {stdout, exitCode} = await home.run(['status']);
    expect(exitCode).toBe(0);
    const leaking = (await home.snapshot()).findings.find(({code}) => code === 'gpu.memory-growing');
    const growth = leaking === undefined ? null : detailsOf(leaking, 'gpu.memory-growing');
    // 5 GiB a minute on every GPU.
    expect(growth?.gpus.every(({bytesPerHour}) => bytesPerHour > 200 * 2 ** 30)).toBe(true);
    expect(growth?.gpus.every(({grower}) => grower === 'engine')).toBe(true);
    expect(growth?.gpus[0]?.fullInMs).toBeGreaterThan(0);
    // Wherever the line is wrapped.
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('GiB per hour');
    // One that is killed loses up to a minute, which is more than the window of this test.
    await home.stopSupervisor();
    await home.until('growth that began before the present supervisor', ({findings, supervisor, takenAtMs}) =>
      findings.some((one) =>
        detailsOf(one, 'gpu.memory-growing')?.gpus.every(({spanMs}) => spanMs > takenAtMs - supervisor.startedAtMs),
      ),
    );

    change('steady');
    await ends('gpu.memory-growing');
    change('burst');
    await appears('engine.requests-waiting');
    const {findings: burst} = await home.until('the reason why they wait', ({findings}) =>
      findings.some((one) => detailsOf(one, 'engine.requests-waiting')?.reason === 'running-limit'),
    );
    const waiting = burst.flatMap((one) => detailsOf(one, 'engine.requests-waiting') ?? []);
    expect(waiting[0]).toMatchObject({runningLimit: 16});
    if (engine !== 'llamacpp') await appears('engine.first-token-slow');

    change('idle');
    await ends('engine.requests-waiting');
    await appears('engine.idle');
    const idle = (await home.snapshot()).findings.find(({code}) => code === 'engine.idle');
    const cost = idle === undefined ? null : detailsOf(idle, 'engine.idle');
    // The ledger has no money of less than five minutes.
    expect(cost).toMatchObject({usd: null, usdPerHour: expect.any(Number)});
    // Its window is a minute: one engine is enough.
    if (engine === 'vllm') await ends('engine.first-token-slow');

    change('steady');
    await ends('engine.idle');
    expect(hooked()).toContain('engine.requests-waiting');
  });
}
