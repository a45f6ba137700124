import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {startPhases} from '../../../src/domain/lifecycle/phases.ts';
import {
  phaseDurations,
  phaseProgress,
  type StartProgressInput,
  startProgress,
} from '../../../src/domain/lifecycle/start-progress.ts';
import {absent, isPresent} from '../../../src/samples/reading.ts';

const unknown = absent('not said');
const base: StartProgressInput = {
  phase: 'load-weights',
  phaseRatio: 0.5,
  phaseEnteredAtMs: {launch: 0, 'load-weights': 20_000},
  nowMs: 70_000,
  earlierStarts: [],
  checkpointBytes: 500e9,
};

describe('with earlier starts of this node', () => {
  const earlierStarts = [
    {launch: 20_000, 'load-weights': 100_000, serve: 80_000},
    {launch: 20_000, 'load-weights': 300_000, serve: 80_000},
    {launch: 20_000, 'load-weights': 100_000, serve: 80_000},
  ];

  test('weights phases by their median and takes the rate of a phase from its own progress', () => {
    // done 20 + 50 of 200 s; the phase took 50 s for its first half, so 50 s more, and then 80 s.
    expect(startProgress({...base, earlierStarts})).toMatchObject({progressRatio: 0.35, etaMs: 130_000});
  });

  test('uses the time if the log reports no progress, and never exceeds 95 % of the phase', () => {
    const silent = {...base, earlierStarts, phaseRatio: unknown};
    expect(startProgress(silent)).toMatchObject({progressRatio: 0.35, etaMs: 130_000});
    expect(startProgress({...silent, nowMs: 900_000})).toMatchObject({progressRatio: (20 + 95) / 200});
  });

  test('has no remaining time once a phase takes much longer than before: it is never "0 s" for minutes', () => {
    const at = (phase: 'load-weights' | 'serve', nowMs: number, phaseRatio: typeof unknown | number = unknown) =>
      startProgress({...base, earlierStarts, phase, phaseRatio, phaseEnteredAtMs: {[phase]: 0}, nowMs}).etaMs;
    const late = {absent: 'this phase takes longer than in earlier starts'};
    // 80 s follow: up to 20 s more change little.
    expect(at('load-weights', 119_999)).toBe(80_000);
    expect(at('load-weights', 120_000)).toEqual(late);
    expect(at('serve', 79_999)).toBe(1);
    expect(at('serve', 80_000)).toEqual(late);
    // All of it is done, as an API that is open; the first answer is missing.
    expect(at('serve', 30_000, 1)).toBe(50_000);
    expect(at('serve', 80_000, 1)).toEqual(late);
    // Its own progress says more than earlier starts.
    expect(at('load-weights', 200_000, 0.5)).toBe(280_000);
  });
});

describe('without any earlier start', () => {
  const noStart = {absent: 'no comparable start on this node yet'};

  test('the completed fraction uses typical phase weights, and there is no time until ready', () => {
    const {progressRatio, etaMs} = startProgress(base);
    // Typical: 30 s before the weights, 330 s of weights, 420 s in all.
    expect(progressRatio).toBeCloseTo((30 + 165) / 420, 10);
    expect(etaMs).toEqual(noStart);
  });

  test('the end of loading comes from the bytes left and the rate of this start', () => {
    // Half of 500 GB in 50 s.
    expect(startProgress(base).phaseEta).toEqual({ms: 50_000, bytesPerSecond: 5e9});
    const quarter = startProgress({...base, phase: 'download', phaseRatio: 0.25, phaseEnteredAtMs: {download: 30_000}});
    expect(quarter.phaseEta).toEqual({ms: 120_000, bytesPerSecond: 3.125e9});
  });

  test.each([
    ['a phase that reads no bytes', {phase: 'compile'}],
    ['a phase whose log shows no progress', {phaseRatio: unknown}],
    ['a checkpoint of unknown size', {checkpointBytes: unknown}],
    ['the first seconds', {nowMs: 24_999}],
    ['the first bytes', {phaseRatio: 0.019}],
    ['a phase whose bytes are all read', {phaseRatio: 1}],
    ['a phase that was entered before Gantry looked', {phaseEnteredAtMs: {}}],
  ] as const)('has no estimate in %s', (_, change) => {
    const {etaMs, phaseEta} = startProgress({...base, ...change});
    expect(etaMs).toEqual(noStart);
    expect(phaseEta).toEqual({absent: expect.any(String)});
  });
});

