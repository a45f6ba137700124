import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {type EngineLogEvent, unknownLogContext} from '../../../src/engines/engine.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {createLogReader} from '../../../src/supervisor/watch/log-reader.ts';
import {parseExposition} from '../../support/parse-exposition.ts';

const folder = path.join(process.env['GANTRY_RECORDINGS'] ?? '../shared/captures', 'engines');
const isThere = existsSync(folder);
if (!isThere) console.warn(`NOT TESTED: the recordings of engines are not in ${folder}.`);

function read(name: string): string {
  // The first line names the recording's source; it is not the engine's.
  return readFileSync(path.join(folder, name), 'utf8').replace(/^#.*\n/, '');
}

function eventsOf(name: string): EngineLogEvent[] {
  return read(name)
    .split('\n')
    .flatMap((line) => vllm.interpretLogLine(line, unknownLogContext));
}

function factOf(events: readonly EngineLogEvent[], name: string): number | undefined {
  return events.flatMap((event) => (event.type === 'fact' && event.name === name ? [event.value] : [])).at(-1);
}

/** The failure that is left standing when the supervisor has read the whole log. */
function diagnosisOf(name: string): Finding | null {
  let diagnosis: Finding | null = null;
  const readLog = createLogReader(
    'run',
    vllm,
    {monotonicMs: () => 0},
    {
      post: (event) => {
        if (event.type === 'log-failure') diagnosis = event.finding;
      },
      observe: () => undefined,
    },
  );
  readLog(
    read(name)
      .split('\n')
      .map((text, index) => ({number: index + 1, offsetBytes: 0, text})),
  );
  return diagnosis;
}

describe.skipIf(!isThere)('recorded logs of vLLM', () => {
  test('a complete start: phases in order, weights, pool, tokens', () => {
    const events = eventsOf('vllm-0.20-glm51-mla-tp8-startup-ok.txt');
    const phases = events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
    const order = ['resolve', 'load-weights', 'kv-cache', 'capture-graphs', 'serve'] as const;
    const positions = order.map((phase) => phases.indexOf(phase));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions).not.toContain(-1);
    expect(factOf(events, 'weightsBytesPerGpu')).toBe(Math.round(55.67 * BYTES_PER_GIB));
    expect(factOf(events, 'kvCachePoolBytesPerGpu')).toBe(Math.round(19.55 * BYTES_PER_GIB));
    expect(factOf(events, 'kvCapacityTokens')).toBe(341_504);
    expect(factOf(events, 'maxConcurrency')).toBe(1.68);
  });

  test('a requested stop is logged before its false crash lines', () => {
    const events = eventsOf('vllm-0.25.1-run-then-sigterm.txt');
    const asked = events.findIndex((event) => event.type === 'shutdown-requested');
    const dead = events.findIndex((event) => event.type === 'failure' && event.harmlessFrom === undefined);
    expect(asked).toBeGreaterThan(-1);
    expect(dead).toBeGreaterThan(asked);
  });

  test.each([
    ['vllm-0.20-glm51-mla-tp8-startup-ok.txt', null, null],
    ['vllm-0.25.1-run-then-sigterm.txt', null, null],
    ['vllm-0.25.1-kv-too-small-for-max-len.txt', 'vllm.kv-cache-too-small', {contextLengthTokens: 121_840}],
    ['vllm-0.23-glm52-oom-after-kv-alloc.txt', 'vllm.out-of-memory-capturing', {memoryFraction: 0.85}],
    ['vllm-0.23-glm52-enginedead-runtime.txt', 'vllm.allocation-failed', {memoryFraction: 0.92}],
    ['vllm-0.2x-nccl-watchdog-timeout.txt', 'vllm.nccl', null],
  ])('%s: the operator sees %s', (name, code, settingsChange) => {
    const diagnosis = diagnosisOf(name);
    expect(diagnosis?.code ?? null).toBe(code);
    expect(diagnosis?.settingsChange ?? null).toEqual(settingsChange);
  });
});

describe.skipIf(!isThere)('recorded metrics of vLLM', () => {
  test('a loaded server: counters, histograms and the pool', () => {
    const families = parseExposition(read('vllm-0.23-glm52-mla-metrics-loaded-specdecode.txt'));
    if (!families.ok) throw new Error(families.error.message);
    const metrics = vllm.mapMetrics(families.value);
    expect(metrics.promptTokensTotal).toBe(331_882);
    expect(metrics.generationTokensTotal).toBe(50_383);
    expect(metrics.finishedRequestsTotal).toMatchObject({stop: 518});
    expect(metrics.interTokenLatencySeconds).toMatchObject({count: 15_094});
  });

  test('names of older servers are read too', () => {
    for (const name of ['vllm-0.10.0-metrics-generated-idle.txt', 'vllm-0.8.5-v0-metrics-generated.txt']) {
      const families = parseExposition(read(name));
      if (!families.ok) throw new Error(`${name}: ${families.error.message}`);
      expect(vllm.mapMetrics(families.value).generationTokensTotal, name).toBeTypeOf('number');
      expect(vllm.mapMetrics(families.value).kvUsageRatio, name).toBeTypeOf('number');
    }
  });
});
