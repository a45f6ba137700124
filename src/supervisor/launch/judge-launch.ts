import type {Finding} from '../../domain/diagnosis/finding.ts';
import {usableGpus} from '../../domain/memory/usable-gpus.ts';
import {blockersOf, type Check} from '../../domain/preflight/check.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {changeBetween} from '../../domain/settings/settings-difference.ts';
import type {Engine} from '../../engines/engine.ts';
import {planCalibrated} from '../../engines/planning/plan-calibrated.ts';
import {findEngine} from '../../engines/registry.ts';
import {absent, isAbsent} from '../../samples/reading.ts';
import type {FoundEngine} from '../../sources/engine-installation/found-engine.ts';
import {type ApiKey, readApiKey} from '../access/api-key.ts';
import {accessCheck} from './checks/check-access.ts';
import {cardChecks, cardMemoryChecks} from './checks/check-cards.ts';
import {argumentsCheck, engineCheck, socketChecks, unknownEngineCheck, weightsChecks} from './checks/check-engine.ts';
import {checkHost} from './checks/check-host.ts';
import {type ModelLookUp, modelCheck} from './checks/check-model.ts';
import {planChecks} from './checks/check-plan.ts';
import {portCheck} from './checks/check-port.ts';
import {stateDirectoryCheck} from './checks/check-state-directory.ts';
import {guarded} from './checks/guarded-check.ts';
import {
  type OtherJudgement,
  withAcceptedAdvice,
  withAcceptedChanges,
  withAcceptedCures,
} from './cures/accepted-cures.ts';
import type {Installation} from './installed-engines.ts';
import type {Judgement, LaunchRequest} from './judgement.ts';
import {planNode} from './plan-cards.ts';
import {newRunId, type PreparedLaunch, prepareLaunch} from './prepare-launch.ts';
import type {CardReading, JudgementWorld} from './world/judgement-world.ts';

/** Data read for a judgement. */
type Seen = {
  readonly engine: Engine | undefined;
  readonly cards: CardReading;
  readonly model: ModelLookUp;
  readonly installation: Installation | null;
  readonly apiKey: ApiKey;
};

/**
 * The one judgement of a launch: memory plan, checks, what blocks it, and the process that would be started. Starts,
 * restarts, previews and offered settings are all judged here. It starts, ends and stores nothing.
 */
export async function judgeLaunch(request: LaunchRequest, untouched: JudgementWorld): Promise<Judgement> {
  const {settings, force} = request;
  const {world, newestCards} = keepingCards(untouched);
  const seen = await look(request, world);
  const {model, installation} = seen;
  const planned = planOf(request, seen, world);
  const isSearched = request.isCandidate !== true;
  const plan =
    isAbsent(planned) || !isSearched
      ? planned
      : await withAcceptedCures(planned, (changed, known) => {
          const other = {...request, settings: changed};
          return settingsBlockers(other, seen, known ?? planOf(other, seen, world), world);
        });
  const found = await allChecks(request, seen, plan, world);
  const settled = {...seen, cards: newestCards() ?? seen.cards};
  const checks = isSearched
    ? await withAcceptedChanges(found, settings, otherJudge(request, settled, {plan, checks: found}, world))
    : found;
  const blockersWith = (changed: LaunchSettings) => {
    const other = {...request, settings: changed, memoryPatienceMs: 0};
    return settingsBlockers(other, settled, planOf(other, settled, world), world);
  };
  return {
    settings,
    plan:
      isAbsent(plan) || !isSearched ? plan : await withAcceptedAdvice(plan, blockersOf(checks, false), blockersWith),
    checks,
    blockers: blockersOf(checks, force),
    launch: launchOf(request, seen, world),
    installation,
    apiKey: seen.apiKey,
    onDisk: model.ok ? model.value : null,
  };
}

/** The world, and the last reading of its GPUs; null before the first: a judgement may have waited for them. */
function keepingCards(world: JudgementWorld) {
  let newest: CardReading | null = null;
  const readCards = async () => {
    newest = await world.readCards();
    return newest;
  };
  return {world: {...world, readCards}, newestCards: () => newest};
}

async function look({settings, node}: LaunchRequest, world: JudgementWorld): Promise<Seen> {
  const engine = findEngine(settings.engine);
  const [cards, model, installation, apiKey] = await Promise.all([
    node === null ? world.readCards() : noCards,
    world.lookUpModel(settings.model),
    engine === undefined ? null : world.findInstallation(engine),
    engine === undefined ? noKey : readApiKey(engine, world.variables, world.directories),
  ]);
  return {engine, cards, model, installation, apiKey};
}

/**
 * Judges the same start with other settings, on what was seen last where that is the same. It does not wait for memory
 * that is being freed: the start itself was judged after that wait.
 */
function otherJudge(
  request: LaunchRequest,
  settled: Seen,
  present: Pick<Judgement, 'plan' | 'checks'>,
  world: JudgementWorld,
): (settings: LaunchSettings) => Promise<OtherJudgement> {
  return async (settings) => {
    const other = {...request, settings, memoryPatienceMs: 0};
    if (Object.keys(changeBetween(request.settings, settings)).join() === 'port') {
      return {
        plan: present.plan,
        blockers: blockersOf(await withOtherPort(other, settled, present.checks, world), false),
      };
    }
    const isSame = settings.engine === request.settings.engine && settings.model === request.settings.model;
    const seenThen = isSame ? settled : await look(other, world);
    const plan = planOf(other, seenThen, world);
    return {plan, blockers: blockersOf(await allChecks(other, seenThen, plan, world), false)};
  };
}

