import {describe, expect, test} from 'vitest';
import {stallAfter, unseenStall} from '../../../../src/domain/traffic/forward-progress.ts';
import type {EngineMetricsSample} from '../../../../src/samples/engine-metrics.ts';
import {createProgressWatch, type ProgressEvent} from '../../../../src/supervisor/watch/endpoint/progress-watch.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';

/** A watch that is told the stall after every sample. */
function watchSamples(onEvent: (event: ProgressEvent) => void): (sample: EngineMetricsSample) => void {
  const look = createProgressWatch('run-1', onEvent);
  let track = unseenStall;
  return (sample) => {
    track = stallAfter(track, sample);
    look(track.stall);
  };
}

function watch() {
  const events: string[] = [];
  const look = watchSamples((event) => events.push(event.type));
  return {
    events,
    look: (atSeconds: number, runningRequests: number, progressTotal: number) =>
      look(buildMetricsSample(atSeconds, {runningRequests, progressTotal})),
  };
}

describe('forward progress', () => {
  test('stalls after 90 s without a token while requests run, and is reported once', () => {
    const {events, look} = watch();
    for (let second = 0; second <= 200; second += 10) look(second, 4, 1_000);
    expect(events).toEqual(['progress-stalled']);
  });

  test('does not stall within the 30 to 70 s of a first compilation', () => {
    const {events, look} = watch();
    for (let second = 0; second <= 70; second += 10) look(second, 4, 1_000);
    look(71, 4, 1_001);
    expect(events).toEqual([]);
  });

  test('a gap in the samples is no stall: Gantry, or the whole host, stood still', () => {
    const {events, look} = watch();
    for (const second of [0, 1, 601, 602, 1_202]) look(second, 4, 1_000);
    expect(events).toEqual([]);
  });

  test('an idle engine is not stalled', () => {
    const {events, look} = watch();
    for (let second = 0; second <= 600; second += 10) look(second, 0, 1_000);
    expect(events).toEqual([]);
  });

  test('requests that wait for a step that never comes are a stall, those that the engine defers are not', () => {
    const stalls = (deferredRequests: number): readonly string[] => {
      const events: string[] = [];
      const look = watchSamples((event) => events.push(event.type));
      for (let second = 0; second <= 200; second += 10) {
        look(buildMetricsSample(second, {progressTotal: 7, runningRequests: 0, waitingRequests: 3, deferredRequests}));
      }
      return events;
    };
    expect(stalls(0)).toEqual(['progress-stalled']);
    expect(stalls(3)).toEqual([]);
  });

  test('resumes at the first token after a stall', () => {
    const {events, look} = watch();
    for (let second = 0; second <= 100; second += 10) look(second, 4, 1_000);
    look(110, 4, 1_001);
    expect(events).toEqual(['progress-stalled', 'progress-resumed']);
  });

  test('what the engine does not expose has no effect', () => {
    const events: string[] = [];
    const look = watchSamples((event) => events.push(event.type));
    for (let second = 0; second <= 600; second += 10) look(buildMetricsSample(second, {runningRequests: 3}));
    expect(events).toEqual([]);
  });
});
