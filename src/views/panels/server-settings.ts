import type {Snapshot} from '../../api/snapshot.ts';
import {type EngineAccess, guardText, listeningText} from '../../domain/diagnosis/serving/engine-access.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {sameSettings} from '../../domain/settings/settings-difference.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {fractionText} from '../../shared/quantities/ratios.ts';
import {type Fact, factRow, span} from '../drawing/compose.ts';
import {NEVER_STARTED} from '../format/names.ts';
import type {Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** The settings in use; without an engine those of the last run, and of the next start where they differ. */
export function settingsRows(input: ViewInput, snapshot: Snapshot): Row[] {
  const {settings, displayName} = snapshot.engine;
  if (settings === null) return [[span(NEVER_STARTED, 'dim')]];
  const next = otherNextStart(snapshot);
  if (next === null) return [settingsRow(input, snapshot, settings, [])];
  return [
    settingsRow(input, snapshot, settings, [{label: 'last run', value: displayName ?? settings.engine, importance: 4}]),
    settingsRow(input, snapshot, next, [{label: 'next start', value: nameOfPlanned(snapshot, next), importance: 4}]),
  ];
}

function nameOfPlanned({plan}: Snapshot, {engine}: LaunchSettings): string {
  return isPresent(plan) ? plan.engine.displayName : engine;
}

/** The settings of the next start, if no engine runs and the last one had others; the plan is then the next start's. */
export function otherNextStart({engine: {pid, settings}, plan}: Snapshot): LaunchSettings | null {
  if (pid !== null || settings === null || isAbsent(plan) || sameSettings(settings, plan.settings)) return null;
  return plan.settings;
}

/**
 * How the model is spread over GPUs: the tensor parallel size, or the number of GPUs of an engine that divides layers
 * among those it finds. Which engine does so is only known of the plan's.
 */
export function spreadFacts(
  plan: Snapshot['plan'],
  {engine, tensorParallelSize}: LaunchSettings,
): {readonly label: string; readonly short: string; readonly value: string}[] {
  if (isAbsent(plan) || plan.engine.name !== engine) return [];
  return plan.engine.hasTensorParallelism
    ? [{label: 'tensor parallel', short: 'TP', value: String(tensorParallelSize)}]
    : [{label: 'GPUs', short: 'GPUs', value: countText(plan.node.usedGpuCount)}];
}

function settingsRow(
  {columns, glyphs}: ViewInput,
  {plan}: Snapshot,
  settings: LaunchSettings,
  start: readonly Fact[],
): Row {
  const {maxRunningRequests, kvCacheDtype} = settings;
  const isPlanned = isPresent(plan) && plan.engine.name === settings.engine;
  return factRow(
    [
      ...start,
      {label: 'context', value: countText(settings.contextLengthTokens)},
      ...spreadFacts(plan, settings),
      // An engine without a fraction ignores the setting; which one has it is known of the plan's engine.
      ...(isPlanned && plan.engine.hasMemoryFraction
        ? [{label: 'memory fraction', value: fractionText(settings.memoryFraction)}]
        : []),
      {label: 'KV', value: kvCacheDtype},
      ...(maxRunningRequests === null ? [] : [{label: 'max running', value: countText(maxRunningRequests)}]),
      {label: 'model', value: `${settings.model} ${settings.format}`, tone: 'normal' as Tone, importance: -10},
    ],
    columns,
    glyphs,
  );
}

/** Where the engine listens, and whether a key guards it. */
export function accessFact(access: EngineAccess): Fact {
  const isOpen = access.isWide && access.guard === 'open';
  return {
    label: 'API',
    value: `${listeningText(access)}, ${guardText(access.guard)}`,
    tone: isOpen ? 'critical' : access.isWide && access.guard !== 'key' ? 'warning' : 'normal',
    importance: access.isWide ? 4 : 2.5,
  };
}
