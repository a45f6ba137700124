import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {planOutcome} from '../../../../src/domain/memory/plan/plan-outcome.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {vllmMemory} from '../../../../src/engines/vllm/memory.ts';
import {type HistoryStore, openHistory} from '../../../../src/history/open-history.ts';
import {readPastHistory} from '../../../../src/history/past/read-past-history.ts';
import {type PastNode, readPastNode} from '../../../../src/history/past/read-past-node.ts';
import {MS_PER_DAY, MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {presentOfPast} from '../../../../src/supervisor/cost/size/past-node.ts';
import {sizeOfNode} from '../../../../src/supervisor/cost/size/size-of-node.ts';
import {usualSettings} from '../../../domain/memory/plan-samples.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';
import {bookedMinute, bookedRun, HOUR_MS} from '../../../support/build-booking.ts';
import {planOf} from '../../../support/plan-of.ts';

const tokens = {input: 1_000, cached: 0, output: 0};
const settings: LaunchSettings = {...usualSettings, contextLengthTokens: 131_072};

let file = '';
let store: HistoryStore;

beforeEach(() => {
  file = path.join(temporaryDirectory('past-node'), 'history.sqlite');
  const opened = openHistory({path: file});
  if (!opened.ok) throw new Error(opened.error.message);
  store = opened.value;
});

/** A start on eight of these GPUs that became ready. */
function recordStart(nodeSpec: string): void {
  store.recordStart({runId: 'run-1', engineName: 'vllm', phaseDurationsMs: {}, totalMs: 1, settings});
  const outcome = planOutcome({
    runId: 'run-1',
    atMs: HOUR_MS,
    plan: planOf(settings, nodeSpec, '0.25.1'),
    engine: vllmMemory,
    engineVersion: '0.25.1',
    facts: {kvCapacityTokens: 700_000},
    usedBytes: null,
  });
  if (outcome === null) throw new Error('nothing was measured');
  store.recordOutcome(outcome);
}

function past(): PastNode {
  const read = readPastNode(file);
  if (!read.ok || read.value === null) throw new Error('there is no history');
  return read.value;
}

test('a node is sized from its file alone, as of when it was last watched', async () => {
  recordStart('8xH200');
  store.ledger.book(bookedMinute(null, HOUR_MS, tokens, bookedRun(tokens)));
  store.close();
  const {watchedUntilMs} = past();
  expect(watchedUntilMs).toBe(HOUR_MS + MS_PER_MINUTE);
  const nowMs = HOUR_MS + 9 * MS_PER_DAY;
  const size = await sizeOfNode(
    {
      snapshot: presentOfPast(past(), null),
      getHistory: async (query) => readPastHistory(file, query, nowMs),
      lookUp: async () => null,
      prices: {apis: [], gpus: [], ownership: []},
      nowMs,
      watchedUntilMs,
    },
    MS_PER_DAY,
  );
  expect(size).toMatchObject({
    ok: true,
    value: {
      present: {gpuName: 'NVIDIA H200', gpuCount: 8, usdPerHour: 28.8, contextTokens: 131_072},
      load: {sinceMs: HOUR_MS + MS_PER_MINUTE - MS_PER_DAY, untilMs: HOUR_MS + MS_PER_MINUTE},
      // Nothing is known of the KV cache: all of it may have been used, and a quarter is added.
      neededKvTokens: 875_000,
      isWholeWeek: false,
    },
  });
});

test('what the file does not say is absent, with the reason', () => {
  expect(presentOfPast(past(), null)).toMatchObject({
    plan: {absent: 'no engine has become ready'},
    cost: {nodeUsdPerHour: {absent: 'the ledger has no price of the node'}},
  });
  store.recordStart({runId: 'run-1', engineName: 'vllm', phaseDurationsMs: {}, totalMs: 1, settings});
  expect(presentOfPast(past(), null).plan).toEqual({absent: 'no start has measured the memory of the GPUs'});
  store.close();
});
