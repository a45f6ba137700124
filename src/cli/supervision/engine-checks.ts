import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {guardText, listeningText} from '../../domain/diagnosis/serving/engine-access.ts';
import {NOT_ANSWERING, notAnsweringFinding, unansweredFinding} from '../../domain/lifecycle/lifecycle-findings.ts';
import {isServingState, stateNameOf} from '../../domain/lifecycle/phases.ts';
import {type Check, required} from '../../domain/preflight/check.ts';

type ServingEngine = Pick<
  Snapshot['engine'],
  'state' | 'unansweredMs' | 'isUnansweredAtLeast' | 'displayName' | 'name' | 'access'
>;

/** Whether an engine that should answer does: no check without one, and one that blocks while it is degraded. */
export function engineChecks(engine: ServingEngine, findings: readonly Finding[]): readonly Check[] {
  if (!isServingState(engine.state)) return [];
  const detail = `${engine.displayName ?? engine.name ?? 'the engine'} is ${stateNameOf(engine)}`;
  return [required('engine state', detail, engineTrouble(engine, findings)), ...accessChecks(engine, findings)];
}

const accessCodes: ReadonlySet<string> = new Set(['engine.open-to-network', 'engine.key-guards-partly']);

/** Where it listens, and whether a key guards it. */
function accessChecks({access}: ServingEngine, findings: readonly Finding[]): readonly Check[] {
  if (access === null || access === undefined) return [];
  const finding = findings.find(({code}) => accessCodes.has(code)) ?? null;
  return [required('API', `${listeningText(access)}, ${guardText(access.guard)}`, finding)];
}

function engineTrouble(
  {state, unansweredMs, isUnansweredAtLeast}: ServingEngine,
  findings: readonly Finding[],
): Finding | null {
  const silent = findings.find(({code}) => code === NOT_ANSWERING);
  if (silent !== undefined) return silent;
  const degraded = state === 'degraded' ? findings.find(isOfProbe) : undefined;
  if (degraded !== undefined) return degraded;
  if (unansweredMs !== null) return notAnsweringFinding(unansweredMs, {isAtLeast: isUnansweredAtLeast});
  return state === 'degraded' ? unansweredFinding('The findings name no reason.') : null;
}

/** What makes an engine degraded: no step, no answer, or an answer to a probe that needs attention. */
function isOfProbe({code, severity}: Finding): boolean {
  return (
    severity === 'critical' &&
    !accessCodes.has(code) &&
    (code === 'lifecycle.not-generating' || code.startsWith('engine.'))
  );
}
