import {expect, test} from 'vitest';
import {openHistory} from '../../../src/history/open-history.ts';
import {BenchDesk} from '../../../src/supervisor/bench/bench-desk.ts';
import {buildBench} from '../../views/bench/build-bench.ts';

test('what is kept is listed, the newest first, without what another version has written', () => {
  const opened = openHistory({path: ':memory:'});
  if (!opened.ok) throw new Error(opened.error.message);
  const {ledger} = opened.value;
  const {keepBench, getBenches} = new BenchDesk(ledger, () => 0).handlers;
  const [first, second] = [buildBench(), buildBench({end: 'saturated', endDetail: 'Enough.', runId: 'run-7'})];
  expect([keepBench(first), keepBench(second)].map(({ok}) => ok)).toEqual([true, true]);
  ledger.putBench({atMs: 1, runId: '', tool: 'later', document: {schemaVersion: 99}});
  expect(getBenches()).toEqual({ok: true, value: {benches: [second, first]}});
  opened.value.close();
});
