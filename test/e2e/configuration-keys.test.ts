import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {ConfigurationRow} from '../../src/api/configuration-view.ts';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {configurationPaths} from '../../src/config/configuration-keys.ts';
import {detailsOf} from '../../src/domain/diagnosis/details/details.ts';
import {writeSimulatedNode} from '../../src/simulator/install.ts';
import {repositoryRoot} from '../architecture/source-tree.ts';
import {eventually} from '../harness/eventually.ts';
import {writeExecutable} from '../harness/executable.ts';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';

/** The promise of the documentation. */
const IN_FORCE_WITHIN_MS = 2_000;
/** A machine that is busy at one moment is not busy at each of these. */
const TRIES = 4;

type Values = Readonly<Record<string, unknown>>;

/** For every key a value other than its default, and what an edit leads to while an engine serves. */
const edits: Readonly<Record<string, {readonly to: unknown; readonly shown?: unknown; readonly as: Outcome}>> = {
  'nvidiaSmi.path': {to: '/nowhere/nvidia-smi', as: 'in force'},
  'engine.name': {to: 'sglang', as: 'pending'},
  'engine.executable': {to: '/nowhere/vllm', as: 'pending'},
  'engine.container': {to: {image: 'vllm/vllm-openai:v0'}, shown: 'vllm/vllm-openai:v0', as: 'pending'},
  'engine.model': {to: 'someone/another-model', as: 'pending'},
  'engine.format': {to: 'int4', as: 'pending'},
  'engine.servedModelName': {to: 'kimi', as: 'pending'},
  'engine.host': {to: '0.0.0.0', as: 'pending'},
  // The environment of these tests has a port.
  'engine.port': {to: 18_799, as: 'overridden'},
  'engine.tensorParallelSize': {to: 4, as: 'pending'},
  'engine.pipelineParallelSize': {to: 2, as: 'pending'},
  'engine.dataParallelSize': {to: 2, as: 'pending'},
  'engine.decodeContextParallelSize': {to: 2, as: 'pending'},
  'engine.expertParallel': {to: true, as: 'pending'},
  'engine.visionMode': {to: 'weights', as: 'pending'},
  'engine.contextLengthTokens': {to: '64K', shown: 65_536, as: 'pending'},
  'engine.memoryFraction': {to: 0.85, as: 'pending'},
  'engine.kvCacheDtype': {to: 'fp8', as: 'pending'},
  'engine.maxRunningRequests': {to: 32, as: 'pending'},
  'engine.extraArguments': {to: ['--enable-log-requests'], as: 'pending'},
  'cost.nodeUsdPerHour': {to: 31.5, as: 'in force'},
  'cost.nodePrices': {
    to: [{from: '2026-01-01T00:00:00Z', usdPerHour: 30}],
    shown: ['$30.00/h from 2026-01-01T00:00:00Z'],
    as: 'in force',
  },
  'cost.owned': {to: {purchaseUsd: 300_000, months: 36}, shown: '$300,000.00 over 36 months', as: 'in force'},
  'cost.billedSince': {to: '2026-01-01T00:00:00Z', as: 'in force'},
  'cost.billedUntil': {to: '2030-01-01T00:00Z', as: 'in force'},
  'cost.priceBook': {to: 'openrouter', as: 'in force'},
  'restart.automatic': {to: false, as: 'in force'},
  'restart.maxInARow': {to: 2, as: 'in force'},
  'restart.firstDelaySeconds': {to: 7, as: 'in force'},
  'restart.maxDelaySeconds': {to: 70, as: 'in force'},
  'restart.stableMinutes': {to: 3, as: 'in force'},
  'restart.hangMinutes': {to: 9, as: 'in force'},
  'engineLog.maxMegabytes': {to: 100, as: 'in force'},
  'engineLog.keepFiles': {to: 5, as: 'in force'},
  'findings.memoryGrowthGibPerHour': {to: 3, as: 'in force'},
  'findings.memoryGrowthWindowMinutes': {to: 20, as: 'in force'},
  'findings.memoryBeyondPlanGib': {to: 3, as: 'in force'},
  'findings.memoryGrewGib': {to: 2, as: 'in force'},
  'findings.waitingRequests': {to: 40, as: 'in force'},
  'findings.waitingSeconds': {to: 40, as: 'in force'},
  'findings.timeToFirstTokenSeconds': {to: 20, as: 'in force'},
  'findings.timeToFirstTokenQuantile': {to: 0.5, as: 'in force'},
  'findings.timeToFirstTokenMissedSeconds': {to: 90, as: 'in force'},
  'findings.idleMinutes': {to: 45, as: 'in force'},
  'findings.noStepSeconds': {to: 50, as: 'in force'},
  'findings.metricsUnreadSeconds': {to: 50, as: 'in force'},
  'findings.noticeMinutes': {to: 7, as: 'in force'},
  'findings.canaryMinutes': {to: 120, as: 'in force'},
  'findings.resolvedRatio': {to: 0.5, as: 'in force'},
  'findings.resolvedSeconds': {to: 30, as: 'in force'},
  'targets.firstTokenSeconds': {to: 3, as: 'in force'},
  'targets.interTokenSeconds': {to: 0.05, as: 'in force'},
  'targets.endToEndSeconds': {to: 90, as: 'in force'},
  'targets.queueSeconds': {to: 5, as: 'in force'},
  'metrics.listen': {to: '127.0.0.1:29464', as: 'in force'},
  'supervisor.idleExitMinutes': {to: 33, as: 'in force'},
  'console.layout': {to: 'tuning', as: 'next console'},
  'console.keys': {to: {'engine.stop': ['X']}, shown: ['engine.stop: X'], as: 'next console'},
  'console.mouse': {to: true, as: 'next console'},
  'console.theme': {to: 'light', as: 'next console'},
  hooks: {
    to: [{on: ['engine.failed'], command: ['/bin/true']}],
    shown: ['engine.failed: command'],
    as: 'in force',
  },
};
type Outcome = 'in force' | 'pending' | 'overridden' | 'next console';

