import {
  defaultFindingThresholds,
  type FindingThresholds,
} from '../../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {
  type ServingConditions,
  type ServingMoment,
  unseenServing,
  withMoment,
} from '../../../../src/domain/diagnosis/serving/serving-conditions.ts';
import type {EngineMetricsSample} from '../../../../src/samples/engine-metrics.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';

/** What is read in one second; nothing for null. */
export type Second = {
  readonly metrics?: Partial<EngineMetricsSample> | null;
  readonly memory?: ServingMoment['memory'];
  readonly beyondPlan?: ServingMoment['beyondPlan'];
};

export type Played = {readonly atSeconds: number; readonly conditions: ServingConditions};

export type PlayOptions = {
  readonly seconds: number;
  /** What is read at a second, and when it is not read at all: this process was stopped. */
  readonly at: (second: number) => Second | 'stopped';
  readonly thresholds?: FindingThresholds;
  readonly runningLimit?: number;
  readonly readySeconds?: number;
  readonly from?: ServingConditions;
};

/** The conditions after each second, as the supervisor judges them: samples of the last minute, fresh for 3.5 s. */
export function play({
  seconds,
  at,
  thresholds = defaultFindingThresholds,
  runningLimit,
  readySeconds = 3_600,
  from = unseenServing,
}: PlayOptions): readonly Played[] {
  let conditions = from;
  let samples: readonly EngineMetricsSample[] = [];
  const played: Played[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const read = at(second);
    if (read === 'stopped') continue;
    const {metrics = null, memory = [], beyondPlan = []} = read;
    if (metrics !== null) samples = [...samples, buildMetricsSample(second, metrics)].slice(-61);
    samples = samples.filter(({stamp}) => second * 1000 - stamp.monotonicMs <= 60_000);
    const newest = samples.at(-1);
    const isFresh = newest !== undefined && second * 1000 - newest.stamp.monotonicMs <= 3_500;
    conditions = withMoment(
      conditions,
      {
        nowMs: second * 1000,
        readyForMs: (readySeconds + second) * 1000,
        samples: isFresh ? samples : [],
        memory,
        beyondPlan,
        runningLimit: runningLimit ?? null,
      },
      thresholds,
    );
    played.push({atSeconds: second, conditions});
  }
  return played;
}

type Named = keyof ServingConditions;

/** The seconds at which a condition was raised and resolved, in turns. */
export function changesOf(played: readonly Played[], name: Named): readonly number[] {
  return played.flatMap(({atSeconds, conditions}, index) => {
    const before = played[index - 1]?.conditions[name].condition.isRaised ?? false;
    return conditions[name].condition.isRaised === before ? [] : [atSeconds];
  });
}

/** The conditions at the end. */
export function lastOf(played: readonly Played[]): ServingConditions {
  return played.at(-1)?.conditions ?? unseenServing;
}
