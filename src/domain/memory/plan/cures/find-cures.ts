import {type LaunchSettings, type SettingsChange, withChange} from '../../../settings/launch-settings.ts';
import {changeBetween} from '../../../settings/settings-difference.ts';
import {divideCard, longestContextTokens, MEASURED_MARGIN_BYTES, type PlanInput} from '../memory-budget.ts';
import {engineLimits, FEW_REQUESTS, mayRunMany, parallelismFindings, SHORTEST_USEFUL_TOKENS} from '../plan-limits.ts';
import {remedyOf} from './cure-text.ts';
import {changed, fits, withLeastOverhead} from './fits.ts';
import {isPossibleShape, otherShapes, plainShape} from './parallel-shapes.ts';

/** A change of settings with which the plan fits. */
export type Cure = {readonly change: SettingsChange; readonly remedy: string};

type Change = SettingsChange;

/** More are not offered: the first ones are the least drastic. */
const MOST_CURES = 6;
/** A context that every agent accepts. */
const COMMON_CONTEXT_TOKENS = 65_536;

/**
 * Changes with which the whole plan fits, the least drastic first: everything that forbids the settings is put right,
 * and there is room for one request of full length. Changes that keep the context come first (one setting if one is
 * enough, otherwise as few together as possible), then the longest context that fits, then more of the node's GPUs.
 * Empty if no change of settings is enough.
 */
export function findCures(planned: PlanInput): readonly Cure[] {
  const cures = curesOf(withMargin(planned));
  if (cures.length > 0 || planned.learned !== null) return cures;
  return curesOf(withLeastOverhead(planned)).map(({change, remedy}) => ({
    change,
    remedy: `${remedy} Even then it is tight: it starts only with the least overhead of published starts.`,
  }));
}

function curesOf(input: PlanInput): readonly Cure[] {
  const {settings, model} = input;
  const changes = new Map<string, Change>();
  for (const found of enoughTogether(input)) {
    const change = withoutUnchanged(found, settings);
    if (Object.keys(change).length > 0 && fits(input, change)) changes.set(keyOf(change), change);
  }
  return [...changes.values()].slice(0, MOST_CURES).map((change) => ({
    change,
    remedy: remedyOf(change, settings, model.architecture.maxContextTokens),
  }));
}

/** In the order in which the remedy names them. */
function withoutUnchanged(change: Change, settings: LaunchSettings): Change {
  const different = changeBetween(settings, withChange(settings, change));
  return Object.fromEntries(Object.entries(change).filter(([name]) => name in different));
}

function keyOf(change: Change): string {
  return JSON.stringify(Object.entries(change).toSorted(([a], [b]) => a.localeCompare(b)));
}

/** What removes the limits of the settings, each way with what then makes room; as few parallel sizes changed as possible. */
function enoughTogether(input: PlanInput): readonly Change[] {
  const needed = withinLimits(input);
  const isShapePossible = parallelismFindings(input, divideCard(input)).length === 0;
  if (isShapePossible) {
    const more = [...completed(input, needed), ...spreadOut(input, needed)];
    if (more.length > 0) return more;
  }
  for (const shapes of otherShapes(input)) {
    const found = shapes.flatMap((shape) => completed(input, {...shape, ...needed}));
    if (found.length > 0) return found;
  }
  const plain = plainShape(input);
  return plain === null ? [] : completed(input, {...plain, ...needed});
}

/** What has to change besides the parallel sizes whatever the memory is: a context out of range, what the engine refuses. */
function withinLimits(input: PlanInput): Change {
  const {settings, model} = input;
  const {maxContextTokens} = model.architecture;
  const {contextLengthTokens: tokens} = settings;
  const useful = Math.min(COMMON_CONTEXT_TOKENS, maxContextTokens);
  const contextLengthTokens = tokens < SHORTEST_USEFUL_TOKENS ? useful : Math.min(tokens, maxContextTokens);
  const ofEngine = engineLimits(divideCard(input)).flatMap(({settingsChange}) =>
    settingsChange === null || settingsChange.dataParallelSize !== undefined ? [] : [settingsChange],
  );
  return Object.assign({}, ...ofEngine, contextLengthTokens === tokens ? {} : {contextLengthTokens});
}

