import {rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import path from 'node:path';
import {detailsOf, withDetails} from '../../domain/diagnosis/details/details.ts';
import type {CureDetails} from '../../domain/diagnosis/details/launch-details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Engine} from '../../engines/engine.ts';
import {defaultEngineName, engineNames} from '../../engines/engine-names.ts';
import {findEngine} from '../../engines/registry.ts';
import {isPresent, type Reading} from '../../samples/reading.ts';
import {BYTES_PER_KIB} from '../../shared/units.ts';
import {findPortHolder} from '../../sources/host/port-holder.ts';
import type {Installation} from './installed-engines.ts';

/** What a start is checked against. */
export type PreflightInput = {
  readonly settings: LaunchSettings;
  readonly force: boolean;
  readonly plan: Reading<MemoryPlan>;
  /** Findings of the nvidia-smi source. */
  readonly gpuFindings: readonly Finding[];
  /** Where run, log and journal go: a start that cannot write them would leave an engine that nobody knows of. */
  readonly stateDir?: string;
  /** What checks of cards, model files and host found; none where an engine still holds what the start will have. */
  readonly hostFindings?: readonly Finding[];
  /** Of the engine that will be stopped first. */
  readonly held?: HeldEndpoint;
  /** How the engine is installed; asked last, for it takes longest. */
  readonly findInstallation: (engine: Engine) => Promise<Installation>;
};

/** The endpoint that an engine listens on now, which a start in its place will have free. */
export type HeldEndpoint = Pick<LaunchSettings, 'host' | 'port'>;

/** The first thing that forbids a start, or null. `force` overrides what is a judgement, never what cannot work. */
export async function findBlocker(input: PreflightInput): Promise<Finding | null> {
  for await (const blocker of blockersOf(input)) return blocker;
  return null;
}

/** Everything that forbids a start, the first thing first. */
export async function findBlockers(input: PreflightInput): Promise<readonly Finding[]> {
  const blockers: Finding[] = [];
  for await (const blocker of blockersOf(input)) blockers.push(blocker);
  return blockers;
}

async function* blockersOf(input: PreflightInput): AsyncGenerator<Finding, void> {
  const {settings, force, plan} = input;
  const engine = findEngine(settings.engine);
  if (engine === undefined) {
    yield unknownEngine(settings.engine);
    return;
  }
  const conflict = engine.findArgumentConflict(settings);
  if (conflict !== null) yield conflict;
  if (!force) {
    const critical = input.gpuFindings.find((finding) => finding.severity === 'critical');
    if (critical !== undefined) yield critical;
    if (isPresent(plan) && plan.verdict === 'does-not-fit') yield doesNotFit(plan);
  }
  const isHeld = input.held !== undefined && input.held.port === settings.port && input.held.host === settings.host;
  const portProblem = isHeld ? null : await portBlocker(settings);
  if (portProblem !== null) yield portProblem;
  const stateProblem = input.stateDir === undefined ? null : await stateBlocker(input.stateDir);
  if (stateProblem !== null) yield stateProblem;
  for (const finding of input.hostFindings ?? []) {
    if (finding.severity === 'critical' && (!force || isBeyondForce(finding))) yield finding;
  }
  yield* installationBlockers(engine, await input.findInstallation(engine), settings, force);
}

/** Memory and disks are judgements, which an operator may know better; a process that nothing ends is none. */
function isBeyondForce({code}: Finding): boolean {
  return code === 'preflight.leftovers-remain';
}

function* installationBlockers(
  engine: Engine,
  installation: Installation,
  {model}: LaunchSettings,
  force: boolean,
): Generator<Finding, void> {
  if (!installation.ok) {
    const {code, message, remedy} = installation.error;
    yield {code, severity: 'critical', message, evidence: null, remedy, settingsChange: null};
    return;
  }
  const {version} = installation.value;
  const problem = version === null || force ? null : engine.installation.findVersionProblem(version, model);
  if (problem !== null) yield problem;
}

function unknownEngine(name: string): Finding {
  return {
    code: 'preflight.unknown-engine',
    severity: 'critical',
    message: `Gantry does not know an engine called "${name}".`,
    evidence: null,
    remedy: `Set engine.name in the configuration to one of ${engineNames.join(', ')}.`,
    settingsChange: {engine: defaultEngineName},
  };
}

/** The plan's verdict as a finding, with the plan's own cure. */
export function doesNotFit(plan: MemoryPlan): Finding {
  const cures = curesOf(plan);
  const [cure] = cures;
  return {
    ...withDetails('preflight.does-not-fit', {shortageBytesPerGpu: shortageOf(plan), cures}),
    severity: 'critical',
    message: plan.reason,
    evidence: null,
    remedy: cure?.text ?? 'Change the settings, or start all the same with --force.',
    settingsChange: cure?.settingsChange ?? null,
  };
}

function curesOf({findings}: MemoryPlan): CureDetails[] {
  return findings.flatMap(({code, severity, remedy, settingsChange}) =>
    settingsChange !== null && (severity === 'critical' || code === 'memory.other-cure')
      ? [{settingsChange, text: remedy}]
      : [],
  );
}

function shortageOf({findings}: MemoryPlan): number | null {
  for (const finding of findings) {
    const shortage = detailsOf(finding, 'memory.weights-do-not-fit') ?? detailsOf(finding, 'memory.kv-cache-too-small');
    if (shortage !== null) return shortage.shortageBytesPerGpu;
  }
  return null;
}

/** What a start writes before its engine has said a word, with room to spare. */
const STATE_PROBE_BYTES = 256 * BYTES_PER_KIB;

/** Why nothing can be written where a supervisor writes; null where it can. */
export async function stateBlocker(stateDir: string): Promise<Finding | null> {
  const probe = path.join(stateDir, `.room-${process.pid}`);
  try {
    await writeFile(probe, new Uint8Array(STATE_PROBE_BYTES), {mode: 0o600});
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      code: 'preflight.state-unwritable',
      severity: 'critical',
      message: `Nothing can be written to ${stateDir}: ${reason}.`,
      evidence: null,
      remedy: 'Free space there, or make it writable; the run, its log and the journal go there.',
      settingsChange: null,
    };
  } finally {
    await rm(probe, {force: true});
  }
}

async function portBlocker(settings: LaunchSettings): Promise<Finding | null> {
  const {host, port} = settings;
  const problem = await tryToListen(host, port);
  if (problem === null) return null;
  const cure = {
    severity: 'critical',
    evidence: null,
    remedy: `Stop that program, or start on another port: gantry up --port ${port + 1}.`,
    settingsChange: {port: port + 1},
  } as const;
  if (problem !== 'EADDRINUSE') {
    const message = `Port ${port} on ${host} cannot be listened on (${problem}).`;
    return {...withDetails('preflight.port-unusable', {host, port, systemCode: problem}), message, ...cure};
  }
  const holder = await findPortHolder(port);
  const owner = holder === null ? 'a process that cannot be seen from here' : `pid ${holder.pid} (${holder.command})`;
  const details = {host, port, pid: holder?.pid ?? null, command: holder?.command ?? null};
  return {
    ...withDetails('preflight.port-in-use', details),
    message: `Port ${port} on ${host} is held by ${owner}.`,
    ...cure,
  };
}

/** Null when the port can be had now, else the system's error code. */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}
