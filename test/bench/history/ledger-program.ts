import {rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {
  Booking,
  LedgerClock,
  LedgerRun,
  PriceDocument,
  TimeEntry,
  TokenCounts,
  TokenEntry,
} from '../../../src/domain/cost/ledger/entries.ts';
import type {ReportKind} from '../../../src/domain/cost/report/report-kinds.ts';
import {type HistoryStore, openHistory} from '../../../src/history/open-history.ts';
import {readPastCost} from '../../../src/history/past/read-past-cost.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {type Cost, costOf, cpuMs} from './cost-of-calls.ts';
import {judgeSize} from './judge-size.ts';
import {partsOfAbsence} from './parts-of-absence.ts';

const DAYS = 400;
const START_MS = Date.UTC(2026, 0, 1);
const END_MS = START_MS + DAYS * MS_PER_DAY;
const RUN_DAYS = 2;
const PRICE_DAYS = 20;
const BOOKS = 5;
const MOST_FILE_BYTES = 6e6;
const MOST_CHART_MS = 50;
const MOST_BLOCKED_MS = 10;
const MONTH = '30 days by hour';
const YEAR = `${DAYS} days by hour`;
const about = {simulated: false, nowMs: END_MS, billed: {sinceMs: null, untilMs: null}};
const monthQuery = {sinceMs: END_MS - 30 * MS_PER_DAY, by: 'hour'} as const;
const noTokens: TokenCounts = {input: 0, cached: 0, output: 0};

let booked = noTokens;
let since: LedgerClock | null = null;

function pricesAt(atMs: number): PriceDocument {
  const change = Math.floor((atMs - START_MS) / (PRICE_DAYS * MS_PER_DAY));
  const apis = Array.from({length: BOOKS}, (_, index) => ({
    name: `book ${index}`,
    model: 'kimi-k2.7-code',
    picoUsdPerInputToken: 950_000 + index,
    picoUsdPerCachedToken: 190_000,
    picoUsdPerOutputToken: 4_000_000 + change,
  }));
  return {node: {microUsdPerHour: 28_800_000 + change, microUsdPerKilowattHour: null}, apis};
}

/** A busy node: clients, probes, and every state; a gap each day. A new run every second day. */
function bookingAt(atMs: number, lengthMs: number): Booking {
  const run = Math.floor((atMs - START_MS) / (RUN_DAYS * MS_PER_DAY));
  const runId = `run-${run}`;
  if ((atMs - START_MS) % (RUN_DAYS * MS_PER_DAY) === 0) booked = noTokens;
  const tokens = {input: 100_000 + (atMs % 977), cached: 900_000, output: 70_000};
  booked = {
    input: booked.input + tokens.input,
    cached: booked.cached + tokens.cached,
    output: booked.output + tokens.output,
  };
  const probes = {input: booked.input, cached: 0, output: booked.output};
  const isGap = (atMs - START_MS) % MS_PER_DAY === 0;
  const of = {atMs, runId, isGap};
  const entries: {readonly tokens: TokenEntry[]; readonly times: TimeEntry[]} = {
    tokens: [
      {...of, source: 'client', tokens},
      {...of, source: 'own', tokens: {...tokens, cached: 0}},
    ],
    times: (['serving', 'idle', 'down'] as const).map((state) => ({
      atMs,
      state,
      isGap,
      ms: lengthMs / 3,
      milliwattMs: (5_600_000 * lengthMs) / 3,
    })),
  };
  const ledgerRun: LedgerRun = {
    runId,
    engine: 'vllm',
    model: 'moonshotai/Kimi-K2.7-Code',
    settings: 'tensor parallel 8, context 262144, fp8 KV cache, memory fraction 0.92, prefix caching, 256 sequences',
    settingsDigest: `digest-${run % 5}`,
    isWholeRun: true,
    isCachedKnown: true,
    booked: {client: booked, own: probes, bench: noTokens, refused: noTokens},
  };
  const untilMs = atMs + lengthMs;
  const clock = {coveredSinceMs: START_MS, coveredUntilMs: untilMs, bootId: 'boot', uptimeMs: untilMs - START_MS};
  return {prices: pricesAt(atMs), since, clock, runs: [ledgerRun], hours: entries, minutes: entries};
}

async function measureLedger(): Promise<boolean> {
  const file = path.join(tmpdir(), `gantry-ledger-${process.pid}.sqlite`);
  const opened = openHistory({path: file});
  if (!opened.ok) throw new Error(opened.error.message);
  const {ledger} = opened.value;
  const took: number[] = [];
  const cpu: number[] = [];
  // By the hour, which makes the same hours; the last day by the minute, as a supervisor books.
  for (let atMs = START_MS; atMs < END_MS; ) {
    const lengthMs = atMs < END_MS - MS_PER_DAY ? MS_PER_HOUR : MS_PER_MINUTE;
    const booking = bookingAt(atMs, lengthMs);
    const [beginMs, beforeMs] = [performance.now(), cpuMs()];
    const result = ledger.book(booking);
    if (!result.ok) throw new Error(result.error.message);
    if (lengthMs === MS_PER_MINUTE) {
      took.push(performance.now() - beginMs);
      cpu.push(cpuMs() - beforeMs);
    }
    since = booking.clock;
    atMs += lengthMs;
  }
  const reads = await costOfReads(ledger);
  opened.value.close();
  const cold = await costOf(async () => readPastCost(file, monthQuery, about));
  const bytes = statSync(file).size;
  rmSync(file);
  const parts = partsOfAbsence(DAYS, pricesAt(START_MS));
  const sorted = took.toSorted((one, other) => one - other);
  const meanCpuMs = cpu.reduce((sum, each) => sum + each, 0) / cpu.length;
  process.stdout.write(
    [
      `A ledger of ${DAYS} days, ${BOOKS} price books, with the supervisor's flags: ${(bytes / 1e6).toFixed(2)} MB`,
      `  a booking, each minute: ${meanCpuMs.toFixed(2)} ms of CPU, ${((meanCpuMs / 60) * 1_000).toFixed(0)} us per second; took ${(sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(2)} ms, p99 ${(sorted[Math.floor(sorted.length * 0.99)] ?? 0).toFixed(2)}, at most ${(sorted.at(-1) ?? 0).toFixed(2)}`,
      ...Object.entries(reads).map(([name, {cpuMs: used, blockedMs}]) => {
        const aim = name === MONTH ? ` (aim ${MOST_CHART_MS})` : '';
        return `  ${name}: ${used.toFixed(1)} ms of CPU${aim}, the loop blocked for ${blockedMs.toFixed(1)} ms at most (aim ${MOST_BLOCKED_MS})`;
      }),
      `  ${DAYS} days without a supervisor are booked in ${parts.count} parts, the longest with ${parts.mostCpuMs.toFixed(1)} ms of CPU (aim ${MOST_BLOCKED_MS}); until then ${(parts.keptBytes / 1e3).toFixed(0)} kB are kept`,
      `  30 days by hour without a supervisor: ${cold.cpuMs.toFixed(1)} ms of CPU`,
      '',
    ].join('\n'),
  );
  // Of a year by hour, the longest is a pause of the collector, which any work of so many rows gets twice.
  const areShort = Object.entries(reads).every(([name, {blockedMs}]) => name === YEAR || blockedMs < MOST_BLOCKED_MS);
  const chartMs = reads[MONTH]?.cpuMs ?? Number.NaN;
  return (
    bytes < MOST_FILE_BYTES &&
    chartMs < MOST_CHART_MS &&
    areShort &&
    Math.max(...cpu, parts.mostCpuMs) < MOST_BLOCKED_MS
  );
}

async function costOfReads(ledger: HistoryStore['ledger']): Promise<Record<string, Cost>> {
  const all = (by: ReportKind) => costOf(() => ledger.costText({sinceMs: START_MS, by, isPretty: false}, about));
  return {
    [MONTH]: await costOf(() => ledger.costText({...monthQuery, isPretty: false}, about)),
    [`${DAYS} days by day`]: await all('day'),
    [YEAR]: await all('hour'),
    [`${DAYS} days by model`]: await all('model'),
    [`${DAYS} days by settings`]: await all('settings'),
    'all-time sums': await costOf(() => ledger.sums(START_MS)),
    '38 days of hours': await costOf(() => ledger.hours(END_MS - 38 * MS_PER_DAY, END_MS)),
    'whether a smaller node would do, each hour': await costOf(judgeSize()),
    'the minutes of a day': await costOf(() => ledger.minutes(END_MS - MS_PER_DAY, END_MS)),
  };
}

if (!(await measureLedger())) process.exitCode = 1;