/** The checks of a start that differs only in its port. */
async function withOtherPort(
  {settings, held}: LaunchRequest,
  {engine}: Seen,
  checks: readonly Check[],
  world: JudgementWorld,
): Promise<readonly Check[]> {
  return [
    ...checks.filter(({name}) => name !== 'port' && name !== 'arguments'),
    ...(engine === undefined ? [] : [argumentsCheck(engine, settings)]),
    ...(await guarded('port', async () => [await portCheck(settings, held(), world)])),
  ];
}

/** True if the node has a GPU that cannot be used, or that is not listed any more. */
function isGpuMissing({inventory, findings}: CardReading): boolean {
  const isUnusable = inventory !== null && usableGpus(inventory.gpus).length < inventory.gpus.length;
  return isUnusable || findings.some(({code}) => code === 'source.nvidia-smi.gpu-missing');
}

const noKey: ApiKey = {kind: 'none'};
const noCards: CardReading = {inventory: null, findings: [], unread: null};

function planOf(
  {settings, node}: LaunchRequest,
  {cards, model, installation}: Seen,
  world: JudgementWorld,
): Judgement['plan'] {
  const onDisk = model.ok ? model.value : null;
  const installedVersion = installation?.ok === true ? installation.value.version : null;
  const outcomes = world.outcomes();
  const {runningVersion} = world;
  if (node === null) {
    const knowledge = {onDisk: () => onDisk, installedVersion: () => installedVersion, runningVersion, outcomes};
    return planNode(settings, cards.inventory?.gpus ?? [], knowledge);
  }
  const known = {engineVersion: null, installedVersion, runningVersion: runningVersion(settings.engine)};
  const planned = planCalibrated(settings, {node, onDisk, ...known}, outcomes);
  return planned.ok ? planned.value : absent(planned.error.message);
}

/** In display order. */
async function allChecks(
  request: LaunchRequest,
  seen: Seen,
  plan: Judgement['plan'],
  world: JudgementWorld,
): Promise<readonly Check[]> {
  const {settings, held, node} = request;
  const {engine, cards, model} = seen;
  const isHere = node === null;
  // A simulated node has no disks, so a model that is not on this host is not a problem there.
  const isNowhere = model.ok && model.value === null;
  const ofModel = world.simulated && isNowhere ? [] : [modelCheck(settings.model, model, world)];
  const isExplained =
    engine === undefined || (isHere && cards.inventory === null) || ofModel.some(({finding}) => finding !== null);
  const [ofSettings, port, stateDirectory] = await Promise.all([
    settingsChecks(request, seen, plan, world),
    isHere ? guarded('port', async () => [await portCheck(settings, held(), world)]) : [],
    isHere ? guarded('state directory', async () => [await stateDirectoryCheck(world)]) : [],
  ]);
  return [
    ...ofSettings.argv,
    ...(isHere ? cardChecks(cards, world.nvidiaSmiPath()) : []),
    ...planChecks(plan, isExplained, isHere && isGpuMissing(cards)),
    ...ofSettings.memory,
    ...ofModel,
    ...port,
    ...stateDirectory,
    ...ofSettings.host,
    ...ofSettings.engine,
  ];
}

/** The checks whose answer depends on settings that a fix of the plan may change. */
async function settingsChecks(
  {settings, held, node, memoryPatienceMs, endedPids = new Set()}: LaunchRequest,
  {engine, cards, model, installation, apiKey}: Seen,
  plan: Judgement['plan'],
  world: JudgementWorld,
): Promise<Readonly<Record<'argv' | 'memory' | 'host' | 'engine', readonly Check[]>>> {
  const onDisk = model.ok ? model.value : null;
  const argv =
    engine === undefined
      ? [unknownEngineCheck(settings.engine)]
      : [argumentsCheck(engine, settings), ...weightsChecks(engine, settings, onDisk)];
  if (node !== null) return {argv, memory: [], host: [], engine: []};
  const [access, memory, host] = await Promise.all([
    engine === undefined
      ? []
      : guarded('access', async () => [await accessCheck(engine, settings, {apiKey, installation})]),
    cardMemoryChecks({plan, cards, held, endedPids, patienceMs: memoryPatienceMs}, world),
    world.simulated ? [] : guarded('host', () => checkHost({settings, plan, model}, world)),
  ]);
  const ofEngine =
    engine === undefined || installation === null
      ? []
      : [
          engineCheck(engine, installation, settings),
          ...(world.simulated ? [] : socketChecks(engine, installation, world.variables)),
        ];
  return {argv: [...argv, ...access], memory, host, engine: ofEngine};
}

/** What those checks and the plan say against a start that is not forced. */
async function settingsBlockers(
  request: LaunchRequest,
  seen: Seen,
  plan: Judgement['plan'],
  world: JudgementWorld,
): Promise<readonly Finding[]> {
  const {argv, memory, host, engine} = await settingsChecks(request, seen, plan, world);
  return blockersOf([...argv, ...planChecks(plan, false), ...memory, ...host, ...engine], false);
}

function launchOf(
  {settings}: LaunchRequest,
  {engine, model, installation, apiKey}: Seen,
  {directories, homeDirectory, variables, nowMs}: JudgementWorld,
): PreparedLaunch | null {
  if (engine === undefined || installation === null) return null;
  return prepareLaunch({
    engine,
    settings,
    installed: installation.ok ? installation.value : assumedInstallation(engine),
    model: model.ok ? model.value : null,
    runId: newRunId(nowMs()),
    directories,
    homeDirectory,
    apiKey: apiKey.kind === 'key' ? apiKey.value : null,
    variables,
  });
}

/** The command if the engine were on PATH. */
function assumedInstallation({installation: {program}}: Engine): FoundEngine {
  return {kind: 'program', path: program, foundBy: 'PATH', version: null, versionSource: 'not installed'};
}
