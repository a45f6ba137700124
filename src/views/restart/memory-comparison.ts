import type {Snapshot} from '../../api/snapshot.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {isAbsent} from '../../samples/reading.ts';
import {compactText, countText} from '../../shared/quantities/counts.ts';
import {padText, span} from '../drawing/compose.ts';
import {roomText, timesText} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

const LABEL_COLUMNS = 24;
const VALUE_COLUMNS = 16;

/** The running engine, and the plan of a restart with another context. */
export type Compared = {
  readonly snapshot: Snapshot;
  readonly plan: MemoryPlan;
  readonly beforeTokens: number;
  readonly afterTokens: number;
};

/** How many requests run at the same time before and after: of full length, and as large as those that are served now. */
export function concurrencyRows({snapshot, plan, beforeTokens, afterTokens}: Compared, glyphs: GlyphSet): Row[] {
  const before = poolBefore(snapshot).tokens;
  const after = poolAfter(snapshot, plan).tokens;
  const observed = observedRequestTokens(snapshot);
  const concurrent = (tokens: number | undefined, requestTokens: number, contextTokens: number): string => {
    // The engine refuses a request that is longer than its context, whatever its cache holds.
    if (requestTokens > contextTokens) return 'refused';
    return tokens === undefined ? glyphs.dash : timesText(Math.max(0, tokens) / requestTokens, glyphs);
  };
  const row = (label: string, beforeLength: number, afterLength: number): Row =>
    changeRow(
      label,
      concurrent(before, beforeLength, beforeTokens),
      concurrent(after, afterLength, afterTokens),
      glyphs,
    );
  return [
    row('concurrent, full length', beforeTokens, afterTokens),
    ...(observed === null ? [] : [row(`concurrent, ${compactText(observed)} tok measured`, observed, observed)]),
  ];
}

/** The KV cache in tokens and per GPU. */
export function poolRows({snapshot, plan}: Compared, glyphs: GlyphSet): Row[] {
  const before = poolBefore(snapshot);
  const after = poolAfter(snapshot, plan);
  const known = (value: number | undefined, text: (value: number) => string): string =>
    value === undefined ? glyphs.dash : text(value);
  return [
    changeRow('KV cache', known(before.tokens, tokensText), tokensText(after.tokens), glyphs),
    changeRow('KV cache per GPU', known(before.bytes, roomText), roomText(after.bytes), glyphs),
    ...(after.isMeasured ? [[span('as measured by the running start, which differs from its plan', 'warning')]] : []),
  ];
}

/** The longest request that the engine accepts. */
export function largestRequestRow(beforeTokens: number, afterTokens: number, glyphs: GlyphSet): Row {
  return changeRow('largest request', tokensText(beforeTokens), tokensText(afterTokens), glyphs);
}

/** One value in two versions. */
export function changeRow(label: string, before: string, after: string, glyphs: GlyphSet): Row {
  const isSame = before === after;
  return [
    span(padText(label, LABEL_COLUMNS), 'dim'),
    span(padText(before, VALUE_COLUMNS, 'left'), 'normal'),
    span(` ${glyphs.arrow} `, 'dim'),
    span(isSame ? 'unchanged' : after, isSame ? 'normal' : 'strong'),
  ];
}

/** `262,144 tokens`. */
export function tokensText(tokens: number): string {
  return `${countText(tokens)} tokens`;
}

/** As logged by the running engine, otherwise as planned. */
function poolBefore({engine: {facts}, plan}: Snapshot): {
  readonly tokens: number | undefined;
  readonly bytes: number | undefined;
} {
  const planned = isAbsent(plan) ? null : plan;
  return {
    tokens: facts['kvCapacityTokens'] ?? planned?.kvCache.capacityTokens,
    bytes: facts['kvCachePoolBytesPerGpu'] ?? planned?.perGpu.kvCachePoolBytes,
  };
}

/** Findings of a run whose KV cache is not the planned one. */
const poolContradictions: ReadonlySet<string> = new Set(['plan.kv-tokens-differ', 'plan.kv-pool-differs']);

/**
 * The KV cache after the restart: as planned, or where the running start contradicts its plan, in proportion to what it
 * measured. A plan for another engine or model is not concerned.
 */
export function poolAfter({engine: {facts}, plan: present, findings}: Snapshot, plan: MemoryPlan) {
  const planned = {tokens: plan.kvCache.capacityTokens, bytes: plan.perGpu.kvCachePoolBytes, isMeasured: false};
  if (isAbsent(present) || !findings.some(({code}) => poolContradictions.has(code))) return planned;
  const isOther = (['engine', 'model', 'format'] as const).some((key) => present.settings[key] !== plan.settings[key]);
  if (isOther) return planned;
  const tokens = share(facts['kvCapacityTokens'], present.kvCache.capacityTokens);
  const bytes = share(facts['kvCachePoolBytesPerGpu'], present.perGpu.kvCachePoolBytes);
  if (tokens === null && bytes === null) return planned;
  return {
    tokens: Math.round(planned.tokens * (tokens ?? bytes ?? 1)),
    bytes: Math.round(planned.bytes * (bytes ?? 1)),
    isMeasured: true,
  };
}

function share(measured: number | undefined, planned: number): number | null {
  return measured === undefined || planned <= 0 ? null : measured / planned;
}

/** Mean tokens per request in the last minute, prompt plus output; null if unknown. */
function observedRequestTokens({requestSizes: {prompt, generation}}: Snapshot): number | null {
  if (isAbsent(prompt.meanTokens) || isAbsent(generation.meanTokens)) return null;
  const tokens = Math.round(prompt.meanTokens + generation.meanTokens);
  return tokens > 0 ? tokens : null;
}
