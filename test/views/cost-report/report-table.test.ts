import {expect, test} from 'vitest';
import {documentSteps, rowSteps} from '../../../src/api/cost/cost-document.ts';
import type {CostDocument} from '../../../src/api/cost/cost-values.ts';
import type {PriceDocument} from '../../../src/domain/cost/ledger/entries.ts';
import type {LedgerHours} from '../../../src/domain/cost/ledger/kept-entries.ts';
import {CostReportSums} from '../../../src/domain/cost/report/cost-report.ts';
import type {ReportKind} from '../../../src/domain/cost/report/report-kinds.ts';
import {resultOf} from '../../../src/history/steps.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {reportCsv} from '../../../src/views/cost-report/report-csv.ts';
import {reportTable} from '../../../src/views/cost-report/report-table.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {bookedPrices} from '../../support/build-booking.ts';

const DAY_MS = Date.UTC(2026, 10, 27);
const settings = {engine: 'vllm', settings: 'tensor parallel 8, "fp8" cache', settingsDigest: '0123456789abcdef'};
const tokens = {input: 60_000_000, cached: 500_000_000, output: 30_000_000};

function hoursOf(days: readonly number[]): LedgerHours {
  const at = days.map((day) => DAY_MS + day * 24 * MS_PER_HOUR);
  const entry = {runId: 'run-1', isGap: false, epoch: 1};
  return {
    tokens: at.flatMap((atMs) => [
      {...entry, atMs, source: 'client', tokens},
      {...entry, atMs, source: 'own', tokens: {input: 900, cached: 0, output: 900}},
    ]),
    times: at.flatMap((atMs, index) => [
      {atMs, epoch: 1, state: 'serving', isGap: index === 1, ms: 20 * MS_PER_HOUR, milliwattMs: 0},
      {atMs, epoch: 1, state: 'idle', isGap: false, ms: 3.5 * MS_PER_HOUR, milliwattMs: 0},
      {atMs, epoch: 1, state: 'down', isGap: false, ms: 0.5 * MS_PER_HOUR, milliwattMs: 0},
    ]),
    legacy: [],
    runs: [{runId: 'run-1', model: 'moonshotai/Kimi-K2.7-Code', isCachedKnown: true, ...settings}],
  };
}

function documentOf(by: ReportKind, prices: PriceDocument = bookedPrices): CostDocument {
  const sums = new CostReportSums([{id: 1, sinceMs: 0, prices}], by, {sinceMs: null, untilMs: null});
  const untilMs = DAY_MS + 48 * MS_PER_HOUR;
  const head = {simulated: false, sinceMs: DAY_MS, untilMs, coveredUntilMs: untilMs - MS_PER_HOUR, by};
  return resultOf(documentSteps({...head, books: [...sums.books]}, rowSteps(sums, [hoursOf([0, 1])])));
}

const linesOf = (document: CostDocument, columns = 80): string[] =>
  reportTable(document, {columns, glyphs: asciiGlyphs}).map((row) =>
    row
      .map(({text}) => text)
      .join('')
      .trimEnd(),
  );

test('a table of days fits into 80 columns, with a total, the price books, and what is in the figures', () => {
  expect(linesOf(documentOf('day'))).toMatchInlineSnapshot(`
    [
      "2026-11-27 00:00 to 2026-11-29 00:00 UTC",
      "             tokens serving   idle  other      node API value    saved   $/M",
      "2026-11-27   590.0M 20h 00m 3h 30m    30m   $691.20   $272.00 -$419.20 $1.17",
      "2026-11-28 * 590.0M 20h 00m 3h 30m    30m   $691.20   $272.00 -$419.20 $1.17",
      "total          1.2G 40h 00m 7h 00m 1h 00m $1,382.40   $544.00 -$838.40 $1.17",
      "",
      "the same tokens at         value     saved",
      "moonshot kimi-k2.7-code  $544.00  -$838.40",
      "",
      "Idle: 7h 00m, $201.60, 15 % of what the node cost.",
      "Other time: down 1h 00m.",
      "* Without a supervisor: 20h 00m.",
      "Not clients': 3,600 tokens of Gantry, 0 of benchmarks.",
      "Booked until 2026-11-28 23:00:00 UTC; the 1h 00m since are not yet booked.",
    ]
  `);
});

test('what is not booked yet is named, also the last half minute; of a time that has passed nothing is', () => {
  const document = documentOf('day');
  const lastOf = (coveredUntilMs: number) => linesOf({...document, coveredUntilMs}).at(-1);
  expect(lastOf(document.untilMs - 31_000)).toBe(
    'Booked until 2026-11-28 23:59:29 UTC; the 31s since are not yet booked.',
  );
  expect(lastOf(document.untilMs + 5_000)).not.toContain('Booked until');
});

test.each(['hour', 'day', 'model', 'settings'] as const)('a table by %s is not wider than its terminal', (by) => {
  for (const columns of [60, 80, 120]) {
    const table = linesOf(documentOf(by), columns).slice(1, 4);
    for (const line of table) expect(line.length).toBeLessThanOrEqual(columns);
  }
});

test('a node without a price and without price books has dashes, and says what to set', () => {
  const lines = linesOf(documentOf('day', {node: {microUsdPerHour: null, microUsdPerKilowattHour: null}, apis: []}));
  expect(lines.at(-4)).toBe('The node has no price: set cost.nodeUsdPerHour.');
  expect(lines.join('\n')).not.toMatch(/\$\d/);
});

test('values for programs have their units in the header, and text in quotes where it has to be', () => {
  const [header = '', row = ''] = reportCsv(documentOf('settings')).split('\n');
  const names = header.split(',');
  expect(names).toContain('moonshot_micro_usd');
  expect(names).toContain('serving_ms');
  expect(row).toContain('"tensor parallel 8, ""fp8"" cache"');
  expect(row).toContain(String(2 * 24 * 28_800_000));
});

test.each(['=HYPERLINK("http://x";"y")', '+1', '-1', '@SUM(A1)', '\tx'])(
  'a model named %j is text in a spreadsheet, and a negative amount is a number',
  (model) => {
    const {rows, ...others} = documentOf('model');
    const [row] = rows;
    if (row === undefined) throw new Error('the report has rows');
    const csv = reportCsv({...others, rows: [{...row, key: {of: 'model', model}, savedMicroUsd: -5}]});
    expect(csv).toMatch(/^model,,,"?'[=+\-@\t]/m);
    expect(csv).toContain(',-5,');
  },
);

test('hours that several models share are an estimate of each, and exact in the total', () => {
  const document = documentOf('model');
  const lines = linesOf({...document, rows: document.rows.map((row) => ({...row, isNodeShared: true}))});
  expect(lines).toContain('~ Hours in which several models used tokens are shared by their tokens.');
  expect(lines.filter((line) => /~\$1,382/.test(line)).map((line) => line.startsWith('total'))).toEqual([false]);
});
