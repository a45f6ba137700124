import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {startPhases} from '../../../src/domain/lifecycle/phases.ts';
import type {EngineLogEvent, MappedMetrics} from '../../../src/engines/engine.ts';
import {createLogInterpreter} from '../../../src/engines/log/log-interpreter.ts';
import {createEngineRecognition} from '../../../src/engines/log/recognize-engine.ts';
import {engines} from '../../../src/engines/registry.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {parseExposition} from '../../support/parse-exposition.ts';

const folder = path.join(process.env['GANTRY_RECORDINGS'] ?? '../shared/captures', 'engines');
const isThere = existsSync(folder);
if (!isThere) console.warn(`NOT TESTED: the recordings of engines are not in ${folder}.`);

function read(name: string): string {
  // The first line names the recording's source; it is not the engine's.
  return readFileSync(path.join(folder, name), 'utf8').replace(/^#.*\n/, '');
}

function eventsOf(name: string): EngineLogEvent[] {
  const interpret = createLogInterpreter(sglang);
  let atMs = 0;
  return read(name)
    .split('\n')
    .flatMap((text, index) => {
      atMs = sglang.readLogTimeMs(text) ?? atMs;
      return interpret({text, number: index + 1}, atMs);
    });
}

function factsOf(events: readonly EngineLogEvent[]): Record<string, number> {
  return Object.fromEntries(events.flatMap((event) => (event.type === 'fact' ? [[event.name, event.value]] : [])));
}

function codesOf(events: readonly EngineLogEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'failure' ? [event.finding.code] : []));
}

function metricsOf(name: string): MappedMetrics {
  const families = parseExposition(read(name));
  if (!families.ok) throw new Error(families.error.message);
  return sglang.mapMetrics(families.value);
}

const gib = (value: number): number => Math.round(value * BYTES_PER_GIB);
const reference = 'sglang-2026-05-startup-reference-tp1.txt';
const serving = 'sglang-2026-08-startup-and-decode.txt';
const failing = 'sglang-0.5.12-oom-startup-tail.txt';

describe.skipIf(!isThere)('recorded logs of SGLang', () => {
  test('a clean start: every fact in it', () => {
    expect(factsOf(eventsOf(reference))).toEqual({
      weightsLoadSeconds: 2.62,
      weightsBytesPerGpu: gib(15.28),
      kvCachePoolBytesPerGpu: gib(117.28) * 2,
      kvCapacityTokens: 1_707_904,
      // Decoding graphs, and piecewise ones after them.
      graphCaptureSeconds: 23.56,
      cudaGraphBytesPerGpu: gib(0.6) + gib(2.32),
      maxRunningRequests: 4096,
      contextLengthTokens: 40_960,
      freeBytesPerGpu: gib(21.24),
      freeBeforeLoadBytesPerGpu: gib(275.75),
    });
  });

  test('a start with a draft model and two pools: the model\u2019s own weights, both pools, all graphs', () => {
    expect(factsOf(eventsOf(serving))).toMatchObject({
      weightsLoadSeconds: 109.33,
      weightsBytesPerGpu: gib(67.56),
      kvCachePoolBytesPerGpu: gib(28.93),
      kvCapacityTokens: 185_897,
      graphCaptureSeconds: 219.96,
      cudaGraphBytesPerGpu: gib(5.24) + gib(0.6) + gib(0.45),
      maxRunningRequests: 48,
      contextLengthTokens: 65_536,
      freeBytesPerGpu: gib(6.22),
    });
  });

  test.each([reference, serving])('%s: phases in order, ready once, no failure', (name) => {
    const events = eventsOf(name);
    const phases = events.flatMap((event) => (event.type === 'phase' ? [startPhases.indexOf(event.phase)] : []));
    expect(phases).toEqual([...phases].sort((a, b) => a - b));
    for (const phase of ['launch', 'resolve', 'load-weights', 'kv-cache', 'capture-graphs', 'serve'] as const) {
      expect(phases, phase).toContain(startPhases.indexOf(phase));
    }
    expect(events.filter(({type}) => type === 'ready')).toHaveLength(1);
    expect(codesOf(events)).toEqual([]);
  });

  test('every batch is traffic, with rates and the pool of full attention', () => {
    const events = eventsOf(serving);
    const traffic = events.flatMap((event) => (event.type === 'traffic' ? [event.traffic] : []));
    const batchLines = read(serving).match(/(?:Prefill|Decode) batch,/g);
    expect(traffic).toHaveLength(batchLines?.length ?? -1);
    expect(traffic).toContainEqual({
      promptTokensPerSecond: null,
      generationTokensPerSecond: 54.21,
      runningRequests: 1,
      waitingRequests: 0,
      kvUsageRatio: 0.03,
      prefixCacheHitRatio: null,
    });
  });

  test('a stop by a signal to the whole group: its false crash is no failure', () => {
    const events = eventsOf(serving);
    expect(events.findIndex(({type}) => type === 'shutdown-requested')).toBeGreaterThan(
      events.findIndex(({type}) => type === 'ready'),
    );
    expect(codesOf(events)).toEqual([]);
  });

  test('a card that is full after the pool was allocated: the fraction must be lowered', () => {
    const events = eventsOf(failing);
    const failures = events.filter((event) => event.type === 'failure');
    const causes = failures.filter(({isConsequence}) => !isConsequence);
    expect(causes.map(({finding}) => finding.code)).toEqual(['sglang.out-of-memory-capturing']);
    expect(causes[0]?.finding.message).toContain('384.00 MiB: 338.75 MiB of 23.56 GiB were free');
    expect(causes[0]?.finding.remedy).toMatch(/^Lower the memory fraction/);
    // What is left standing when the log has ended.
    expect(failures.at(-1)?.finding.code).toBe('sglang.out-of-memory-capturing');
  });

  test('is recognized as SGLang\u2019s, and logs of other engines are not', () => {
    const writerOf = (name: string): string | undefined => {
      const recognition = createEngineRecognition(engines);
      for (const line of read(name).split('\n')) recognition.take(line);
      return recognition.best()?.name;
    };
    for (const name of [reference, serving, failing]) expect(writerOf(name), name).toBe('sglang');
    expect(writerOf('vllm-0.20-glm51-mla-tp8-startup-ok.txt')).toBe('vllm');
    expect(writerOf('llamacpp-2026-08-startup-lv4-mla.txt')).toBe('llamacpp');
  });
});

