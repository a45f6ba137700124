import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../../src/api/snapshot.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {ownMetrics, metricsText as textOf} from '../../../../src/supervisor/server/metrics/metrics-text.ts';
import {buildFinding, buildGpu, buildSnapshot} from '../../../support/build-snapshot.ts';
import {bookedAmounts} from './booked-amounts.ts';

const metricsText = (snapshot: Snapshot) => textOf({snapshot, ledger: bookedAmounts()});

/** One sample line of the text format 0.0.4. */
const sampleLine = /^([a-z_]+)\{([a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\} (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/** Lines that are no comment, no sample and not empty; and headers that no sample follows. */
function headersWithoutSamples(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.filter((line, index) => {
    if (sampleLine.test(line)) return false;
    const isHeader = /^# (?:HELP|TYPE) /.test(line);
    return (
      !isHeader ||
      lines
        .slice(index)
        .find((later) => !/^# TYPE /.test(later) && later !== line)
        ?.startsWith('#')
    );
  });
}

describe('metricsText', () => {
  test('is text that Prometheus reads: help and type once, before the samples of their name', () => {
    const seen = new Set<string>();
    let name = '';
    // A family without any value, such as those of GPUs on a node without any, has no header either.
    const pages = [buildSnapshot(), buildSnapshot({gpus: []}), buildSnapshot({engine: {startedAtMs: null}})];
    for (const page of pages) expect(headersWithoutSamples(metricsText(page))).toEqual([]);
    for (const line of metricsText(buildSnapshot()).trimEnd().split('\n')) {
      const header = /^# (HELP|TYPE) ([a-z_]+) .+$/.exec(line);
      if (header?.[1] === 'HELP') {
        name = header[2] ?? '';
        expect(seen.has(name)).toBe(false);
        seen.add(name);
      } else if (header !== null) expect(header[2]).toBe(name);
      else expect(sampleLine.exec(line)?.[1]).toBe(name);
    }
    expect(seen.size).toBeGreaterThan(20);
  });

  test('has the labels of each metric that its page names', () => {
    const snapshot = buildSnapshot({findings: [buildFinding()]});
    for (const {name, labels, read} of ownMetrics) {
      const points = read({snapshot, ledger: bookedAmounts()});
      expect([name, points.length]).not.toEqual([name, 0]);
      for (const point of points) expect([name, Object.keys(point.labels ?? {})]).toEqual([name, labels]);
    }
  });

  test('marks every series of a simulated node', () => {
    const samples = metricsText(buildSnapshot({simulated: true}))
      .split('\n')
      .filter((line) => /^gantry/.test(line));
    for (const line of samples) expect(line).toContain('simulated="true"');
  });

  test('is 1 for the state of the engine and 0 for every other', () => {
    const text = metricsText(buildSnapshot({engine: {state: 'degraded'}}));
    const states = [...text.matchAll(/gantry_engine_state\{state="([a-z-]+)",simulated="false"\} ([01])/g)];
    expect(states.filter(([, , value]) => value === '1').map(([, state]) => state)).toEqual(['degraded']);
    expect(states).toHaveLength(9);
  });

  test('omits unknown values instead of exposing zero', () => {
    const text = metricsText(
      buildSnapshot({
        gpus: [buildGpu(0), buildGpu(1, {memoryUsedBytes: absent('the card is lost'), fault: 'GPU is lost'})],
        traffic: {runningRequests: absent('the engine does not answer')},
      }),
    );
    expect(text).toMatch(/gantry_gpu_memory_used_bytes\{gpu="0"/);
    expect(text).not.toMatch(/gantry_gpu_memory_used_bytes\{gpu="1"/);
    expect(text).not.toContain('gantry_running_requests');
    expect(text).toMatch(/gantry_gpu_healthy\{gpu="1",simulated="false"\} 0/);
  });

  test('escapes what a label must not contain', () => {
    expect(metricsText(buildSnapshot({node: {hostname: 'a"b\\c\nd'}}))).toContain('hostname="a\\"b\\\\c\\nd"');
  });
});
