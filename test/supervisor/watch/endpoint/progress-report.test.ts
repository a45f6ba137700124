import {expect, test} from 'vitest';
import type {RunEvent} from '../../../../src/domain/lifecycle/lifecycle.ts';
import type {HangEvidence} from '../../../../src/domain/lifecycle/lifecycle-findings.ts';
import type {WithoutTime} from '../../../../src/supervisor/loop/clock.ts';
import {reportProgress} from '../../../../src/supervisor/watch/endpoint/progress-report.ts';

const stalled = (stalledMs: number) =>
  ({type: 'progress-stalled', runId: 'run-1', stall: {stalledMs, runningRequests: 2, waitingRequests: 0}}) as const;
const resumed = {type: 'progress-resumed', runId: 'run-1'} as const;

/** The evidence of each stall arrives when its turn is called. */
function reporter() {
  const posted: WithoutTime<RunEvent>[] = [];
  const looks: PromiseWithResolvers<HangEvidence>[] = [];
  const findEvidence = (): Promise<HangEvidence> => {
    const look = Promise.withResolvers<HangEvidence>();
    looks.push(look);
    return look.promise;
  };
  const report = reportProgress(findEvidence, (event) => posted.push(event));
  const found = async (index: number, evidence: string): Promise<void> => {
    looks[index]?.resolve({evidence, stoppedPids: [7], tracedPids: []});
    await looks[index]?.promise;
  };
  return {posted, report, found};
}

test('a stall is posted with what its processes do, its end after it', async () => {
  const {posted, report, found} = reporter();
  report(stalled(90_000));
  expect(posted).toEqual([]);
  await found(0, 'pid 7 sleeps');
  expect(posted).toEqual([{...stalled(90_000), evidence: 'pid 7 sleeps', stoppedPids: [7], tracedPids: []}]);
  report(resumed);
  expect(posted.at(-1)).toEqual(resumed);
});

test('a stall that ended while its evidence was collected is not posted', async () => {
  const {posted, report, found} = reporter();
  report(stalled(90_000));
  report(resumed);
  await found(0, 'pid 7 sleeps');
  expect(posted).toEqual([resumed]);
});

test('a second stall is posted once, with its own evidence', async () => {
  const {posted, report, found} = reporter();
  report(stalled(90_000));
  report(resumed);
  report(stalled(91_000));
  await found(0, 'late');
  await found(1, 'pid 7 is blocked');
  expect(posted).toEqual([
    resumed,
    {...stalled(91_000), evidence: 'pid 7 is blocked', stoppedPids: [7], tracedPids: []},
  ]);
});
