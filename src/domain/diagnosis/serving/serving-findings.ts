import {type Reading, valueOrNull} from '../../../samples/reading.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {lastingText, roughDurationText, secondsText} from '../../../shared/quantities/durations.ts';
import {microUsdText, usdOfMicroUsd} from '../../../shared/quantities/money.ts';
import {exactPercentText, percentText} from '../../../shared/quantities/ratios.ts';
import type {LaunchSettings} from '../../settings/launch-settings.ts';
import type {FindingThresholds} from '../conditions/finding-thresholds.ts';
import {withDetails} from '../details/details.ts';
import type {Finding} from '../finding.ts';
import {beyondPlanFinding, type GpuNow, memoryGrowthFinding} from './memory-finding.ts';
import type {ServingConditions} from './serving-conditions.ts';
import {waitingFinding} from './waiting-finding.ts';

/** What findings need besides the conditions. */
export type FindingContext = {
  /** Monotonic ms. */
  readonly nowMs: number;
  readonly thresholds: FindingThresholds;
  readonly settings: LaunchSettings | null;
  readonly gpus: readonly GpuNow[];
  readonly nodeUsdPerHour: Reading<number>;
  /** What the time without requests has cost so far, by the ledger. */
  readonly idleMicroUsd: Reading<number>;
};

/** Findings of the conditions that are raised, and of the GPUs now. */
export function servingFindings(
  {memory, waiting, firstTokens, idle}: ServingConditions,
  context: FindingContext,
): Finding[] {
  const {nowMs, thresholds, settings, gpus} = context;
  return [
    ...(memory.condition.isRaised
      ? memoryGrowthFinding(memory.growing, gpus)
      : beyondPlanFinding(gpus, memory.beyondPlan)),
    ...(waiting.condition.isRaised ? waitingFinding(waiting, nowMs, settings) : []),
    ...(firstTokens.condition.isRaised ? firstTokenFinding(firstTokens, thresholds) : []),
    ...(idle.condition.isRaised ? idleFinding(idle, context) : []),
  ];
}

function firstTokenFinding(
  {counted}: ServingConditions['firstTokens'],
  {firstToken: {targetMs, quantile}}: FindingThresholds,
): Finding[] {
  if (counted === null || targetMs === null) return [];
  const {requests, slowRequests, boundMs, windowMs} = counted;
  return [
    {
      ...withDetails('engine.first-token-slow', {...counted, targetMs, quantile}),
      severity: 'warning',
      message: `${countText(slowRequests)} of ${countedText(requests, 'request')} in the last ${roughDurationText(windowMs)} waited more than ${secondsText(boundMs)} for the first token (${percentText(slowRequests / requests)}; target: ${exactPercentText(quantile, 0)} within ${secondsText(targetMs)}).`,
      evidence: null,
      remedy:
        'See whether requests are waiting, and how long the prompts are: fewer requests at the same time, or prompts with equal prefixes, answer sooner.',
      settingsChange: null,
    },
  ];
}

function idleFinding(
  {condition, isAtLeast}: ServingConditions['idle'],
  {nowMs, nodeUsdPerHour, idleMicroUsd}: FindingContext,
): Finding[] {
  const idleMs = nowMs - (condition.sinceMs ?? nowMs);
  const microUsd = valueOrNull(idleMicroUsd);
  const usd = microUsd === null ? null : usdOfMicroUsd(microUsd);
  const cost =
    microUsd === null ? '' : ` In this time the node cost ${isAtLeast ? 'at least ' : ''}${microUsdText(microUsd)}.`;
  const amounts = {usd, usdPerHour: valueOrNull(nodeUsdPerHour)};
  return [
    {
      ...withDetails('engine.idle', {idleMs, ...(isAtLeast ? {isAtLeast} : {}), ...amounts}),
      severity: 'warning',
      message: `No request for ${lastingText(idleMs, isAtLeast)}.${cost}`,
      evidence: null,
      remedy: 'Stop the engine (gantry down) and release the node if nobody needs it.',
      settingsChange: null,
    },
  ];
}
