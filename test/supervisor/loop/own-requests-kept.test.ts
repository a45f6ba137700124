import {expect, test} from 'vitest';
import {defaultFindingThresholds} from '../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import type {RequestUsage} from '../../../src/domain/traffic/own-requests/request-claim.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {SnapshotRecords} from '../../../src/supervisor/loop/snapshot-records.ts';
import {nothingObserved, type Observation, withObservation} from '../../../src/supervisor/snapshot/observation.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const usage: RequestUsage = {
  requests: 1,
  promptTokens: 1_000,
  cachedPromptTokens: 0,
  generatedTokens: 500,
  finishReason: 'stop',
};
const start = buildMetricsSample(0, {}).stamp;
const run = {runId: 'run-1', startedAtMs: start.sampledAtMs};
const million = 1_000_000;

/** The counters of an engine that served clients, and probes of 1,000 and 500 tokens. */
const page = (second: number, ofClients: number, probes: number): Observation => ({
  type: 'metrics',
  sample: buildMetricsSample(second, {
    promptTokensTotal: ofClients + probes * 1_000,
    cachedPromptTokensTotal: 0,
    generationTokensTotal: ofClients + probes * 500,
    finishedRequestsTotal: {stop: probes},
  }),
});

/** A supervisor of the run, which shares its history with others. */
function supervise(history: ConstructorParameters<typeof SnapshotRecords>[0]['history']) {
  let now = start;
  const clock = {nowMs: () => now.sampledAtMs, monotonicMs: () => now.monotonicMs};
  const records = new SnapshotRecords({
    history,
    clock,
    configured: () => ({findingThresholds: defaultFindingThresholds}),
    own: {add: ({message}) => expect.fail(message), resolve: () => undefined},
  });
  let seen = withObservation(nothingObserved, {type: 'run-changed', ...records.recallRun(run.runId, null)}, now);
  return {
    records,
    observe: (...observations: readonly Observation[]) => {
      for (const observation of observations) {
        if (observation.type === 'metrics') now = observation.sample.stamp;
        seen = withObservation(seen, observation, now);
      }
      const snapshot = buildSnapshot();
      records.add({...snapshot, engine: {...snapshot.engine, runId: run.runId}}, seen, initialLifecycleState());
      return seen.metrics;
    },
  };
}

test('probes of an earlier supervisor of the run are no tokens of clients for the next one', () => {
  const opened = openHistory({path: ':memory:'});
  if (!opened.ok) throw new Error(opened.error.message);
  const first = supervise(opened.value);
  const probes = Array.from({length: 40}, (_, index): Observation[] => {
    const key = Symbol('probe');
    const ended: Observation = {type: 'own-request-ended', key, usage};
    return [{type: 'own-request-sent', key, expected: usage}, page(index + 2, million, index + 1), ended];
  });
  const before = first.observe(page(1, million, 0), ...probes.flat(), page(50, million, 40));
  expect(before).toMatchObject({promptTokensTotal: million, finishedRequestsTotal: {stop: 0}});

  const second = supervise(opened.value);
  const after = second.observe(page(60, million, 40));
  expect(after).toMatchObject({
    promptTokensTotal: million,
    generationTokensTotal: million,
    finishedRequestsTotal: {stop: 0},
  });
  // And what it keeps is what the third one needs.
  const third = supervise(opened.value).observe(page(70, 2 * million, 40));
  expect(third).toMatchObject({promptTokensTotal: 2 * million});
  expect(second.records.recallRun('run-2', null).ownRequests.read).toBeNull();
});
