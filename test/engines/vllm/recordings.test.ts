import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import type {EngineLogEvent} from '../../../src/engines/engine.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {parseExposition} from '../../../src/sources/metrics/parse-exposition.ts';

const folder = path.join(process.env['GANTRY_RECORDINGS'] ?? '../shared/captures', 'engines');
const isThere = existsSync(folder);
if (!isThere) console.warn(`NOT TESTED: the recordings of engines are not in ${folder}.`);

function read(name: string): string {
  // The first line names the recording's source; it is not the engine's.
  return readFileSync(path.join(folder, name), 'utf8').replace(/^#.*\n/, '');
}

function eventsOf(name: string): EngineLogEvent[] {
  return read(name).split('\n').flatMap(vllm.interpretLogLine);
}

function factOf(events: readonly EngineLogEvent[], name: string): number | undefined {
  return events.flatMap((event) => (event.type === 'fact' && event.name === name ? [event.value] : [])).at(-1);
}

function causesOf(events: readonly EngineLogEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'failure' && !event.isConsequence ? [event.finding.code] : []));
}

describe.skipIf(!isThere)('recorded logs of vLLM', () => {
  test('a whole start: phases in order, weights, pool, tokens', () => {
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
    expect(causesOf(events)).toEqual([]);
  });

  test('a KV cache that is too small: the cause, and the engine\u2019s own maximum as the cure', () => {
    const events = eventsOf('vllm-0.25.1-kv-too-small-for-max-len.txt');
    const failure = events.find((event) => event.type === 'failure' && !event.isConsequence);
    expect(failure).toMatchObject({
      finding: {code: 'vllm.kv-cache-too-small', settingsChange: {contextLengthTokens: 121_840}},
    });
  });

  test('a stop that was asked for says so before its false crash lines', () => {
    const events = eventsOf('vllm-0.25.1-run-then-sigterm.txt');
    const asked = events.findIndex((event) => event.type === 'shutdown-requested');
    const dead = events.findIndex((event) => event.type === 'failure');
    expect(asked).toBeGreaterThan(-1);
    expect(dead).toBeGreaterThan(asked);
  });

  test.each([
    ['vllm-0.2x-nccl-watchdog-timeout.txt', 'vllm.nccl'],
    ['vllm-0.23-glm52-enginedead-runtime.txt', 'vllm.allocation-failed'],
    ['vllm-0.23-glm52-oom-after-kv-alloc.txt', 'vllm.out-of-memory'],
  ])('%s is named %s', (name, code) => {
    expect(causesOf(eventsOf(name))).toContain(code);
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
