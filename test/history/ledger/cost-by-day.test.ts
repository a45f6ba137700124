import type {DatabaseSync} from 'node:sqlite';
import fc from 'fast-check';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {documentSteps, rowSteps} from '../../../src/api/cost/cost-document.ts';
import {type CostDocument, costDocumentSchema} from '../../../src/api/cost/cost-values.ts';
import {nodeStates, tokenSources} from '../../../src/domain/cost/ledger/entries.ts';
import {EARLIER_RUN} from '../../../src/domain/cost/ledger/kept-entries.ts';
import {type BilledTime, CostReportSums} from '../../../src/domain/cost/report/cost-report.ts';
import {costSteps, costTextSteps} from '../../../src/history/ledger/read-cost.ts';
import {hourParts} from '../../../src/history/ledger/select-entries.ts';
import {selectEpochs} from '../../../src/history/ledger/select-ledger.ts';
import {openDatabase} from '../../../src/history/open-database.ts';
import {resultOf} from '../../../src/history/steps.ts';
import {MS_PER_DAY, MS_PER_HOUR} from '../../../src/shared/units.ts';
import {bookedPrices} from '../../support/build-booking.ts';

const START_MS = Date.UTC(2026, 10, 20);
const HOURS = 80;
/** In a day, a rack of 132 kW uses more milliwatt-milliseconds than a number holds exactly. */
const MOST_MW_MS = 132_000_000 * MS_PER_HOUR + 1;

let database: DatabaseSync;

beforeEach(() => {
  const opened = openDatabase(':memory:');
  if (!opened.ok) throw new Error(opened.error.message);
  ({database} = opened.value);
  const put = database.prepare(
    'INSERT INTO ledger_runs (run, run_id, engine, model, settings, digest, whole, cached_known, totals) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)',
  );
  for (const [index, runId] of [EARLIER_RUN, 'run-1', 'run-2'].entries())
    put.run(index + 1, runId, 'vllm', 'kimi-k2.7-code', 'tp 8', 'abc', Number(index !== 2), '{}');
  const dearer = {...bookedPrices, node: {microUsdPerHour: 31_000_001, microUsdPerKilowattHour: 210_000}};
  for (const [index, prices] of [bookedPrices, dearer].entries())
    database
      .prepare('INSERT INTO price_epochs (id, since_ms, document) VALUES (?, ?, ?)')
      .run(index + 1, index, JSON.stringify(prices));
});

afterEach(() => {
  vi.unstubAllEnvs();
  database.close();
});

const hour = fc.integer({min: 0, max: HOURS}).map((count) => START_MS + count * MS_PER_HOUR);
const isGap = fc.integer({min: 0, max: 1});
const epoch = fc.integer({min: 1, max: 2});
const count = fc.oneof(fc.nat(1_000_000), fc.constant(999_999_999_999));
const ledger: fc.Arbitrary<Rows> = fc.record({
  tokens: fc.array<Row>(
    fc.tuple(hour, fc.integer({min: 1, max: 3}), epoch, fc.constantFrom(...tokenSources), isGap, count, count, count),
    {maxLength: 60},
  ),
  times: fc.array<Row>(
    fc.tuple(hour, epoch, fc.constantFrom(...nodeStates), isGap, fc.nat(MS_PER_HOUR), fc.nat(MOST_MW_MS)),
    {maxLength: 60},
  ),
  legacy: fc.array<Row>(fc.tuple(hour, fc.nat(), fc.nat()), {maxLength: 4}),
});
const moment = fc.integer({min: START_MS - MS_PER_DAY, max: START_MS + (HOURS + 24) * MS_PER_HOUR});
const end = fc.option(fc.oneof(moment, hour));

type Row = (number | string)[];
type Rows = {readonly tokens: Row[]; readonly times: Row[]; readonly legacy: Row[]};