let home: GantryHome;
/** What the engine is started with; every edit keeps it. */
let base: Values;

beforeAll(async () => {
  home = await createHome();
  const {nvidiaSmiPath, engineDirectory} = await writeSimulatedNode({
    directory: path.join(home.directory, 'node'),
    nodeExecutable: process.execPath,
    distDirectory: path.join(repositoryRoot, 'dist'),
    scenario: 'steady',
    speed: 400,
    gpuName: 'NVIDIA H200',
    gpuCount: 8,
  });
  base = {'nvidiaSmi.path': nvidiaSmiPath, 'engine.executable': path.join(engineDirectory, 'vllm')};
  save({});
  // The disk of a test host has no room for the weights.
  const {exitCode, stdout, stderr} = await home.run(['up', '--wait', '--force', '--json']);
  expect(exitCode, stdout + stderr).toBe(0);
});
afterAll(() => home.close());

/** Writes the configuration with these values; JSON is YAML. */
function save(values: Values): void {
  const document: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({...base, ...values})) {
    const [section = '', name] = key.split('.');
    const inSection = document[section];
    document[section] =
      name === undefined ? value : {...(typeof inSection === 'object' ? inSection : {}), [name]: value};
  }
  home.configure(JSON.stringify(document, null, 2));
}

function rowIn({configuration}: Snapshot, key: string): ConfigurationRow {
  const row = configuration.values.find((value) => value.key === key);
  if (row === undefined) throw new Error(`${key} is not in the snapshot`);
  return row;
}

/** What the supervisor says of an edit of this key now; null before it knows of it. */
function outcomeOf(snapshot: Snapshot, key: string): Outcome | null {
  const {value, configured, isPending, overridden, effect, origin} = rowIn(snapshot, key);
  const edit = edits[key];
  const wanted = JSON.stringify(edit?.shown ?? edit?.to);
  const differs = snapshot.findings.flatMap(
    (finding) => detailsOf(finding, 'configuration.differs')?.differences ?? [],
  );
  const without = snapshot.findings.flatMap(
    (finding) => detailsOf(finding, 'configuration.overridden')?.overridden ?? [],
  );
  if (JSON.stringify(overridden?.value) === wanted) return without.some((one) => one.key === key) ? 'overridden' : null;
  if (isPending) {
    const isSame = JSON.stringify(configured?.value) === wanted;
    return isSame && differs.some((one) => one.key === key) ? 'pending' : null;
  }
  if (JSON.stringify(value) !== wanted || origin.from !== 'file') return null;
  return effect === 'console' ? 'next console' : 'in force';
}

/** Until the supervisor has taken an edit of these keys: how long that took, by its own clock. */
async function untilTaken(keys: readonly string[]): Promise<number> {
  const savedAtMs = Date.now();
  save(Object.fromEntries(keys.map((key) => [key, edits[key]?.to])));
  const {takenAtMs} = await home.until(`the edit of ${keys.join(', ')}`, (snapshot) =>
    keys.every((key) => outcomeOf(snapshot, key) !== null),
  );
  return takenAtMs - savedAtMs;
}

async function untilTakenBack(): Promise<void> {
  save({});
  await home.until('the end of the edit', ({findings, configuration}) => {
    const isDefault = configuration.values.every(({key, origin}) => Object.hasOwn(base, key) || origin.from !== 'file');
    return isDefault && !findings.some(({code}) => code.startsWith('configuration.'));
  });
}

