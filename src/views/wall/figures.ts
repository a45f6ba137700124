import type {Snapshot} from '../../api/snapshot.ts';
import {type EngineSituation, situationOf, stateNameOf, stateNames} from '../../domain/lifecycle/phases.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import {type FigureName, figureNames} from '../../layout/figure-names.ts';
import {absent, isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText} from '../../shared/quantities/bytes.ts';
import {compactText, countText} from '../../shared/quantities/counts.ts';
import {durationText, latencyLimitParts, latencyParts} from '../../shared/quantities/durations.ts';
import {usdPerHourText, usdText} from '../../shared/quantities/money.ts';
import {rateNumber, tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {verdictOf} from '../cost/verdict.ts';
import {NEVER_STARTED, STOPPING, servedMsOf, stateText, unexpectedEndText} from '../format/names.ts';
import {latencyQuantileText} from '../format/quantiles.ts';
import {shown} from '../format/shown.ts';
import {stateSinceMsOf, upMsOf} from '../format/state-times.ts';
import type {HistoryPlot} from '../panels/history-plot.ts';
import type {Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** A number or a word in large letters, and what stands in small ones after it. */
type FigureValue = {
  readonly large: string;
  /** `tok/s`, `~s` of an estimate; empty for none. */
  readonly unit: string;
  /** Both in the ordinary form: `~2.40 s`. */
  readonly text: string;
};

/** A value in large digits, its unit, and what belongs to it in a row. */
export type Figure = {
  readonly title: string;
  /** Absent with the reason. */
  readonly value: Reading<FigureValue>;
  /** Where it is from; null for the supervisor itself. */
  readonly source: keyof Snapshot['sources'] | null;
  readonly tone: Tone;
  readonly details: readonly string[];
};

const PERCENT = 100;

/** What the plot below each figure is of, whatever its value is now; null for none. */
export const figurePlots: Readonly<Record<FigureName, HistoryPlot | null>> = {
  state: null,
  output: {series: [{of: 'generationTokensPerSecond', name: 'out', tone: 'firstSeries'}], unit: 'tokensPerSecond'},
  'kv-cache': {series: [{of: 'kvUsageRatio', name: 'usage', tone: 'firstSeries'}], unit: 'ratio', top: 1},
  running: {
    series: [
      {of: 'runningRequests', name: 'running', tone: 'firstSeries'},
      {of: 'waitingRequests', name: 'waiting', tone: 'secondSeries', shape: 'line'},
    ],
    unit: 'count',
  },
  'first-token': {series: [{of: 'timeToFirstTokenP95Ms', name: 'p95', tone: 'firstSeries'}], unit: 'milliseconds'},
  savings: {series: [{of: 'apiUsdPerHour', name: 'API', tone: 'firstSeries'}], unit: 'usdPerHour'},
  /** Of the GPU that had most at each moment. */
  memory: {
    series: [{of: {gpu: 'memoryUsedBytes', end: 'most'}, name: 'fullest', tone: 'firstSeries'}],
    unit: 'bytes',
  },
};

/** The figures by their name in a layout. */
export const figures: Readonly<Record<FigureName, (snapshot: Snapshot, input: ViewInput) => Figure>> = {
  state: stateFigure,
  output: ({traffic}, {glyphs}) => ({
    title: 'Output',
    source: 'metrics',
    value: mapReading(traffic.generationTokensPerSecond, (rate) => ({
      large: rateNumber(rate),
      unit: 'tok/s',
      text: tokensPerSecondText(rate),
    })),
    tone: 'strong',
    details: [`in ${shown(traffic.promptTokensPerSecond, glyphs, tokensPerSecondText)}`],
  }),
  'kv-cache': ({kvCache}, {glyphs}) => ({
    title: 'KV cache',
    source: 'metrics',
    value: mapReading(kvCache.usageRatio, (ratio) => ({
      large: countText(ratio * PERCENT),
      unit: '%',
      text: wholePercentText(ratio),
    })),
    tone: 'strong',
    details: [
      `${shown(kvCache.usedTokens, glyphs, compactText)} of ${shown(kvCache.capacityTokens, glyphs, compactText)} tokens`,
    ],
  }),
  running: ({traffic}, {glyphs}) => ({
    title: 'Requests running',
    source: 'metrics',
    value: mapReading(traffic.runningRequests, (count) => wordOf(countText(count))),
    tone: 'strong',
    details: [`waiting ${shown(traffic.waitingRequests, glyphs, countText)}`],
  }),
  'first-token': ({latency: {timeToFirstToken}, findings}) => {
    const {p95Ms, target} = timeToFirstToken;
    // The rule for it, with its window and its share of requests, is that of the finding.
    const isSlow = findings.some(({code}) => code === 'engine.first-token-slow');
    return {
      title: 'First token, p95',
      source: 'metrics',
      value: mapReading(p95Ms, quantileValue),
      tone: isSlow ? 'warning' : 'strong',
      details: target === null ? [] : [`target ${durationText(target.ms)}`],
    };
  },
  savings: ({cost}, {glyphs}) => {
    const verdict = verdictOf(cost);
    const savings = isAbsent(verdict) ? verdict : verdict.saved;
    const isLoss = isPresent(savings) && savings < 0;
    return {
      title: isLoss ? 'Costs more than the API' : 'Saves against the API',
      source: 'metrics',
      value: mapReading(savings, (usd) => ({
        large: usdText(Math.abs(usd)),
        unit: '/h',
        text: usdPerHourText(Math.abs(usd)),
      })),
      tone: isLoss ? 'warning' : 'ok',
      details: [
        `node ${shown(cost.nodeUsdPerHour, glyphs, usdPerHourText)}`,
        `API ${shown(verdict, glyphs, ({api, windowText}) => `${usdPerHourText(api)} (${windowText})`)}`,
      ],
    };
  },
  memory: memoryFigure,
};

/** A word without a unit. */
function wordOf(word: string): FigureValue {
  return {large: word, unit: '', text: word};
}

/** The sign of a limit is drawn, the sign of an estimate stands before the unit: large, it looks like dirt. */
function quantileValue(quantile: Quantile): FigureValue {
  const {kind, value} = quantile;
  const text = latencyQuantileText(quantile);
  switch (kind) {
    case 'exact':
    case 'interpolated': {
      const {number, unit} = latencyParts(value);
      return {large: number, unit: kind === 'exact' ? unit : `~${unit}`, text};
    }
    case 'below':
    case 'above': {
      const {number, unit} = latencyLimitParts(value, kind === 'below' ? 'up' : 'down');
      return {large: `${kind === 'below' ? '<' : '>'}${number}`, unit, text};
    }
  }
}

/** The figure that a panel's options name. */
export function figureOf(options: ViewInput['options']): FigureName {
  return figureNames.find((name) => name === options['of']) ?? 'output';
}

/** What the engine is in a word, and since when or how long still; what it was last while nothing answers. */
function stateFigure(snapshot: Snapshot, {data, glyphs, nowMs}: ViewInput): Figure {
  const {engine, node} = snapshot;
  const name = engine.settings?.servedModelName ?? '';
  const head = {title: `State of ${node.hostname}`, source: null};
  const how = stoppedTexts(engine);
  if (data.connection.kind === 'lost') {
    const details = [`last known: ${stateNameOf(engine)}`, name, ...how];
    return {...head, value: wordOf('LOST'), tone: 'warning', details};
  }
  const {etaMs, backOff} = engine;
  const situation = situationOf(engine);
  const upMs = upMsOf(snapshot);
  const sinceMs = stateSinceMsOf(engine);
  // Only where nothing is to come, and no name of the state has it already.
  const hasAge = (situation === 'failed' || situation === 'stopped' || engine.state === 'degraded') && backOff === null;
  const since = [
    ...(upMs === null ? [] : [`up ${durationText(upMs)}`]),
    ...(isPresent(etaMs) && situation === 'starting' ? [`ready in ~${durationText(etaMs)}`] : []),
    ...(backOff === null ? [] : [`starts again in ${durationText(Math.max(0, backOff.untilMs - nowMs))}`]),
    ...(sinceMs === null || !hasAge || engine.unansweredMs !== null
      ? []
      : [`for ${durationText(Math.max(0, snapshot.takenAtMs - sinceMs))}`]),
  ];
  const word = stateWords[situation];
  const stateName = stateNameOf(engine);
  // Only where it is more than the large word: `not generating`, `waiting to restart`.
  const isSaid = stateName.toUpperCase() === word || how.includes(STOPPING) || stateName === stateNames.ready;
  const more = isSaid ? '' : stateName;
  const [end = '', ...rest] = how;
  const details = [more, name, end, ...since, ...rest];
  return {...head, value: wordOf(word), tone: stateText(engine, glyphs).tone, details};
}

/** How it ended and for how long it had been ready, what a stop waits for, or that there was no start: a panel next to it may leave that to the figure. */
function stoppedTexts(engine: Snapshot['engine']): readonly string[] {
  const {state, exit} = engine;
  if (state === 'stopping') return [STOPPING];
  if (state !== 'stopped') return [];
  if (exit === null) return [NEVER_STARTED];
  const servedMs = servedMsOf(engine);
  return [
    exit.wasRequested ? 'on request' : unexpectedEndText(exit.status),
    ...(exit.atMs === null ? ['at an unknown time'] : []),
    ...(servedMs === null ? [] : [`after it was ready for ${durationText(servedMs)}`]),
  ];
}

const stateWords: Readonly<Record<EngineSituation, string>> = {
  starting: 'STARTING',
  serving: 'SERVING',
  degraded: 'DEGRADED',
  failed: 'FAILED',
  stopped: 'STOPPED',
};

/** The GPU with most memory in use. */
function memoryFigure({gpus}: Snapshot): Figure {
  const known = gpus.flatMap(({index, memoryUsedBytes: used, memoryTotalBytes: total}) =>
    isPresent(used) && isPresent(total) ? [{index, used, total}] : [],
  );
  const [fullest] = known.toSorted((one, other) => other.used / other.total - one.used / one.total);
  return {
    title: 'Fullest GPU',
    source: 'gpus',
    value:
      fullest === undefined
        ? absent('no GPU read yet')
        : {large: fixedGibNumber(fullest.used), unit: 'GiB', text: fixedGibText(fullest.used)},
    tone: 'strong',
    details: fullest === undefined ? [] : [`GPU ${fullest.index}, of ${fixedGibText(fullest.total)}`],
  };
}
