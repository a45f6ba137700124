import {countText} from '../../../shared/quantities/counts.ts';
import {fractionText} from '../../../shared/quantities/ratios.ts';
import {applySettingsChange, type SettingsChange} from '../../settings/launch-settings.ts';
import {divideCard, longestContextTokens, MEASURED_MARGIN_BYTES, type PlanInput} from './memory-budget.ts';

/** A change of settings with which the plan fits. */
export type Cure = {
  readonly change: {
    readonly tensorParallelSize?: number;
    readonly contextLengthTokens?: number;
    readonly memoryFraction?: number;
    readonly kvCacheDtype?: 'fp8';
    readonly decodeContextParallelSize?: number;
  };
  readonly remedy: string;
};

type Change = Cure['change'];

/**
 * Shorter contexts are neither offered nor accepted: the first request of the smallest coding agent (aider, about 3 KB)
 * and its answer would not fit, those of others have 22 to 84 KB.
 */
export const SHORTEST_USEFUL_TOKENS = 1024;

/**
 * Every change that makes room for one request of full length, the least drastic first: changes that keep the context
 * (one setting if one is enough, otherwise as few together as possible), then the longest context that fits, then more
 * of the node's GPUs.
 */
export function findCures(planned: PlanInput): readonly Cure[] {
  const input = withMargin(planned);
  const keeping = keepingContext(input);
  const shortening = keeping.length > 0 ? [shortenContext(input, {})] : shorteningContext(input);
  return [...keeping, ...shortening, ...spreadOut(input)].flatMap((change) =>
    change === null ? [] : [{change, remedy: remedyOf(change)}],
  );
}

/** A measured overhead comes from a log with two digits: a change that only just fits would not be a promise. */
function withMargin(input: PlanInput): PlanInput {
  const {learned} = input;
  if (learned === null) return input;
  return {...input, learned: {...learned, overheadBytes: learned.overheadBytes + MEASURED_MARGIN_BYTES}};
}

/** Whether the plan has room for one request of full length with these settings changed. */
export function fits(input: PlanInput, change: SettingsChange): boolean {
  return divideCard(changed(input, change)).capacity.fullLengthSequences >= 1;
}

/** The input with a change of settings. */
export function changed(input: PlanInput, change: SettingsChange): PlanInput {
  return {...input, settings: applySettingsChange(input.settings, change)};
}

/** The lowest fraction that is enough. */
function raiseFraction(input: PlanInput): Change | null {
  const {highestFraction} = input.engine;
  if (!input.engine.supports({memoryFraction: highestFraction})) return null;
  const firstPercent = Math.floor(input.settings.memoryFraction * 100) + 1;
  for (let percent = firstPercent; percent <= Math.round(highestFraction * 100); percent += 1) {
    const change = {memoryFraction: percent / 100};
    if (fits(input, change)) return change;
  }
  return null;
}

/** Single changes that make more room for the same context; null for what the engine or model does not support. */
function ingredients(input: PlanInput): readonly [Change | null, Change | null, Change | null] {
  const {engine, settings} = input;
  const {highestFraction} = engine;
  const hasHigher = settings.memoryFraction < highestFraction && engine.supports({memoryFraction: highestFraction});
  const hasSmaller = settings.kvCacheDtype !== 'fp8' && engine.supports({kvCacheDtype: 'fp8'});
  const ranks = sharingRanks(input);
  return [
    hasHigher ? {memoryFraction: highestFraction} : null,
    hasSmaller ? {kvCacheDtype: 'fp8'} : null,
    ranks === null ? null : {decodeContextParallelSize: ranks},
  ];
}

/** How many ranks could share one sequence's cache if none do yet; null if the model or engine does not support it. */
export function sharingRanks(input: PlanInput): number | null {
  const {settings, engine, model} = input;
  if (model.architecture.attention.kind !== 'mla' || settings.decodeContextParallelSize > 1) return null;
  // With data-parallel attention only the ranks of one group hold the same sequence.
  const ranks = divideCard(input).terms.placement.attentionRanks;
  return ranks > 1 && engine.supports({decodeContextParallelSize: ranks}) ? ranks : null;
}

/** One setting, otherwise two, otherwise three together, with which the present context fits. */
function keepingContext(input: PlanInput): readonly Change[] {
  const [fraction, cache, shared] = ingredients(input);
  const tries = [
    [raiseFraction(input), cache, shared],
    [join(fraction, cache), join(fraction, shared), join(cache, shared)],
    [join(fraction, cache, shared)],
  ];
  for (const changes of tries) {
    const enough = changes.filter((change) => change !== null).filter((change) => fits(input, change));
    if (enough.length > 0) return enough;
  }
  return [];
}

/** The longest context with nothing else changed, and with other changes as long as each makes it longer. */
function shorteningContext(input: PlanInput): readonly Change[] {
  const [fraction, cache, shared] = ingredients(input);
  const pairs = [join(fraction, cache), join(fraction, shared), join(cache, shared)];
  const changes: Change[] = [];
  let longest = 0;
  for (const start of [{}, fraction, cache, shared, ...pairs, join(fraction, cache, shared)]) {
    const change = start === null ? null : shortenContext(input, start);
    if (change?.contextLengthTokens === undefined || change.contextLengthTokens <= longest) continue;
    longest = change.contextLengthTokens;
    changes.push(change);
  }
  return changes;
}

/** All of them in one change; null if one of them is not available. */
function join(...parts: readonly (Change | null)[]): Change | null {
  return parts.every((part) => part !== null) ? Object.assign({}, ...parts) : null;
}

/** The change with the longest context that fits; null if no useful one does, or if the present one does. */
function shortenContext(input: PlanInput, start: Change): Change | null {
  const tokens = longestContextTokens(changed(input, start));
  if (tokens < SHORTEST_USEFUL_TOKENS || tokens >= input.settings.contextLengthTokens) return null;
  return {...start, contextLengthTokens: tokens};
}

/** Over more of the node's GPUs, if there are more. */
function spreadOut(input: PlanInput): readonly Change[] {
  const {heads} = input.model.architecture.attention;
  for (let ranks = input.settings.tensorParallelSize * 2; ranks <= input.node.gpuCount; ranks *= 2) {
    const change = {tensorParallelSize: ranks};
    if (heads % ranks === 0 && fits(input, change)) return [change];
  }
  return [];
}

/** One sentence: what to change. */
function remedyOf(change: Change): string {
  const {tensorParallelSize, memoryFraction, kvCacheDtype, decodeContextParallelSize, contextLengthTokens} = change;
  const isOnly = Object.keys(change).length === 1;
  const parts = [
    ...(tensorParallelSize === undefined ? [] : [`spread the model over ${tensorParallelSize} of the node's GPUs`]),
    ...(memoryFraction === undefined ? [] : [`raise the memory fraction to ${fractionText(memoryFraction)}`]),
    ...(kvCacheDtype === undefined ? [] : [`use an FP8 KV cache${isOnly ? ': half the bytes per token' : ''}`]),
    ...(decodeContextParallelSize === undefined
      ? []
      : [
          `split the KV cache over ${decodeContextParallelSize} ranks (decode context parallel ${decodeContextParallelSize})${isOnly ? `: ${decodeContextParallelSize} times the tokens` : ''}`,
        ]),
    ...(contextLengthTokens === undefined
      ? []
      : [`lower the context to ${countText(contextLengthTokens)} tokens, the most that fits`]),
  ];
  const [first = '', ...rest] = parts;
  const text = [first, ...rest.slice(0, -1)].join(', ');
  const last = rest.at(-1);
  const sentence = last === undefined ? text : `${text} and ${last}`;
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}.`;
}
