import {mkdtempSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {toNodeBilling} from '../../config/schema/node-cost-schema.ts';
import {changedLaunch} from '../../domain/configuration/launch-base.ts';
import {priceDocumentAt} from '../../domain/cost/price-document.ts';
import {awaitsChecks} from '../../domain/diagnosis/cure.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import {isPresent} from '../../samples/reading.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {simulatedModel, writeSimulatedNode} from '../../simulator/install.ts';
import {plainSnapshotText} from '../../views/text/plain-snapshot-text.ts';
import {disownNode, ownNode} from '../demo/demo-owner.ts';
import {addEarlierUse} from '../demo/earlier-use.ts';
import {LEAVE_MS, stopEverything, usingNode} from '../demo/end-demo.ts';
import {nodeOf, removeDemo, removeLeftDemos, TEMPORARY_PREFIX} from '../demo/left-demos.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import type {LaunchOptions} from '../launch-options.ts';
import {type Output, printError, printJson, printProgress, printText} from '../output.ts';
import {reportStart} from '../supervision/await-ready.ts';
import {configuredLaunch, flaggedLaunch} from '../supervision/configured-launch.ts';
import {ensureSupervisor, knowsEngine} from '../supervision/ensure-supervisor.ts';
import {followEngine} from '../supervision/follow-engine.ts';
import {SIMULATED_NODE_USD_PER_HOUR} from '../supervision/supervised-configuration.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';
import {openConsole} from './console.ts';

type DemoOptions = LaunchOptions & {
  readonly once?: boolean;
  readonly detach?: boolean;
  /** False without the made-up days before. */
  readonly past: boolean;
  readonly scenario: string;
  readonly speed?: number;
};

/** A start of about six minutes takes about 20 s on the live console, and a few seconds for `--once`. */
const LIVE_SPEED = 20;
const ONCE_SPEED = 120;
const ONCE_READY_TIMEOUT_MS = 120_000;

/** `gantry demo`: the real console and supervisor on a simulated 8x H200 node. */
export async function runDemo(global: GlobalOptions, options: DemoOptions): Promise<ExitCode> {
  if (options.once === true) return runOnce(global, options);
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const hasTerminal = process.stdout.isTTY && process.stdin.isTTY && !global.json;
  const isDetached = options.detach === true || !hasTerminal;
  const directory = nodeOf(wiring.value.directories.stateDir);
  const speed = options.speed ?? LIVE_SPEED;
  const started = await startSimulatedNode(wiring.value, options, {
    speed,
    ownedDirectory: isDetached ? null : directory,
  });
  if (!started.ok) return printError(wiring.value.output, started.error);
  if (isDetached) return reportStart(wiring.value, started.value, {shouldWait: false, asked: {}});
  const {client, output} = wiring.value;
  const outcome = await usingNode(client, directory, async (isOwn) => {
    const first = await client.getSnapshot();
    if (!first.ok) return first;
    return ok(await openConsole(wiring.value, global, first.value, isOwn ? endNote : undefined));
  });
  return outcome.ok ? outcome.value : printError(output, outcome.error);
}

function endNote(): string {
  return 'gantry (SIMULATED): the simulated node ends with its console. To keep it running, start it with gantry demo --detach.';
}

/**
 * Starts the simulated node with the user's supervisor, or finds it running; the value is the message. With an
 * `ownedDirectory`, which is removed with it, the node ends with this process.
 */
async function startSimulatedNode(
  wiring: Wiring,
  options: DemoOptions,
  {speed, ownedDirectory}: {readonly speed: number; readonly ownedDirectory: string | null},
): Promise<Result<string, ApiError>> {
  const before = await wiring.client.getSnapshot();
  if (before.ok && knowsEngine(before.value)) {
    if (before.value.simulated) {
      if (ownedDirectory === null) disownNode(nodeOf(wiring.directories.stateDir));
      return ok('The simulated node is already running.');
    }
    return err(realEngineKnown(before.value));
  }
  const directory = nodeOf(wiring.directories.stateDir);
  await writeSimulatedNode({
    directory,
    nodeExecutable: process.execPath,
    distDirectory: distDirectory(),
    scenario: options.scenario,
    speed,
    gpuName: 'NVIDIA H200',
    gpuCount: 8,
  });
  if (ownedDirectory === null) disownNode(directory);
  else ownNode(directory, ownedDirectory);
  // A supervisor that runs has the history open, and its sums in memory.
  if (!before.ok && options.past && options.once !== true) addPast(wiring, options.settings.engine);
  const supervisor = await ensureSupervisor(wiring, directory);
  if (!supervisor.ok) return supervisor;
  // It carries on what an earlier one of the real node did not finish.
  if (!supervisor.value.simulated) return err(realEngineKnown(supervisor.value));
  const port = await freePort(wiring.configuration.engine.port);
  const own = configuredLaunch(wiring.loaded);
  const engine = options.settings.engine ?? own.settings.engine;
  const ofNode = changedLaunch(own, {...simulatedModel(engine), port}, () => ({from: 'simulated-node'}));
  const {settings, origins} = flaggedLaunch(ofNode, options.settings);
  const reply = await wiring.client.sendCommand({type: 'start', settings, origins, force: true});
  if (!reply.ok) return reply;
  return reply.value.accepted ? ok(`Simulated node: ${reply.value.message}`) : err(reply.value.error);
}

function addPast({directories, configuration, loaded}: Wiring, chosenEngine: string | undefined): void {
  const billing = toNodeBilling(configuration.cost, SIMULATED_NODE_USD_PER_HOUR);
  const engine = chosenEngine ?? configuredLaunch(loaded).settings.engine;
  const nowMs = Date.now();
  addEarlierUse({
    dataDir: directories.dataDir,
    prices: priceDocumentAt(billing, loaded.prices().compared, nowMs),
    run: {engine, model: simulatedModel(engine).model},
    nowMs,
  });
}

function realEngineKnown({engine}: Snapshot): ApiError {
  return {
    code: 'demo.real-engine-known',
    message: `This supervisor manages a real engine (${stateNameOf(engine)}, pid ${engine.pid ?? 'unknown'}).`,
    remedy: 'Use gantry demo --once, or run gantry down first.',
  };
}

/** `--once`: a separate supervisor, state and node in a temporary directory, removed at the end. */
async function runOnce(global: GlobalOptions, options: DemoOptions): Promise<ExitCode> {
  const interruption = watchSignals();
  await removeLeftDemos();
  const directory = mkdtempSync(path.join(tmpdir(), TEMPORARY_PREFIX));
  const stateDir = path.join(directory, 'state');
  let graceMs = 0;
  try {
    // Before anything else: what has an owner is removed, however this process ends.
    ownNode(nodeOf(stateDir), directory);
    const environment = {
      ...process.env,
      GANTRY_STATE_DIR: stateDir,
      GANTRY_RUNTIME_DIR: path.join(directory, 'run'),
      GANTRY_DATA_DIR: path.join(directory, 'data'),
    };
    const wiring = await wire(global, environment);
    if (!wiring.ok) return printError(outputOf(global), wiring.error);
    const outcome = await runOnceIn(wiring.value, options, {ownedDirectory: directory, interruption});
    const stopped = await stopEverything(wiring.value.client);
    if (stopped.ok) graceMs = LEAVE_MS;
    if (!outcome.ok) return printError(wiring.value.output, outcome.error);
    if (!stopped.ok) return printError(wiring.value.output, stopped.error);
    printSnapshot(wiring.value.output, outcome.value);
    return outcome.value.engine.state === 'ready' ? exitCodes.done : exitCodes.refused;
  } finally {
    await removeDemo(directory, graceMs);
  }
}

function printSnapshot(output: Output, snapshot: Snapshot): void {
  if (output.isJson) printJson(output, snapshot);
  else printText(output, plainSnapshotText(snapshot, {columns: process.stdout.columns ?? 80, nowMs: Date.now()}));
}

async function runOnceIn(
  wiring: Wiring,
  options: DemoOptions,
  {
    ownedDirectory,
    interruption,
  }: {readonly ownedDirectory: string; readonly interruption: Promise<Result<never, ApiError>>},
): Promise<Result<Snapshot, ApiError>> {
  const started = await startSimulatedNode(wiring, options, {speed: options.speed ?? ONCE_SPEED, ownedDirectory});
  if (!started.ok) return started;
  printProgress(wiring.output, started.value);
  const isDone = (snapshot: Snapshot): boolean => isOver(snapshot) || isWholeTick(snapshot);
  return Promise.race([followEngine(wiring.client, isDone, {timeoutMs: ONCE_READY_TIMEOUT_MS}), interruption]);
}

/** Signals do not end this process from now on: everything of the node must be cleaned up. */
function watchSignals(): Promise<Result<never, ApiError>> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () =>
        resolve(
          err({code: 'demo.interrupted', message: `Interrupted by ${signal}; everything was stopped.`, remedy: ''}),
        ),
      );
    }
  });
}