describe.skipIf(!isThere)('recorded metrics of SGLang', () => {
  test('idle: zeros that mean zero, and the pool', () => {
    expect(metricsOf('sglang-0.5.18-metrics-generated-idle.txt')).toMatchObject({
      promptTokensTotal: 0,
      generationTokensTotal: 0,
      liveGenerationTokensTotal: 0,
      iterationsTotal: 0,
      preemptionsTotal: 0,
      runningRequests: 0,
      waitingRequests: 0,
      kvUsageRatio: 0,
      kvCapacityTokens: 1_040_640,
      timeToFirstTokenSeconds: {count: 0, sum: 0},
    });
  });

  test('loaded: every number of the file', () => {
    expect(metricsOf('sglang-0.5.18-metrics-generated-loaded.txt')).toMatchObject({
      promptTokensTotal: 849_967,
      cachedPromptTokensTotal: 249_751,
      generationTokensTotal: 107_872,
      livePromptTokensTotal: 650_000,
      liveCachedPromptTokensTotal: 250_000,
      liveGenerationTokensTotal: 98_000,
      prefixCacheQueryTokensTotal: 650_000,
      prefixCacheHitTokensTotal: 250_000,
      iterationsTotal: 1,
      progressTotal: 748_000,
      preemptionsTotal: 0,
      runningRequests: 12,
      waitingRequests: 3,
      kvUsageRatio: 0.41,
      kvCapacityTokens: 1_040_640,
      timeToFirstTokenSeconds: {count: 64, sum: 76.290_666_666_666_67},
      interTokenLatencySeconds: {count: 107_872},
      endToEndLatencySeconds: {count: 64},
      queueTimeSeconds: {count: 64},
      prefillTimeSeconds: {count: 64},
      promptLengthTokens: {count: 64, sum: 849_967},
      generationLengthTokens: {count: 64, sum: 107_872},
    });
  });

  test('of an old server: only the names that it has', () => {
    expect(metricsOf('sglang-old-metrics-docs-sample.txt')).toMatchObject({
      promptTokensTotal: 8_128_902,
      generationTokensTotal: 7_557_572,
      liveGenerationTokensTotal: {absent: expect.any(String)},
      iterationsTotal: {absent: expect.any(String)},
      runningRequests: 162,
      waitingRequests: 2826,
      kvUsageRatio: 0.28,
      kvCapacityTokens: {absent: expect.any(String)},
      timeToFirstTokenSeconds: {count: 11_008},
      interTokenLatencySeconds: {count: 7_400_757},
      endToEndLatencySeconds: {count: 11_228},
    });
  });
});