/** A node that is owned has no price per hour next to it. */
const ALONE = 'cost.owned';
const sections = Map.groupBy(Object.keys(edits), (key) => (key === ALONE ? key : (key.split('.')[0] ?? '')));

test('no key of the schema is forgotten', () => {
  expect(Object.keys(edits)).toEqual(configurationPaths.map(({path: key}) => key));
});

test.each([...sections])('an edit of %s is in force or shown within two seconds', async (_section, keys) => {
  let fastestMs = Infinity;
  for (let turn = 1; turn <= TRIES && fastestMs > IN_FORCE_WITHIN_MS; turn += 1) {
    fastestMs = Math.min(fastestMs, await untilTaken(keys));
    const snapshot = await home.snapshot();
    const outcomes = keys.map((key) => [key, outcomeOf(snapshot, key)]);
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(keys.map((key) => [key, edits[key]?.as])));
    await untilTakenBack();
  }
  expect(fastestMs).toBeLessThanOrEqual(IN_FORCE_WITHIN_MS);
});

describe('what is in force has its effect', () => {
  test('prices', async () => {
    save({'cost.nodeUsdPerHour': 31.5, 'cost.priceBook': 'openrouter'});
    await home.until('the price', ({cost}) => cost.nodeUsdPerHour === 31.5);
    expect(JSON.stringify((await home.snapshot()).cost)).toMatch(/openrouter/i);
  });

  test('another nvidia-smi reads the GPUs, and none is lost by that', async () => {
    const mark = path.join(home.directory, 'nvidia-smi-ran');
    const wrapper = path.join(home.directory, 'bin/nvidia-smi');
    writeExecutable(wrapper, `echo "$@" >> '${mark}'\nexec '${String(base['nvidiaSmi.path'])}' "$@"`);
    save({'nvidiaSmi.path': wrapper});
    await home.until('the program', ({supervisor}) => supervisor.nvidiaSmiPath === wrapper);
    await eventually(() => existsSync(mark) && readFileSync(mark, 'utf8').includes('-lms'), 'the new nvidia-smi');
    const {findings} = await home.until(
      'samples of it',
      ({gpus, sources}) => gpus.length === 8 && sources.gpus.state === 'ok',
    );
    expect(findings.filter(({code}) => !code.startsWith('preflight.'))).toEqual([]);
  });

  test('hooks are replaced while they run', async () => {
    const files = ['first', 'second'].map((name) => path.join(home.directory, name));
    const hook = (file = '') => [{on: ['configuration.changed'], command: ['/bin/sh', '-c', `cat >> '${file}'`]}];
    const written = (file = ''): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    save({hooks: hook(files[0])});
    await home.until('the first hook', (snapshot) => rowIn(snapshot, 'hooks').origin.from === 'file');
    save({hooks: hook(files[1]), 'restart.maxInARow': 3});
    await eventually(() => written(files[0]).includes('restart.maxInARow'), 'an event of the first hook');
    save({hooks: hook(files[1]), 'restart.maxInARow': 3, 'restart.stableMinutes': 8});
    await eventually(() => written(files[1]).includes('restart.stableMinutes'), 'an event of the second hook');
    expect(written(files[0])).not.toContain('restart.stableMinutes');
  });

  test('a threshold raises a finding, and its default resolves it', async () => {
    const isReported = ({findings}: Snapshot): boolean => findings.some(({code}) => code === 'engine.first-token-slow');
    const atOnce = {'findings.timeToFirstTokenMissedSeconds': 0, 'findings.resolvedSeconds': 0};
    save({...atOnce, 'findings.timeToFirstTokenSeconds': 0.001});
    await home.until('slow first tokens', isReported);
    save(atOnce);
    await home.until('the end of it', (snapshot) => !isReported(snapshot));
  });

  test('log limits rotate the log of the running engine', async () => {
    const {logPath} = (await home.snapshot()).engine;
    expect(existsSync(`${logPath}.1`)).toBe(false);
    save({'engineLog.maxMegabytes': 0.001});
    await eventually(() => existsSync(`${logPath}.1`), 'a rotated log');
  });

  test('a restart policy that leaves the engine down, and an idle supervisor that exits', async () => {
    save({'restart.automatic': false});
    const {engine} = await home.until('the policy', (snapshot) => rowIn(snapshot, 'restart.automatic').value === false);
    if (engine.pid === null) throw new Error('the engine has a pid');
    process.kill(engine.pid, 'SIGKILL');
    await home.waitForState('failed');
    save({'restart.automatic': false, 'supervisor.idleExitMinutes': 0.01});
    await eventually(async () => (await home.snapshotOrNull()) === null, 'the exit of the idle supervisor');
  });
});
