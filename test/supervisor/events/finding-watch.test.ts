import {expect, test} from 'vitest';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {type WatchedFindings, watchFindings} from '../../../src/supervisor/events/finding-watch.ts';
import {findingOf} from '../../domain/lifecycle/lifecycle-samples.ts';

/** Shows findings second by second; the codes of the events come back with the second they came in. */
function run(seconds: readonly (readonly Finding[])[]): string[] {
  let watched: WatchedFindings = new Map();
  return seconds.flatMap((findings, second) => {
    const step = watchFindings(watched, findings, {atMs: 1, monotonicMs: second * 1_000, runId: null});
    watched = step.watched;
    return step.events.map(({code, details}) => `${second} ${code} ${details['finding']}`);
  });
}

const lost = findingOf('gpu.lost');

test('a finding is logged when it appears and when it is resolved, not at every tick', () => {
  const seconds = [[], ...Array<Finding[]>(5).fill([lost]), ...Array<Finding[]>(15).fill([])];
  expect(run(seconds)).toEqual(['1 finding.appeared gpu.lost', '15 finding.gone gpu.lost']);
});

test('a finding that is absent for a few ticks is not resolved', () => {
  expect(run([[lost], [], [], [lost], [], [lost]])).toEqual(['0 finding.appeared gpu.lost']);
});

test('a changed message is not a new finding, and mere advice is not an event', () => {
  expect(run([[lost], [{...lost, message: 'Another reading.'}], [lost, findingOf('memory.note', 'info')]])).toEqual([
    '0 finding.appeared gpu.lost',
  ]);
});

test('a resolved finding says how long it lasted, until it was last seen', () => {
  const first = watchFindings(new Map(), [lost], {atMs: 1, monotonicMs: 0, runId: null});
  const second = watchFindings(first.watched, [lost], {atMs: 2, monotonicMs: 30_000, runId: null});
  const third = watchFindings(second.watched, [], {atMs: 3, monotonicMs: 50_000, runId: 'run-1'});
  expect(third.events).toEqual([
    {
      atMs: 3,
      code: 'finding.gone',
      severity: 'info',
      actor: 'host',
      message: 'Resolved: gpu.lost happened.',
      runId: 'run-1',
      details: {finding: 'gpu.lost', lastedMs: 30_000},
    },
  ]);
});