function fill({tokens, times, legacy}: Rows): void {
  for (const [table, rows] of Object.entries({ledger_tokens: tokens, ledger_time: times, ledger_legacy: legacy})) {
    database.exec(`DELETE FROM ${table}`);
    for (const row of rows)
      database.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${row.map(() => '?').join(', ')})`).run(...row);
  }
}

/** By hour into rows of days: as a report by any other key is made. */
function plainly(sinceMs: number, untilMs: number, billed: BilledTime): CostDocument {
  const sums = new CostReportSums(selectEpochs(database), 'day', billed);
  const head = {simulated: false, sinceMs, untilMs, coveredUntilMs: null, by: 'day' as const, books: [...sums.books]};
  return resultOf(documentSteps(head, rowSteps(sums, hourParts(database, sinceMs, untilMs))));
}

const at = (hours: number): number => START_MS + hours * MS_PER_HOUR;
const twoHours: Rows = {
  tokens: [],
  times: [0, 1].map((index) => [at(index), 1, 'serving', 0, MS_PER_HOUR, 1]),
  legacy: [],
};

test('a report by day is the same to the micro-dollar, whether SQLite adds up the hours or not', () => {
  fc.assert(
    fc.property(ledger, moment, moment, end, end, (rows, sinceMs, untilMs, billedSinceMs, billedUntilMs) => {
      fill(rows);
      const billed = {sinceMs: billedSinceMs, untilMs: billedUntilMs};
      const query = {sinceMs, untilMs, by: 'day'} as const;
      const {rows: days, total} = resultOf(costSteps(database, query, {simulated: false, nowMs: untilMs, billed}));
      const expected = plainly(sinceMs, untilMs, billed);
      expect({days, total}).toEqual({days: expected.rows, total: expected.total});
    }),
    // The bill begins after the end of what is read, and in the hour that it ends in.
    {numRuns: 100, examples: [[twoHours, START_MS, at(1.5), at(1.7), null]]},
  );
});

test('a document is as its schema has it, in its order, and so is its text', () => {
  const [rows] = fc.sample(ledger, {numRuns: 1, seed: 7});
  if (rows === undefined) throw new Error('no ledger');
  fill(rows);
  const about = {simulated: false, nowMs: START_MS, billed: {sinceMs: null, untilMs: null}};
  for (const by of ['hour', 'day', 'model', 'settings'] as const) {
    const untilMs = at(HOURS);
    const document = resultOf(costSteps(database, {sinceMs: 0, untilMs, by}, about));
    expect(document.rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(costDocumentSchema.parse(document))).toBe(JSON.stringify(document));
    for (const [isPretty, indent] of [
      [false, 0],
      [true, 2],
    ] as const) {
      const parts = resultOf(costTextSteps(database, {sinceMs: 0, untilMs, by, isPretty}, about));
      expect(Buffer.concat(parts).toString()).toBe(`${JSON.stringify(document, null, indent)}\n`);
    }
  }
});

test.each([
  ['a source that no Gantry books', "UPDATE ledger_tokens SET source = 'cliemt'", 'source'],
  ['a state that no node has', "UPDATE ledger_time SET state = 'serv'", 'state'],
  ['more tokens than a number holds', 'UPDATE ledger_tokens SET input = 9223372036854775807', 'large'],
  ['a run that nobody knows', 'DELETE FROM ledger_runs', 'invalid'],
])('%s is an error, never an amount', (_, damage, expected) => {
  fill({
    tokens: [[START_MS, 2, 1, 'client', 0, 1, 2, 3]],
    times: [[START_MS, 1, 'serving', 0, 4, 5]],
    legacy: [],
  });
  database.exec(damage);
  const about = {simulated: false, nowMs: START_MS + MS_PER_HOUR, billed: {sinceMs: null, untilMs: null}};
  for (const by of ['hour', 'day'] as const)
    expect(() => resultOf(costSteps(database, {sinceMs: START_MS, by}, about))).toThrow(expected);
});

// Clocks in Berlin go forward on 2027-03-28 and back on 2027-10-31; 2028 has a 29 February.
test.each([
  ['2027-02-27', ['2027-02-27', '2027-02-28', '2027-03-01']],
  ['2027-03-27', ['2027-03-27', '2027-03-28', '2027-03-29']],
  ['2027-10-30', ['2027-10-30', '2027-10-31', '2027-11-01']],
  ['2028-02-28', ['2028-02-28', '2028-02-29', '2028-03-01']],
])('a day has the 24 hours of its date in UTC on a host in Berlin: from %s', (first, dates) => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  const sinceMs = Date.parse(`${first}T00:00:00Z`);
  expect(new Date(sinceMs).getTimezoneOffset(), 'the time zone is in force').toBeLessThan(0);
  const hours = Array.from({length: 72}, (_, index) => sinceMs + index * MS_PER_HOUR);
  fill({
    tokens: hours.map((hourMs) => [hourMs, 2, 1, 'client', 0, 1, 10, 100]),
    times: hours.map((hourMs) => [hourMs, 1, 'serving', 0, MS_PER_HOUR, 1]),
    legacy: [],
  });
  const untilMs = sinceMs + 3 * MS_PER_DAY;
  const billed = {sinceMs: null, untilMs: null};
  const document = resultOf(
    costSteps(database, {sinceMs, untilMs, by: 'day'}, {simulated: false, nowMs: untilMs, billed}),
  );
  for (const {rows} of [document, plainly(sinceMs, untilMs, billed)]) {
    expect(rows.map(({key}) => key)).toEqual(
      dates.map((date) => ({of: 'time', startMs: Date.parse(`${date}T00:00:00Z`)})),
    );
    for (const {
      tokens: {client},
      timeMs,
    } of rows) {
      expect(client).toEqual({input: 24, cached: 240, output: 2_400});
      expect(timeMs.serving).toBe(MS_PER_DAY);
    }
  }
});
