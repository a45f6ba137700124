import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';
import type {Engine, MappedMetrics} from '../../engines/engine.ts';
import {isAboveZero, isPresent, type Reading} from '../../samples/reading.ts';
import {countedText, countText} from '../../shared/quantities/counts.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {ExpositionReader} from '../metrics/exposition-reader.ts';

const point =
  /^[A-Za-z_:][\w:]{1,200}(?:\{[^}]{0,2000}\})? {1,2}[-+]?(?:[\d.]{1,30}(?:e[-+]?\d{1,4})?|NaN|Nan|Inf)(?: \d{10,16})?\s?$/;
const comment = /^# (?:HELP|TYPE) [A-Za-z_:]/;
/** Lines without which it is chance, and what part of the text they must be. */
const LEAST_LINES = 3;
const MOST = 0.5;
/** Requests cannot fill the last blocks of a KV cache: from here on it is full. */
const FULL_KV_RATIO = 0.9;

/**
 * The lines of the page of metrics that a text is; null for another text. Its lines may look as if a terminal had wrapped them,
 * because many have one length: of the text as it was `pasted` and as it was put together again, the one with more series counts.
 */
export function findMetricsPage(pasted: readonly string[], viewed: readonly string[]): readonly string[] | null {
  const pages = [viewed, pasted].filter(isMetricsPage);
  const [best] = pages.toSorted((one, other) => pointCount(other) - pointCount(one));
  return best ?? null;
}

function isMetricsPage(lines: readonly string[]): boolean {
  const full = lines.filter((line) => line.trim() !== '');
  const found = full.filter((line) => point.test(line) || comment.test(line)).length;
  return found >= LEAST_LINES && found >= full.length * MOST;
}

function pointCount(lines: readonly string[]): number {
  return lines.filter((line) => point.test(line)).length;
}

/** What a page of metrics says at the moment that it was taken. */
export function readMetricsPage(
  lines: readonly string[],
  engines: readonly Engine[],
  lineCount: number,
): OtherTextDiagnosis {
  const engine = writerOf(lines, engines);
  const base = {kind: 'metrics' as const, displayName: 'Page of metrics', lineCount};
  if (engine === null) {
    return otherText({
      ...base,
      engine: null,
      summary: ['It has no series of a known inference engine, so nothing in it can be judged.'],
      findings: [],
    });
  }
  const reader = new ExpositionReader(engine.readsSeries);
  // Around a page there may be a command or a prompt; a comment that is none is no error.
  const page = lines.filter((line) => point.test(line) || comment.test(line)).join('\n');
  const error = reader.push(`${page}\n`) ?? reader.end();
  if (error !== null) {
    const finding: Finding = {...error, severity: 'warning', evidence: null, settingsChange: null};
    return otherText({...base, engine: engine.name, summary: [], findings: [finding]});
  }
  const metrics = engine.mapMetrics(reader.result().families);
  return otherText({
    ...base,
    engine: engine.name,
    summary: summaryOf(metrics, engine),
    findings: waitingFindings(metrics),
  });
}

function writerOf(lines: readonly string[], engines: readonly Engine[]): Engine | null {
  const names = lines.flatMap((line) => /^[A-Za-z_:][\w:]{1,200}(?=[{ ])/.exec(line)?.[0] ?? []);
  const counted = engines.map((engine) => ({engine, count: names.filter((name) => isOwnSeries(name, engine)).length}));
  const [best] = counted.toSorted((one, other) => other.count - one.count);
  return best === undefined || best.count === 0 ? null : best.engine;
}

/** Engines have series in common, as of their process; those with its name are its own. */
function isOwnSeries(name: string, engine: Engine): boolean {
  return name.startsWith(`${engine.name}:`) || name.startsWith(`${engine.name}_`);
}

function summaryOf(metrics: MappedMetrics, {displayName}: Engine): readonly string[] {
  const {runningRequests, waitingRequests, kvUsageRatio, generationTokensTotal, preemptionsTotal} = metrics;
  const parts = [
    textOf(runningRequests, (count) => `${countedText(count, 'request')} running`),
    textOf(waitingRequests, (count) => `${countText(count)} waiting`),
    textOf(kvUsageRatio, (ratio) => `KV cache ${percentText(ratio)} in use`),
    textOf(generationTokensTotal, (count) => `${countText(count)} tokens generated since the start`),
    textOf(preemptionsTotal, (count) => `${countedText(count, 'preemption')} since the start`),
  ].filter((part) => part !== null);
  const what = parts.length === 0 ? 'none of the series that Gantry reads.' : `${parts.join(', ')}.`;
  return [`${displayName}: ${what}`, 'One page is one moment: rates need two of them, or gantry attach.'];
}

function textOf(reading: Reading<number>, text: (value: number) => string): string | null {
  return isPresent(reading) ? text(reading) : null;
}

function waitingFindings({
  waitingRequests,
  runningRequests,
  kvUsageRatio,
  deferredRequests,
}: MappedMetrics): readonly Finding[] {
  if (!isAboveZero(waitingRequests) || !isPresent(waitingRequests)) return [];
  const waiting = countedText(waitingRequests, 'request');
  const verb = waitingRequests === 1 ? 'waits' : 'wait';
  const evidence = [
    `${countText(waitingRequests)} waiting`,
    textOf(runningRequests, (count) => `${countText(count)} running`),
    textOf(kvUsageRatio, (ratio) => `KV cache ${percentText(ratio)}`),
  ]
    .filter((part) => part !== null)
    .join(', ');
  const base = {severity: 'warning' as const, evidence, settingsChange: null};
  if (isPresent(deferredRequests) && deferredRequests * 2 > waitingRequests) {
    return [
      {
        ...base,
        code: 'metrics.requests-deferred',
        message: `${waiting} ${verb} for something other than capacity: a grammar, an adapter or a KV transfer.`,
        remedy: 'Look at the engine\u2019s log for what they wait for; more memory does not help.',
      },
    ];
  }
  if (isPresent(kvUsageRatio) && kvUsageRatio >= FULL_KV_RATIO) {
    return [
      {
        ...base,
        code: 'metrics.kv-cache-full',
        message: `${waiting} ${verb} because the KV cache is full (${percentText(kvUsageRatio)} in use).`,
        remedy:
          'Make the KV cache larger (memory fraction, FP8 KV cache, more GPUs), or send shorter or fewer requests.',
      },
    ];
  }
  if (isPresent(kvUsageRatio) && isAboveZero(runningRequests) && isPresent(runningRequests)) {
    const settingsChange = kvUsageRatio * 2 < FULL_KV_RATIO ? {maxRunningRequests: runningRequests * 2} : null;
    return [
      {
        ...base,
        settingsChange,
        code: 'metrics.running-limit',
        message: `${waiting} ${verb} while only ${percentText(kvUsageRatio)} of the KV cache is in use: the limit is how many requests may run at the same time (${countText(runningRequests)} run), not memory.`,
        remedy: 'Raise the limit of running requests; the KV cache has room for more.',
      },
    ];
  }
  return [
    {
      ...base,
      code: 'metrics.requests-waiting',
      message: `${waiting} ${verb}; this page does not say why.`,
      remedy: 'Take a second page some seconds later, or run gantry attach, which follows the engine.',
    },
  ];
}