test('is absent before the launch', () => {
  expect(startProgress({...base, phase: null})).toMatchObject({
    progressRatio: {absent: expect.any(String)},
    etaMs: {absent: expect.any(String)},
    phaseEta: {absent: expect.any(String)},
  });
});

test('stays between 0 and 1, never gives a negative time, and does not decrease as phases pass', () => {
  const duration = fc.integer({min: 0, max: 2_000_000});
  const durations = fc.record(Object.fromEntries(startPhases.map((phase) => [phase, duration])), {requiredKeys: []});
  fc.assert(
    fc.property(
      fc.array(durations, {maxLength: 5}),
      fc.oneof(fc.double({min: 0, max: 1, noNaN: true}), fc.constant(unknown)),
      duration,
      (earlierStarts, ratio, nowMs) => {
        let last = 0;
        for (const phase of startPhases) {
          const {progressRatio, etaMs, phaseEta} = startProgress({
            phase,
            phaseRatio: ratio,
            phaseEnteredAtMs: {[phase]: 0},
            nowMs,
            earlierStarts,
            checkpointBytes: 500e9,
          });
          if (!isPresent(progressRatio)) throw new Error('a phase is known');
          expect(progressRatio).toBeGreaterThanOrEqual(last - 1e-9);
          expect(progressRatio).toBeLessThanOrEqual(1);
          if (isPresent(etaMs)) expect(etaMs).toBeGreaterThanOrEqual(0);
          if (isPresent(phaseEta)) expect(phaseEta.ms).toBeGreaterThanOrEqual(0);
          // Two estimates of one start could disagree.
          expect(isPresent(etaMs) && isPresent(phaseEta)).toBe(false);
          last = progressRatio;
        }
      },
    ),
  );
});

test('a phase that earlier starts did not have, or that took no time, adds nothing to the completed fraction', () => {
  const earlierStarts = [
    {launch: 50_000, serve: 50_000},
    {launch: 50_000, compile: 0, serve: 50_000},
  ];
  const at = (nowMs: number) =>
    startProgress({
      ...base,
      phase: 'compile',
      phaseRatio: unknown,
      phaseEnteredAtMs: {compile: 50_000},
      nowMs,
      earlierStarts,
    });
  expect(at(50_000)).toMatchObject({progressRatio: 0.5});
  expect(at(60_000)).toMatchObject({progressRatio: 0.5, etaMs: 50_000});
});

test('durations of a finished start are from each phase to the next, and from the last one to ready', () => {
  expect(phaseDurations({launch: 1_000, 'load-weights': 4_000, serve: 9_000}, 10_000)).toEqual({
    launch: 3_000,
    'load-weights': 5_000,
    serve: 1_000,
  });
  expect(phaseDurations({}, 10_000)).toBeNull();
});

test('the progress of a phase has the bytes only of a phase that reads them', () => {
  const checkpointBytes = 1_000_000;
  expect(phaseProgress({phase: 'load-weights', phaseRatio: 0.5, checkpointBytes})).toEqual({
    ratio: 0.5,
    totalBytes: checkpointBytes,
  });
  for (const phase of ['compile', null] as const)
    expect(phaseProgress({phase, phaseRatio: 0.5, checkpointBytes}).totalBytes).toEqual({
      absent: 'this phase does not read bytes',
    });
});
