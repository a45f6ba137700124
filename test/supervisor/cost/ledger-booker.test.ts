import {existsSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import type {ApiError} from '../../../src/api/commands.ts';
import {type LedgerState, withTimeUntil} from '../../../src/domain/cost/ledger/ledger-state.ts';
import {type HistoryStore, openHistory} from '../../../src/history/open-history.ts';
import {SlotFile} from '../../../src/sources/slots/slot-file.ts';
import {keptLedgerSchema} from '../../../src/supervisor/cost/kept-ledger.ts';
import {LedgerBooker} from '../../../src/supervisor/cost/ledger-booker.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {ledgerSince, momentAt, plainTerms, timesOf} from '../../support/build-ledger.ts';

const START = Date.UTC(2026, 10, 28, 12);
const down = {state: 'down', runId: null, milliwatts: null} as const;
const findings = new Map<string, ApiError>();

let directory = '';
let histories: HistoryStore[] = [];

beforeEach(() => {
  directory = temporaryDirectory('ledger-booker');
  findings.clear();
});
afterEach(() => {
  for (const history of histories) history.close();
  histories = [];
});

/** A booker on the history and the kept file of these names. */
function bookerOf(history: string, kept: string): LedgerBooker {
  const opened = openHistory({path: path.join(directory, history)});
  if (!opened.ok) throw new Error(opened.error.message);
  histories.push(opened.value);
  return new LedgerBooker({
    store: opened.value.ledger,
    slots: new SlotFile(path.join(directory, kept), keptLedgerSchema),
    own: {
      add: (error, topic = '') => void findings.set(topic, error),
      resolve: (topic) => void findings.delete(topic),
    },
  });
}

/** Some seconds of a node, of which the first are booked and the rest are kept. */
function run(booker: LedgerBooker, before: LedgerState = ledgerSince(momentAt(START))): LedgerState {
  const keep = (state: LedgerState): void => booker.keep({state, follower: null, benchLease: null});
  let state = withTimeUntil(before, momentAt(before.at.wallMs + 10_000), down, plainTerms());
  state = booker.book(state, 0, keep);
  state = withTimeUntil(state, momentAt(state.at.wallMs + 5_000), down, plainTerms());
  keep(state);
  return state;
}

test('what was kept for another ledger is set aside and not booked, and that is a finding', () => {
  run(bookerOf('ours.sqlite', 'ours.ledger'));
  run(bookerOf('other.sqlite', 'other.ledger'));
  const booker = bookerOf('ours.sqlite', 'other.ledger');
  expect(booker.read()).toBeNull();
  const aside = /moved to (\S+)\.$/.exec(findings.get('ledger.set-aside')?.message ?? '')?.[1] ?? '';
  expect(existsSync(aside)).toBe(true);
  expect(existsSync(path.join(directory, 'other.ledger'))).toBe(false);
});

test('what was kept is booked where it belongs, and into a new ledger', () => {
  const state = run(bookerOf('ours.sqlite', 'ours.ledger'));
  for (const history of ['ours.sqlite', 'new.sqlite']) {
    const kept = bookerOf(history, 'ours.ledger').read();
    expect(timesOf(kept?.state.bookings ?? [])).toEqual(timesOf(state.bookings));
  }
  expect([...findings.keys()]).toEqual([]);
});

test.each([
  ['damaged', 'no version'],
  ['of a newer Gantry', '0'.repeat(8)],
])('a file that is %s is not overwritten', (_, text) => {
  writeFileSync(path.join(directory, 'ours.ledger'), text);
  const booker = bookerOf('ours.sqlite', 'ours.ledger');
  expect(booker.read()).toBeNull();
  expect(findings.get('ledger.set-aside')?.message).toMatch(/damaged, or of another Gantry.*was moved to/);
  run(booker);
  expect([...findings.keys()]).toEqual(['ledger.set-aside']);
});
