import type {Snapshot} from '../../api/snapshot.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import {factRow, fit, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {compactText, countText, gibText, timesText, usdText} from '../format/numbers.ts';
import {durationText} from '../format/times.ts';
import type {Row} from '../rows.ts';
import {verdictWords} from '../words.ts';
import type {RestartDialogInput, RestartDialogView, RestartDialogViewFunction} from './restart-dialog-view.ts';
import type {WhatIf} from './what-if.ts';

const LABEL_COLUMNS = 22;
const VALUE_COLUMNS = 15;
/** The shortest context that Hermes Agent takes a model with. */
const HERMES_MIN_CONTEXT_TOKENS = 64_000;

/** What the dialog is about once there is something to compare. */
type Comparison = {
  readonly beforeTokens: number;
  readonly afterTokens: number;
  /** Tokens that the KV pool holds, before and after alike. */
  readonly capacityTokens: number;
  /** True when the engine's own log stated the capacity. */
  readonly isObserved: boolean;
  /** The longest context of the model, and of one request that the pool holds. */
  readonly modelMaxTokens: number;
  readonly longestTokens: number;
  readonly plan: MemoryPlan;
  /** Tokens of a request as they were in the last minute; null where that is not known. */
  readonly observedTokens: number | null;
};

/**
 * What a restart with another context length does: to memory, to admission, to concurrency, and to those served now.
 * An engine with a memory fraction sizes its KV pool by that alone, so that the context length leaves the memory as it
 * is; one without takes the cache that the context asks for.
 */
export function createRestartDialogView(whatIf: WhatIf): RestartDialogViewFunction {
  return (input) => restartDialogView(input, whatIf);
}

function restartDialogView(input: RestartDialogInput, whatIf: WhatIf): RestartDialogView {
  const {snapshot, draftContextTokens, columns, rows, glyphs} = input;
  const {settings} = snapshot.engine;
  const view = (lines: readonly Row[], blockedReason: string | null): RestartDialogView => ({
    rows: fit(lines, columns, rows, glyphs),
    canConfirm: blockedReason === null,
    blockedReason,
  });
  if (settings === null) return view([], 'No engine was started yet: there is nothing to restart.');
  const now = factRow([{label: 'now', value: `${countText(settings.contextLengthTokens)} tokens`}], columns, glyphs);
  if (draftContextTokens === null || draftContextTokens < 1) return view([now], 'Type a context length in tokens.');
  if (isAbsent(snapshot.plan)) return view([now], `No plan can be made: ${snapshot.plan.absent}.`);
  const planned = whatIf(snapshot, {...settings, contextLengthTokens: draftContextTokens}, null);
  if (!planned.ok) return view([now], `${planned.error.message}. ${planned.error.remedy}`);
  const plan = planned.value;
  // Without a fraction the cache is what was asked for: it says nothing of what there could be.
  const observed = plan.engine.hasMemoryFraction ? snapshot.engine.facts['kvCapacityTokens'] : undefined;
  const capacityTokens =
    observed ?? (plan.engine.hasMemoryFraction ? plan.kvCache.capacityTokens : plan.kvCache.longestSequenceTokens);
  const modelMaxTokens = plan.model.maxContextTokens;
  const comparison: Comparison = {
    beforeTokens: settings.contextLengthTokens,
    afterTokens: draftContextTokens,
    capacityTokens,
    isObserved: observed !== undefined,
    modelMaxTokens,
    longestTokens: Math.max(0, Math.min(modelMaxTokens, capacityTokens)),
    plan,
    observedTokens: observedRequestTokens(snapshot),
  };
  const lines = [
    ...comparisonRows(comparison, input),
    ...consequenceRows(snapshot, input),
    ...explanationRows(comparison, input),
  ];
  return view(lines, blockingReason(comparison));
}

function comparisonRows(comparison: Comparison, {columns, glyphs}: RestartDialogInput): Row[] {
  const {beforeTokens, afterTokens, capacityTokens, longestTokens, plan, observedTokens} = comparison;
  const {bytesPerToken} = plan.kvCache;
  const atOnce = (contextTokens: number): string => timesText(Math.max(0, capacityTokens) / contextTokens, glyphs);
  const line = (label: string, before: string, after: string): Row => [
    span(padText(label, LABEL_COLUMNS), 'dim'),
    span(padText(before, VALUE_COLUMNS, 'left'), 'normal'),
    span(` ${glyphs.arrow} `, 'dim'),
    span(after, after === 'unchanged' ? 'normal' : 'strong'),
  ];
  const {word, tone} = verdictWords[isRefused(comparison) ? 'does-not-fit' : plan.verdict];
  return [
    line('largest request', `${countText(beforeTokens)} tokens`, `${countText(afterTokens)} tokens`),
    ...(plan.engine.hasMemoryFraction
      ? [
          line('at once, full length', atOnce(beforeTokens), atOnce(afterTokens)),
          ...(observedTokens === null
            ? []
            : [line(`at once, ${compactText(observedTokens)} as seen`, atOnce(observedTokens), 'unchanged')]),
          line('KV pool', `${countText(capacityTokens)} tokens`, 'unchanged'),
          line('KV pool per GPU', gibText(plan.perGpu.kvCachePoolBytes), 'unchanged'),
        ]
      : [
          line('KV cache', `${countText(beforeTokens)} tokens`, `${countText(afterTokens)} tokens`),
          line('KV cache per GPU', gibText(beforeTokens * bytesPerToken), gibText(afterTokens * bytesPerToken)),
        ]),
    factRow(
      [
        afterTokens > comparison.modelMaxTokens
          ? {label: 'context', value: 'beyond the model', tone: 'critical'}
          : {label: 'memory', value: word, tone},
        {label: 'longest that fits', value: `${countText(longestTokens)} tokens`},
        {label: 'pool', value: comparison.isObserved ? 'as logged' : plan.confidence, tone: 'normal'},
      ],
      columns,
      glyphs,
    ),
  ];
}

