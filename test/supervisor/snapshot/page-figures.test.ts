import {describe, expect, test} from 'vitest';
import {findEngine} from '../../../src/engines/registry.ts';
import {buildSnapshot} from '../../../src/supervisor/snapshot/build-snapshot.ts';
import {nothingObserved, withObservation} from '../../../src/supervisor/snapshot/observation.ts';
import {plainSnapshotText} from '../../../src/views/text/plain-snapshot-text.ts';
import {runOf, settingsOf, statesByName} from '../../domain/lifecycle/lifecycle-samples.ts';
import {
  type EngineWork,
  endToEndOf,
  enginePages,
  firstTokenOf,
  interTokensOf,
  type MeasuredRequest,
} from '../../support/engine-pages.ts';
import {parseExposition} from '../../support/parse-exposition.ts';
import {now} from './observed.ts';
import {snapshotInput} from './snapshot-input.ts';

const engines = ['vllm', 'sglang', 'llamacpp'] as const;
type EngineName = (typeof engines)[number];

/** Requests of a coding agent: long prompts mostly from the cache, short waits, some long answers. */
function requests(from: number, count: number): MeasuredRequest[] {
  return Array.from({length: count}, (_, offset) => {
    const index = from + offset;
    const generatedTokens = 40 + ((index * 137) % 900);
    const promptTokens = 2_000 + ((index * 7_919) % 60_000);
    return {
      queue: ((index * 31) % 40) / 1_000,
      prefill: 0.12 + ((index * 53) % 70) / 25,
      decode: generatedTokens * (0.018 + ((index * 17) % 9) / 1_000),
      promptTokens,
      cachedTokens: Math.floor(promptTokens * 0.7),
      generatedTokens,
    };
  });
}

const before: EngineWork = {
  finished: requests(0, 400),
  running: 9,
  waiting: 0,
  kvUsageRatio: 0.3,
  preemptions: 2,
  steps: 9_000,
};
const inMinute = requests(400, 150);
/** Three scrapes: a minute, ten seconds and no time before the snapshot. */
const scrapes: readonly (readonly [ageMs: number, work: EngineWork])[] = [
  [60_000, before],
  // Of the minute's 150 requests, 30 finish in its last ten seconds.
  [10_000, {...before, finished: [...before.finished, ...inMinute.slice(0, 120)], steps: 11_500}],
  [
    0,
    {
      finished: [...before.finished, ...inMinute],
      running: 12,
      waiting: 3,
      kvUsageRatio: 0.4375,
      preemptions: 7,
      steps: 12_000,
    },
  ],
];

const RUN_MS = 900_000;

/** The snapshot that the supervisor makes of the pages, and what `gantry status` prints of it. */
function shownOf(engineName: EngineName) {
  const engine = findEngine(engineName);
  const state = statesByName()['ready'];
  if (engine === undefined || state === undefined) throw new Error('no such engine');
  const seen = scrapes.reduce((observations, [ageMs, work]) => {
    const families = parseExposition(enginePages[engineName](work));
    if (!families.ok) throw new Error(families.error.message);
    const stamp = {sampledAtMs: now.sampledAtMs - ageMs, monotonicMs: now.monotonicMs - ageMs};
    const sample = {...engine.mapMetrics(families.value), stamp, scrapeMs: 4};
    return withObservation(observations, {type: 'metrics', sample}, stamp);
  }, nothingObserved);
  const snapshot = buildSnapshot(
    snapshotInput({
      now,
      lifecycle: {
        ...state,
        settings: {...settingsOf(), engine: engineName},
        run: {...runOf(1), startedAtMs: now.sampledAtMs - RUN_MS},
        facts: {kvCapacityTokens: 814_336},
      },
      seen,
    }),
  );
  return {snapshot, text: plainSnapshotText(snapshot, {columns: 120, nowMs: now.sampledAtMs})};
}