/** Time limit for traffic values: some engines never expose them (llama-server has neither KV usage nor latency). */
const TRAFFIC_SETTLED_MS = 6_000;

/** Failed, its cards free again, and every setting that may fix it checked. */
function isOver({engine, findings}: Snapshot): boolean {
  return engine.state === 'failed' && engine.runId === null && !awaitsChecks(findings);
}

/** Ready, with every GPU read, a token rate, and the other values that this engine exposes. */
function isWholeTick(snapshot: Snapshot): boolean {
  const {traffic, engine, gpus, kvCache, latency} = snapshot;
  return (
    engine.state === 'ready' &&
    gpus.length > 0 &&
    isPresent(traffic.generationTokensPerSecond) &&
    traffic.generationTokensPerSecond > 0 &&
    ((isPresent(kvCache.usageRatio) && isPresent(latency.timeToFirstToken.p50Ms)) ||
      snapshot.takenAtMs - (engine.readyAtMs ?? snapshot.takenAtMs) > TRAFFIC_SETTLED_MS)
  );
}

/** The requested port if it is free, otherwise one from the system: a demo must not fail because of a port. */
async function freePort(wanted: number): Promise<number> {
  return (await listenOnce(wanted)) ?? (await listenOnce(0)) ?? wanted;
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(bound));
    });
  });
}

/** Directory of the built simulated programs: next to the built entry, or dist/ when run from source. */
function distDirectory(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  return path.basename(here) === 'dist' ? here : path.resolve(here, '../../../dist');
}