/** This change with everything that makes room for it; the change itself if that is enough. */
function completed(input: PlanInput, start: Change): readonly Change[] {
  const started = changed(input, start);
  if (fits(started, {})) return [start];
  const keeping = keepingContext(started);
  const shortening = keeping.length > 0 ? [shortenedAlone(started)] : shorteningContext(started);
  const isContextNew = start.contextLengthTokens !== undefined;
  const all = isContextNew ? [...shortening, ...keeping] : [...keeping, ...shortening];
  return all.flatMap((change) => (change === null ? [] : [{...start, ...change}]));
}

/** A measured overhead comes from a log with two digits: a change that only just fits would not be a promise. */
function withMargin(input: PlanInput): PlanInput {
  const {learned, learnedFor} = input;
  const cautious = (known: PlanInput['learned']) =>
    known === null ? null : {...known, overheadBytes: known.overheadBytes + MEASURED_MARGIN_BYTES};
  return {
    ...input,
    learned: cautious(learned),
    ...(learnedFor === undefined ? {} : {learnedFor: (settings) => cautious(learnedFor(settings))}),
  };
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
function ingredients(input: PlanInput): readonly [Change | null, Change | null, Change | null, Change | null] {
  const {engine, settings} = input;
  const {highestFraction} = engine;
  const hasHigher = settings.memoryFraction < highestFraction && engine.supports({memoryFraction: highestFraction});
  const hasSmaller = settings.kvCacheDtype !== 'fp8' && engine.supports({kvCacheDtype: 'fp8'});
  const ranks = sharingRanks(input);
  const isOpen = mayRunMany(settings);
  return [
    hasHigher ? {memoryFraction: highestFraction} : null,
    hasSmaller ? {kvCacheDtype: 'fp8'} : null,
    ranks === null ? null : {decodeContextParallelSize: ranks},
    isOpen && engine.supports({maxRunningRequests: FEW_REQUESTS}) ? {maxRunningRequests: FEW_REQUESTS} : null,
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
  const [fraction, cache, shared, fewer] = ingredients(input);
  const tries = [
    [raiseFraction(input), cache, shared, fewer],
    [join(fraction, cache), join(fraction, shared), join(cache, shared), join(fraction, fewer)],
    [join(fraction, cache, shared)],
    [join(fraction, cache, shared, fewer)],
  ];
  for (const changes of tries) {
    const enough = changes.filter((change) => change !== null).filter((change) => fits(input, change));
    if (enough.length > 0) return enough;
  }
  return [];
}

/** The longest context with nothing else changed, and with other changes as long as each makes it longer. */
function shorteningContext(input: PlanInput): readonly Change[] {
  const [fraction, cache, shared, fewer] = ingredients(input);
  const pairs = [join(fraction, cache), join(fraction, shared), join(cache, shared)];
  const all = [join(fraction, cache, shared), join(fraction, cache, shared, fewer)];
  const changes: Change[] = [];
  let longest = 0;
  for (const start of [{}, fraction, cache, shared, ...pairs, ...all]) {
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

/** A shorter context, with nothing else changed or else with what costs the fewest: a higher fraction and fewer requests. */
function shortenedAlone(input: PlanInput): Change | null {
  const [fraction, , , fewer] = ingredients(input);
  const start = join(fraction, fewer);
  return shortenContext(input, {}) ?? (start === null ? null : shortenContext(input, start));
}

/** The change with the longest context that fits; null if no useful one does, or if the present one does. */
function shortenContext(input: PlanInput, start: Change): Change | null {
  const tokens = longestContextTokens(changed(input, start));
  if (tokens < SHORTEST_USEFUL_TOKENS || tokens >= input.settings.contextLengthTokens) return null;
  return {...start, contextLengthTokens: tokens};
}

/** Over more of the node's GPUs, as few as are enough. */
function spreadOut(input: PlanInput, start: Change): readonly Change[] {
  const {settings, node, engine} = input;
  const mostRanks = node.gpuCount / engine.gpuGroups(settings);
  for (let ranks = settings.tensorParallelSize + 1; ranks <= mostRanks; ranks += 1) {
    const change = {...start, tensorParallelSize: ranks};
    if (isPossibleShape(input, {tensorParallelSize: ranks}) && fits(input, change)) return [change];
  }
  return [];
}