/** What it costs those who are served now, and in time and money. */
export function consequenceRows(
  {engine, traffic, cost}: Snapshot,
  {columns, glyphs}: Pick<RestartDialogInput, 'columns' | 'glyphs'>,
): Row[] {
  const {runningRequests: running, waitingRequests: waiting} = traffic;
  const waitingCount = isPresent(waiting) ? waiting : 0;
  const requests = isAbsent(running)
    ? `How many requests are running is not known (${running.absent}); they are dropped.`
    : running + waitingCount === 0
      ? 'No request is running or waiting.'
      : `${countText(running)} running and ${countText(waitingCount)} waiting requests are dropped.`;
  const isHarmless = isPresent(running) && running + waitingCount === 0;
  return [
    ...(engine.pid === null ? [] : wrapText(requests, isHarmless ? 'normal' : 'warning', columns, 2, glyphs)),
    ...wrapText(downtimeText(engine, cost), 'normal', columns, 2, glyphs),
  ];
}

function downtimeText({readyAtMs, startedAtMs}: Snapshot['engine'], {nodeUsdPerHour}: Snapshot['cost']): string {
  if (readyAtMs === null || startedAtMs === null || readyAtMs <= startedAtMs) {
    return 'Downtime is not known: this engine has not finished a start yet.';
  }
  const startMs = readyAtMs - startedAtMs;
  const price = isPresent(nodeUsdPerHour)
    ? `, about ${usdText((nodeUsdPerHour * startMs) / MS_PER_HOUR)} of node time`
    : '';
  return `Downtime: the last start took ${durationText(startMs)}${price}.`;
}

/** Tokens of a request as they were in the last minute, prompt and answer; null where that is not known. */
export function observedRequestTokens({requestSizes: {prompt, generation}}: Snapshot): number | null {
  if (isAbsent(prompt.meanTokens) || isAbsent(generation.meanTokens)) return null;
  const tokens = Math.round(prompt.meanTokens + generation.meanTokens);
  return tokens > 0 ? tokens : null;
}

/** Whoever set a client up for the old window is not told by the engine: its longer requests fail from now on. */
export function oldWindowRows(
  beforeTokens: number,
  afterTokens: number,
  {columns, glyphs}: Pick<RestartDialogInput, 'columns' | 'glyphs'>,
): Row[] {
  if (afterTokens >= beforeTokens) return [];
  const text = `Clients that count on ${countText(beforeTokens)} tokens have their longer requests refused.`;
  return wrapText(text, 'warning', columns, 2, glyphs);
}

function explanationRows({beforeTokens, afterTokens, plan}: Comparison, {columns, glyphs}: RestartDialogInput): Row[] {
  const change =
    afterTokens === beforeTokens
      ? 'The context length stays as it is: this only starts the engine again.'
      : !plan.engine.hasMemoryFraction
        ? 'The KV cache grows and shrinks with the context, which all running requests share.'
        : `A ${afterTokens < beforeTokens ? 'shorter context frees no' : 'longer context takes no more'} memory: the KV pool is what the memory fraction leaves. It changes which requests are admitted, and how many of full length run at once.`;
  const hermes =
    afterTokens < HERMES_MIN_CONTEXT_TOKENS
      ? wrapText(
          `Hermes Agent refuses a model with less than ${countText(HERMES_MIN_CONTEXT_TOKENS)} tokens of context.`,
          'warning',
          columns,
          2,
          glyphs,
        )
      : [];
  return [
    ...oldWindowRows(beforeTokens, afterTokens, {columns, glyphs}),
    ...hermes,
    ...wrapText(change, 'accent', columns, 4, glyphs),
  ];
}

function isRefused({afterTokens, longestTokens}: Comparison): boolean {
  return afterTokens > longestTokens;
}

function blockingReason(comparison: Comparison): string | null {
  const {afterTokens, modelMaxTokens, capacityTokens, longestTokens, plan} = comparison;
  if (afterTokens > modelMaxTokens) {
    return `The model has no context beyond ${countText(modelMaxTokens)} tokens; the longest that fits is ${countText(longestTokens)}.`;
  }
  if (afterTokens > capacityTokens) {
    return `One request of ${countText(afterTokens)} tokens does not fit the KV pool; the longest that fits is ${countText(longestTokens)}.`;
  }
  return plan.verdict === 'does-not-fit' ? plan.reason : null;
}