/** The sum of the series of one name on a page, read without any of Gantry's code. */
function onPage(page: string, series: RegExp): number {
  return page
    .split('\n')
    .filter((line) => series.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

type Series = {readonly prompt: readonly RegExp[]; readonly cached: RegExp; readonly generated: RegExp};
const counters: Readonly<Record<EngineName, Series>> = {
  vllm: {
    prompt: [/^vllm:prompt_tokens_total/],
    cached: /^vllm:prompt_tokens_cached_total/,
    generated: /^vllm:generation_tokens_total/,
  },
  sglang: {
    prompt: [/^sglang:prompt_tokens_total/],
    cached: /^sglang:cached_tokens_total/,
    generated: /^sglang:generation_tokens_total/,
  },
  llamacpp: {
    prompt: [/^llamacpp:prompt_tokens_total/, /^llamacpp:prompt_tokens_cached_total/],
    cached: /^llamacpp:prompt_tokens_cached_total/,
    generated: /^llamacpp:tokens_predicted_total/,
  },
};

/** Tokens counted on the page of this scrape. */
function tokensAt(engine: EngineName, scrape: number) {
  const work = scrapes[scrape]?.[1];
  if (work === undefined) throw new Error(`no scrape ${scrape}`);
  const page = enginePages[engine](work);
  const {prompt, cached, generated} = counters[engine];
  return {
    prompt: prompt.reduce((sum, series) => sum + onPage(page, series), 0),
    cached: onPage(page, cached),
    generated: onPage(page, generated),
  };
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const percent = (ratio: number): string => `${(ratio * 100).toFixed(ratio < 0.0995 ? 1 : 0)} %`;

describe.each(engines)('each figure of a snapshot of %s is what its pages say', (engine) => {
  const {snapshot, text} = shownOf(engine);
  const [atMinute, atTen, atEnd] = [tokensAt(engine, 0), tokensAt(engine, 1), tokensAt(engine, 2)];
  const minute = {
    prompt: atEnd.prompt - atMinute.prompt,
    cached: atEnd.cached - atMinute.cached,
    generated: atEnd.generated - atMinute.generated,
  };

  test('rates are over the ten seconds of the title', () => {
    expect(text).toContain('Throughput (last 10s)');
    expect(text).toContain(`out${`${whole((atEnd.generated - atTen.generated) / 10)} tok/s`.padStart(14)}`);
    expect(text).toContain(`in ${`${whole((atEnd.prompt - atTen.prompt) / 10)} tok/s`.padStart(14)}`);
    expect(text).toContain(`cached prompt ${whole((atEnd.cached - atTen.cached) / 10)} tok/s`);
    expect(text).toContain('running 12 | waiting 3');
    expect(text).toContain('steps 50/s');
  });

  test('the prefix hits are those of the minute', () => {
    expect(text).toContain(`prefix hits (1m) ${percent(minute.cached / minute.prompt)}`);
    expect(snapshot.kvCache.prefixCacheWindowMs).toBe(60_000);
  });
});

describe.each(['vllm', 'sglang'] as const)('each figure of %s that llama-server does not expose', (engine) => {
  const {text} = shownOf(engine);

  test('the KV cache is what the page says now', () => {
    expect(text).toContain('KV cache (now)');
    expect(text).toContain('44 %');
    expect(text).toContain('356k / 814k tokens');
    expect(text).toContain('preemptions 0.5/s');
  });

  test.each([
    ['first token', inMinute.map(firstTokenOf)],
    ['inter-token', inMinute.flatMap(interTokensOf)],
    ['end to end', inMinute.map(endToEndOf)],
    ['queue', inMinute.map(({queue}) => queue)],
  ] as const)('%s: mean and quantiles of the minute’s requests', (label, seconds) => {
    expect(text).toContain('Latency (last 1m)');
    const cells = cellsOf(text, label);
    expect(cells).toHaveLength(4);
    const mean = seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
    expect(msOf(cells[3] ?? '')).toBeCloseTo(mean * 1_000, mean < 0.01 ? 0 : mean < 1 ? -1 : -2);
    for (const [index, q] of [0.5, 0.9, 0.99].entries()) expectClaim(cells[index] ?? '', seconds, q);
  });

  test('sizes of requests are of the minute', () => {
    const match = /1m p50: prompt ([~<>]?) ?([\d,]+)(k?) tok \| answer ([~<>]?) ?([\d,]+) tok/.exec(text);
    const [, promptMark = '', prompt = '', thousands = '', answerMark = '', answer = ''] = match ?? [];
    const tokens = (shown: string): number => Number(shown.replaceAll(',', ''));
    // Tokens as if they were milliseconds.
    const promptMs = tokens(prompt) * (thousands === 'k' ? 1_000 : 1);
    expectClaim(
      `${promptMark}${promptMs} ms`,
      inMinute.map(({promptTokens}) => promptTokens / 1_000),
      0.5,
    );
    expectClaim(
      `${answerMark}${tokens(answer)} ms`,
      inMinute.map(({generatedTokens}) => generatedTokens / 1_000),
      0.5,
    );
  });
});

test('vLLM’s finished requests and request rate', () => {
  const {text} = shownOf('vllm');
  expect(text).toContain('finished since start 550');
  expect(text).toContain('requests 3.0/s');
});

test('llama-server’s page has no latencies, and without its log the screen says why', () => {
  expect(shownOf('llamacpp').text).toContain('llama-server has no histograms, and its log has no times of requests');
});

/** `~820 ms`, `< 300 ms`, `1.01 s`: the cells of one row of the latency table. */
function cellsOf(text: string, label: string): string[] {
  const row = text.split('\n').find((line) => line.trim().startsWith(label)) ?? '';
  return [...row.matchAll(/[~<>]? ?[\d.,]+ (?:ms|s|min)/g)].map(([cell]) => cell.trim());
}

function msOf(cell: string): number {
  const [, number = '', unit = ''] = /([\d.,]+) (ms|s|min)$/.exec(cell) ?? [];
  return Number(number.replaceAll(',', '')) * ({ms: 1, s: 1_000, min: 60_000}[unit] ?? Number.NaN);
}

/** What a cell claims of a quantile holds for the real observations; an estimate is within a factor of its bucket. */
function expectClaim(cell: string, seconds: readonly number[], q: number): void {
  const sorted = seconds.toSorted((a, b) => a - b);
  const truthMs = (sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN) * 1_000;
  const shownMs = msOf(cell);
  if (cell.startsWith('<')) expect(truthMs).toBeLessThanOrEqual(shownMs);
  else if (cell.startsWith('>')) expect(truthMs).toBeGreaterThanOrEqual(shownMs);
  else if (cell.startsWith('~')) {
    expect(truthMs).toBeGreaterThan(shownMs / 2.5);
    expect(truthMs).toBeLessThan(shownMs * 2.5);
  } else expect(shownMs).toBeCloseTo(truthMs, -1);
}
