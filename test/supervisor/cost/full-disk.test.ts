import {execFileSync} from 'node:child_process';
import {closeSync, mkdirSync, openSync, rmSync, writeSync} from 'node:fs';
import path from 'node:path';
import {afterEach, expect, type TestContext, test} from 'vitest';
import type {ApiError} from '../../../src/api/commands.ts';
import {type LedgerState, withRun, withTimeUntil, withTotals} from '../../../src/domain/cost/ledger/ledger-state.ts';
import {type HistoryStore, openHistory} from '../../../src/history/open-history.ts';
import {MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {SlotFile} from '../../../src/sources/slots/slot-file.ts';
import {keptLedgerSchema} from '../../../src/supervisor/cost/kept-ledger.ts';
import {LedgerBooker} from '../../../src/supervisor/cost/ledger-booker.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {ledgerRun, ledgerSince, momentAt, plainTerms, timesOf} from '../../support/build-ledger.ts';

const START = Date.UTC(2026, 10, 28, 12);
let history: HistoryStore | null = null;
let mounted: string | null = null;

afterEach(() => {
  history?.close();
  if (mounted !== null) execFileSync('umount', ['-l', mounted]);
  history = null;
  mounted = null;
});

function mountSmall(context: TestContext): string {
  const small = path.join(temporaryDirectory('full-disk'), 'small');
  mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', small], {stdio: 'pipe'});
  } catch (error) {
    console.warn(
      `NOT TESTED: ${context.task.name}, since nothing can be mounted here (${String(error).split('\n')[0]})`,
    );
    context.skip();
  }
  mounted = small;
  return small;
}

function fill(small: string): void {
  const filler = openSync(path.join(small, 'filler'), 'w');
  expect(() => {
    for (;;) writeSync(filler, Buffer.alloc(512));
  }).toThrow('ENOSPC');
  closeSync(filler);
}

test('of a disk that is full for an hour nothing is lost, also if the supervisor is killed meanwhile', async (context) => {
  const small = mountSmall(context);
  const slots = new SlotFile(path.join(small, 'ledger'), keptLedgerSchema);
  const findings = new Map<string, ApiError>();
  const own = {
    add: (error: ApiError, topic = '') => void findings.set(topic, error),
    resolve: (topic: string) => void findings.delete(topic),
  };
  const opened = openHistory({path: path.join(small, 'history.sqlite')});
  if (!opened.ok) throw new Error(opened.error.message);
  history = opened.value;
  const {ledger} = history;
  let booker = new LedgerBooker({store: ledger, slots, own});
  let state: LedgerState = withRun(ledgerSince(momentAt(START)), ledgerRun('r1'), momentAt(START));
  const keep = (kept: LedgerState): void => booker.keep({state: kept, follower: null, benchLease: null});
  const pass = (minutes: number): void => {
    for (let minute = 0; minute < minutes; minute++) {
      const now = momentAt(state.at.wallMs + MS_PER_MINUTE - 1_000);
      state = withTimeUntil(state, now, {state: 'serving', runId: 'r1', milliwatts: 5_000_000}, plainTerms());
      state = withTotals(state, ledgerRun('r1', Math.floor((now.wallMs - START) / 1_000)), now);
      keep(state);
      state = booker.book(state, now.wallMs, keep);
    }
  };
  pass(20);
  expect([...findings]).toEqual([]);
  fill(small);
  pass(60);
  expect([...findings.keys()]).toEqual(['ledger.not-booked']);
  expect(findings.get('ledger.not-booked')).toMatchObject({
    message: 'Tokens and cost are not booked. The history cannot be written: database or disk is full.',
    remedy: expect.stringMatching(/^Free some space .* Nothing is lost/),
  });
  // Killed: the next one has what the file has.
  booker = new LedgerBooker({store: ledger, slots, own});
  const kept = booker.read()?.state;
  if (kept === undefined) throw new Error('nothing kept');
  state = booker.reconcile(kept);
  pass(10);
  rmSync(path.join(small, 'filler'));
  pass(10);
  expect([...findings]).toEqual([]);
  expect(timesOf(state.bookings)).toEqual({});
  const sums = await ledger.sums(0);
  if (!sums.ok) throw new Error(sums.error.message);
  const ms = state.at.wallMs - START;
  expect(sums.value.times.reduce((sum, time) => sum + time.ms, 0)).toBe(ms);
  expect(sums.value.times.reduce((sum, time) => sum + time.milliwattMs, 0n)).toBe(BigInt(ms) * 5_000_000n);
  expect(sums.value.tokens.map(({tokens}) => tokens.output)).toEqual([Math.floor(ms / 1_000)]);
});
