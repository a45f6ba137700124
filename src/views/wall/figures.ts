import type {Snapshot} from '../../api/snapshot.ts';
import {isServingState, stateNameOf} from '../../domain/lifecycle/phases.ts';
import type {FigureName} from '../../layout/figure-names.ts';
import {absent, isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText} from '../../shared/quantities/bytes.ts';
import {compactText, countText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {usdPerHourText, usdText} from '../../shared/quantities/money.ts';
import {tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {stateText} from '../format/names.ts';
import {latencyQuantileText} from '../format/quantiles.ts';
import {shown} from '../format/shown.ts';
import type {HistoryPlot} from '../panels/history-plot.ts';
import type {Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** A value in large digits, its unit, what belongs to it in a row, and its plot. */
export type Figure = {
  readonly title: string;
  /** `1,900 tok/s`: a number and its unit, or a word; absent with the reason. */
  readonly value: Reading<string>;
  readonly tone: Tone;
  readonly details: readonly string[];
  readonly plot: HistoryPlot | null;
};

/** From here on, the cache will soon be full. */
const HIGH_USAGE = 0.9;

/** The figures by their name in a layout. */
export const figures: Readonly<Record<FigureName, (snapshot: Snapshot, input: ViewInput) => Figure>> = {
  state: stateFigure,
  output: ({traffic}, {glyphs}) => ({
    title: 'Output',
    value: textOf(traffic.generationTokensPerSecond, tokensPerSecondText),
    tone: 'strong',
    details: [`in ${shown(traffic.promptTokensPerSecond, glyphs, tokensPerSecondText)}`],
    plot: {series: [{of: 'generationTokensPerSecond', name: 'out', tone: 'firstSeries'}], unit: 'tokensPerSecond'},
  }),
  'kv-cache': ({kvCache}, {glyphs}) => ({
    title: 'KV cache',
    value: textOf(kvCache.usageRatio, wholePercentText),
    tone: isPresent(kvCache.usageRatio) && kvCache.usageRatio >= HIGH_USAGE ? 'warning' : 'strong',
    details: [
      `${shown(kvCache.usedTokens, glyphs, compactText)} of ${shown(kvCache.capacityTokens, glyphs, compactText)} tokens`,
    ],
    plot: {series: [{of: 'kvUsageRatio', name: 'usage', tone: 'firstSeries'}], unit: 'ratio', top: 1},
  }),
  running: ({traffic}, {glyphs}) => ({
    title: 'Requests running',
    value: textOf(traffic.runningRequests, countText),
    tone: isPresent(traffic.waitingRequests) && traffic.waitingRequests > 0 ? 'warning' : 'strong',
    details: [`waiting ${shown(traffic.waitingRequests, glyphs, countText)}`],
    plot: {
      series: [
        {of: 'runningRequests', name: 'running', tone: 'firstSeries'},
        {of: 'waitingRequests', name: 'waiting', tone: 'secondSeries', shape: 'line'},
      ],
      unit: 'count',
    },
  }),
  'first-token': ({latency: {timeToFirstToken}}) => {
    const {p95Ms, target} = timeToFirstToken;
    const isSlow = target !== null && isPresent(p95Ms) && p95Ms.value > target.ms;
    return {
      title: 'First token, p95',
      // A limit is one word with its sign.
      value: textOf(p95Ms, (p95) => latencyQuantileText(p95).replace(/^([<>]) /, '$1')),
      tone: isSlow ? 'warning' : 'strong',
      details: target === null ? [] : [`target ${durationText(target.ms)}`],
      plot: {series: [{of: 'timeToFirstTokenP95Ms', name: 'p95', tone: 'firstSeries'}], unit: 'milliseconds'},
    };
  },
  savings: ({cost}, {glyphs}) => {
    const {savingsUsdPerHour: savings} = cost;
    const isLoss = isPresent(savings) && savings < 0;
    return {
      title: isLoss ? 'Costs more than the API' : 'Saves against the API',
      value: textOf(savings, (usd) => `${usdText(Math.abs(usd))} /h`),
      tone: isLoss ? 'warning' : 'ok',
      details: [
        `node ${shown(cost.nodeUsdPerHour, glyphs, usdPerHourText)}`,
        `API ${shown(cost.apiUsdPerHour, glyphs, usdPerHourText)}`,
      ],
      plot: {series: [{of: 'apiUsdPerHour', name: 'API', tone: 'firstSeries'}], unit: 'usdPerHour'},
    };
  },
  memory: memoryFigure,
};

function textOf<Value>(reading: Reading<Value>, text: (value: Value) => string): Reading<string> {
  return isAbsent(reading) ? reading : text(reading);
}

/** What the engine is in a word, and since when or how long still. */
function stateFigure({engine, node}: Snapshot, {glyphs, nowMs}: ViewInput): Figure {
  const {tone} = stateText(engine, glyphs);
  const {readyAtMs, etaMs, backOff, exit} = engine;
  const since = isServingState(engine.state)
    ? readyAtMs === null
      ? []
      : [`up ${durationText(Math.max(0, nowMs - readyAtMs))}`]
    : [
        ...(isPresent(etaMs) ? [`ready in ~${durationText(etaMs)}`] : []),
        ...(backOff === null ? [] : [`starts again in ${durationText(Math.max(0, backOff.untilMs - nowMs))}`]),
        ...(exit === null || exit.atMs === null ? [] : [`since ${durationText(Math.max(0, nowMs - exit.atMs))}`]),
      ];
  return {
    title: `State of ${node.hostname}`,
    value: wordOf(engine),
    tone,
    details: [stateNameOf(engine), engine.settings?.servedModelName ?? '', ...since],
    plot: null,
  };
}

function wordOf({state, unansweredMs}: Snapshot['engine']): string {
  if (unansweredMs !== null) return 'DEGRADED';
  switch (state) {
    case 'ready':
    case 'draining':
      return 'SERVING';
    case 'degraded':
      return 'DEGRADED';
    case 'preflight':
    case 'starting':
      return 'STARTING';
    case 'failed':
    case 'backing-off':
      return 'FAILED';
    case 'stopping':
    case 'stopped':
      return 'STOPPED';
  }
}

/** The fullest GPU. */
function memoryFigure({gpus}: Snapshot): Figure {
  const known = gpus.flatMap(({index, memoryUsedBytes: used, memoryTotalBytes: total}) =>
    isPresent(used) && isPresent(total) ? [{index, used, total}] : [],
  );
  const [fullest] = known.toSorted((one, other) => other.used / other.total - one.used / one.total);
  return {
    title: 'Fullest GPU',
    value: fullest === undefined ? absent('no GPU read yet') : `${fixedGibNumber(fullest.used)} GiB`,
    tone: gpus.some(({fault}) => fault !== null) ? 'critical' : 'strong',
    details: fullest === undefined ? [] : [`GPU ${fullest.index}, of ${fixedGibText(fullest.total)}`],
    plot: {series: [{of: 'gpuMemoryUsedBytes', name: 'all GPUs', tone: 'firstSeries'}], unit: 'bytes'},
  };
}
