import {withDetails} from '../../domain/diagnosis/details/details.ts';
import {type Finding, findingOf} from '../../domain/diagnosis/finding.ts';
import {blockersOf, type Check, forceable, required} from '../../domain/preflight/check.ts';
import {type EnvironmentDifference, otherGpusFinding} from '../../domain/preflight/environment-difference.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {findEngine} from '../../engines/registry.ts';
import {readApiKey} from '../access/api-key.ts';
import {keyOfNewestRun} from '../access/run-key.ts';
import {type Leftover, reapLeftovers} from '../process/leftovers.ts';
import {listRuns} from '../state-dir/run-directories.ts';
import {openToNetwork} from './checks/check-access.ts';
import {UNCHECKED} from './checks/guarded-check.ts';
import {judgeLaunch} from './judge-launch.ts';
import type {Judgement, LaunchRequest} from './judgement.ts';
import type {JudgementWorld} from './world/judgement-world.ts';

/** The driver frees the memory of an ended engine within this time. */
export const MEMORY_PATIENCE_MS = 10_000;

/** The result of the last checks before a start. */
export type Preflight = Pick<Judgement, 'plan' | 'blockers' | 'apiKey'> & {
  /** All findings, whether they block the start or not. */
  readonly findings: readonly Finding[];
};

/** The engine before this start is gone: no start is checked for the last time before that. */
const noEngine = () => null;

type PreflightRequest = Required<Pick<LaunchRequest, 'settings' | 'force' | 'endedPids'>> & {
  /** See `StartRequest`. */
  readonly isAutomatic: boolean;
  /** Between the environment in which the start was requested and the present one; null for none. */
  readonly difference: EnvironmentDifference | null;
};

/**
 * Ends processes left over from earlier runs, then judges the start. Only this ends anything. An automatic start has the
 * key of the run that it replaces. If that one had none, it is open to the network as before, which is reported and not
 * refused: nobody is there to make a key.
 */
export async function runPreflight(
  {settings, force, endedPids, isAutomatic, difference}: PreflightRequest,
  world: JudgementWorld,
): Promise<Preflight> {
  const leftovers = await endLeftovers(world.directories.stateDir);
  const request = {settings, force, endedPids, held: noEngine, node: null, memoryPatienceMs: MEMORY_PATIENCE_MS};
  const judging = isAutomatic ? await withKeyOfNewestRun(settings, world) : world;
  const {plan, checks, blockers, apiKey} = await judgeLaunch(request, judging);
  const ofStart = isAutomatic ? blockers.filter(({code}) => !openToNetwork.has(code)) : blockers;
  const otherGpus = difference === null ? null : otherGpusFinding(difference);
  const environment = otherGpus === null ? [] : [required('environment', 'other GPUs', otherGpus)];
  return {
    plan,
    apiKey,
    blockers: [...blockersOf([...leftovers, ...environment], force), ...ofStart],
    findings: [...leftovers, ...environment, ...checks].flatMap(({finding}) => finding ?? []),
  };
}

/** This supervisor may have another environment than the one that started the run. */
async function withKeyOfNewestRun(settings: LaunchSettings, world: JudgementWorld): Promise<JudgementWorld> {
  const engine = findEngine(settings.engine);
  if (engine === undefined) return world;
  const {kind} = await readApiKey(engine, world.variables, world.directories);
  const key = kind === 'key' ? null : await keyOfNewestRun(world.directories.stateDir);
  return key === null ? world : {...world, variables: {...world.variables, [engine.apiKeyVariable]: key}};
}

/** Ends processes left over from earlier runs of this state directory; reports them as checks. */
async function endLeftovers(stateDir: string): Promise<readonly Check[]> {
  const name = 'leftovers';
  try {
    const {reaped, remaining} = await reapLeftovers(stateDir, new Set(await listRuns(stateDir)));
    if (reaped.length === 0) return [];
    if (remaining.length === 0) {
      const message = `Killed leftover processes of an earlier run: ${named(reaped)}.`;
      const ended = leftoverFinding('preflight.leftovers-ended', 'info', message, 'No action is needed.');
      return [required(name, 'killed', ended)];
    }
    const message = `Processes of an earlier run are still there: ${named(remaining)}. Their engine is running, or they are blocked in the kernel.`;
    const remedy =
      'Stop an unneeded engine with kill. One that survives SIGKILL is blocked in the driver (see dmesg) and needs a reboot.';
    return [required(name, 'remain', leftoverFinding('preflight.leftovers-remain', 'critical', message, remedy))];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Leftovers of earlier runs could not be checked: ${reason}.`;
    return [
      forceable(name, reason, {
        ...leftoverFinding(UNCHECKED, 'warning', message, 'Check that /proc is mounted.'),
        ...withDetails(UNCHECKED, {check: name}),
      }),
    ];
  }
}

function named(leftovers: readonly Leftover[]): string {
  const names = leftovers.slice(0, 3).map(({command, pid}) => `${command} (pid ${pid})`);
  return `${names.join(', ')}${leftovers.length > 3 ? ` and ${leftovers.length - 3} more` : ''}`;
}

function leftoverFinding(code: string, severity: Finding['severity'], message: string, remedy: string): Finding {
  return findingOf({code, message, remedy}, severity);
}
