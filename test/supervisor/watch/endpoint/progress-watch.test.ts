import {describe, expect, test} from 'vitest';
import type {RunEvent} from '../../../../src/domain/lifecycle/lifecycle.ts';
import {stallAfter, unseenStall} from '../../../../src/domain/traffic/forward-progress.ts';
import type {EngineMetricsSample} from '../../../../src/samples/engine-metrics.ts';
import type {WithoutTime} from '../../../../src/supervisor/loop/clock.ts';
import {createProgressWatch} from '../../../../src/supervisor/watch/endpoint/progress-watch.ts';
import type {ProcessLook} from '../../../../src/supervisor/watch/hang-evidence.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';

const busy: ProcessLook = {evidence: 'pid 7 uses 1.0 cores', stoppedPids: [], tracedPids: [], isLongStep: false};

/** A watch that gets the stall after every sample; what its processes do is answered immediately. */
function watch(seen: () => ProcessLook | Promise<ProcessLook> = () => busy) {
  const posted: WithoutTime<RunEvent>[] = [];
  const onStall = createProgressWatch(
    'run-1',
    async () => seen(),
    (event) => posted.push(event),
  );
  let track = unseenStall;
  const take = async (sample: EngineMetricsSample): Promise<void> => {
    track = stallAfter(track, sample);
    onStall(track.stall);
    await new Promise(setImmediate);
  };
  return {
    posted,
    types: () => posted.map(({type}) => type),
    take,
    /** Samples of so many requests and steps, one every five seconds. */
    during: async (from: number, to: number, runningRequests: number, progressTotal: number) => {
      for (let second = from; second <= to; second += 5)
        await take(buildMetricsSample(second, {runningRequests, progressTotal}));
    },
  };
}

describe('forward progress', () => {
  test('without a step while requests run: reported once, within a minute, with what its processes do', async () => {
    const {posted, during, types} = watch();
    await during(0, 45, 4, 1_000);
    expect(posted).toEqual([]);
    await during(50, 60, 4, 1_000);
    expect(posted).toMatchObject([
      {type: 'progress-stalled', evidence: 'pid 7 uses 1.0 cores', stall: {runningRequests: 4}},
    ]);
    await during(65, 300, 4, 1_000);
    expect(types()).toEqual(['progress-stalled']);
  });

  test('a compilation of 30 to 70 s, or a prompt in one step, is no stall: two minutes are', async () => {
    const {posted, during, types} = watch(() => ({...busy, isLongStep: true}));
    await during(0, 70, 4, 1_000);
    await during(71, 71, 4, 1_001);
    await during(72, 187, 4, 1_001);
    expect(posted).toEqual([]);
    await during(190, 205, 4, 1_001);
    expect(types()).toEqual(['progress-stalled']);
  });

  test('a process that is stopped, or held by a debugger, says it sooner', async () => {
    for (const held of [{stoppedPids: [7]}, {tracedPids: [7]}]) {
      const {posted, during} = watch(() => ({...busy, ...held, isLongStep: true}));
      await during(0, 15, 4, 1_000);
      expect(posted).toEqual([]);
      await during(20, 25, 4, 1_000);
      expect(posted).toMatchObject([{type: 'progress-stalled', ...held}]);
    }
  });

  test('a gap in the samples is no stall: Gantry, or the whole host, stood still', async () => {
    const {posted, take} = watch();
    for (const second of [0, 1, 601, 602, 1_202])
      await take(buildMetricsSample(second, {runningRequests: 4, progressTotal: 1_000}));
    expect(posted).toEqual([]);
  });

  test('an idle engine is not stalled', async () => {
    const {posted, during} = watch();
    await during(0, 600, 0, 1_000);
    expect(posted).toEqual([]);
  });

  test('requests that wait for a step that never comes are a stall, those that the engine defers are not', async () => {
    for (const [deferredRequests, count] of [
      [0, 1],
      [3, 0],
    ] as const) {
      const {posted, take} = watch();
      for (let second = 0; second <= 200; second += 10)
        await take(
          buildMetricsSample(second, {progressTotal: 7, runningRequests: 0, waitingRequests: 3, deferredRequests}),
        );
      expect(posted).toHaveLength(count);
    }
  });

  test('resumes at the first step after a stall, and the next stall is reported too', async () => {
    const {during, types} = watch();
    await during(0, 100, 4, 1_000);
    await during(105, 105, 4, 1_001);
    expect(types()).toEqual(['progress-stalled', 'progress-resumed']);
    await during(110, 200, 4, 1_001);
    expect(types()).toEqual(['progress-stalled', 'progress-resumed', 'progress-stalled']);
  });

  test('a stall that ended while its evidence was collected is not reported, nor is the next one with it', async () => {
    const looks: PromiseWithResolvers<ProcessLook>[] = [];
    const {during, posted} = watch(() => {
      const look = Promise.withResolvers<ProcessLook>();
      looks.push(look);
      return look.promise;
    });
    await during(0, 60, 4, 1_000);
    await during(61, 61, 4, 1_001);
    await during(62, 120, 4, 1_001);
    looks[0]?.resolve({...busy, stoppedPids: [7]});
    await during(122, 122, 4, 1_001);
    expect(posted).toEqual([]);
    looks[1]?.resolve(busy);
    await during(123, 123, 4, 1_001);
    expect(posted).toMatchObject([{type: 'progress-stalled', stoppedPids: []}]);
  });

  test('what the engine does not expose has no effect', async () => {
    const {posted, take} = watch();
    for (let second = 0; second <= 600; second += 10) await take(buildMetricsSample(second, {runningRequests: 3}));
    expect(posted).toEqual([]);
  });
});
