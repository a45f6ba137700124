import {cardByName} from '../../../domain/memory/cards.ts';
import type {ModelOnDisk} from '../../../domain/memory/model/checkpoint.ts';
import type {MemoryPlan} from '../../../domain/memory/plan/memory-plan.ts';
import {gpuNameOf, type PlanOutcome} from '../../../domain/memory/plan/plan-outcome.ts';
import {planCalibrated} from '../../../engines/planning/plan-calibrated.ts';
import {usedGpuCount} from '../../../engines/planning/spread-settings.ts';
import type {PastNode} from '../../../history/past/read-past-node.ts';
import type {StartRecord} from '../../../history/record-tables.ts';
import {absent, isAbsent, type Reading} from '../../../samples/reading.ts';
import {usdOfMicroUsd} from '../../../shared/quantities/money.ts';
import type {PresentNode} from './size-of-node.ts';

/**
 * A node as it was when it was last watched, by its history alone: the plan of its newest start that became ready, on the
 * GPUs that this start was measured on.
 *
 * @param onDisk - the model's files, if any
 */
export function presentOfPast(past: PastNode, onDisk: ModelOnDisk | null): PresentNode {
  const {start, outcomes, nodeMicroUsdPerHour: microUsd} = past;
  const outcome =
    outcomes.find(({runId}) => runId === start?.runId) ??
    outcomes.find(({engineName}) => engineName === start?.engineName);
  const plan = start === null ? absent('no engine has become ready') : planOf(start, outcome, past, onDisk);
  const logged = outcome?.runId === start?.runId ? (outcome?.logged.capacityTokens ?? null) : null;
  const capacityTokens =
    logged === null || isAbsent(plan) ? absent('the log of the start had none') : logged * plan.kvCache.replicas;
  const nodeUsdPerHour = microUsd === null ? absent('the ledger has no price of the node') : usdOfMicroUsd(microUsd);
  return {plan, kvCache: {capacityTokens}, cost: {nodeUsdPerHour}};
}

function planOf(
  {settings}: StartRecord,
  outcome: PlanOutcome | undefined,
  {outcomes, gpuCount}: PastNode,
  onDisk: ModelOnDisk | null,
): Reading<MemoryPlan> {
  const name = outcome === undefined ? null : gpuNameOf(outcome);
  if (outcome === undefined || name === null) return absent('no start has measured the memory of the GPUs');
  const card = cardByName(name);
  if (card === undefined) return absent(`${name} is not in the catalog of GPUs`);
  const node = {card: {...card, name}, gpuCount: Math.max(gpuCount, usedGpuCount(settings)), hostCount: 1};
  const basis = {node, onDisk, engineVersion: null, installedVersion: null, runningVersion: null};
  const planned = planCalibrated(settings, basis, outcomes);
  return planned.ok ? planned.value : absent(planned.error.message);
}
