import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import type {ApiError} from '../../api/commands.ts';
import {
  type LedgerRun,
  noTokens,
  noTotals,
  type PriceDocument,
  priceDocumentSchema,
  type TokenCounts,
  type TokenTotals,
} from '../../domain/cost/ledger/entries.ts';
import {EARLIER_EPOCH, EARLIER_RUN} from '../../domain/cost/ledger/kept-entries.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import {columnsIn} from '../columns-in.ts';
import {jsonText} from '../json-text.ts';
import {putClock, putRun} from './book-entries.ts';

/** No node reads or writes more tokens in an hour. */
const MOST_TOKENS = 1e12;
/** No node costs more in an hour. */
const MOST_USD = 1e6;
const MICRO_USD_PER_USD = 1_000_000;
const PICO_USD_PER_USD_PER_MILLION = 1_000_000;

const tokens = z.number().min(0).max(MOST_TOKENS);
const usd = z.number().min(0).max(MOST_USD);
const hourSchema = z.object({
  hourAtMs: z.int(),
  nodeUsd: usd,
  apiUsd: usd,
  prompt: tokens,
  cached: tokens,
  output: tokens,
});
type EarlierHour = z.infer<typeof hourSchema>;

const price = z.number().min(0).max(MOST_USD);
const bookSchema = z.object({
  book: jsonText.pipe(
    z.object({
      name: z.string(),
      inputUsdPerMillionTokens: price,
      cachedInputUsdPerMillionTokens: price,
      outputUsdPerMillionTokens: price,
    }),
  ),
});
/** Price books of earlier versions under the names that they have now: their dollars are of the same API. */
const NAMES_NOW: ReadonlyMap<string, string> = new Map([
  ['Moonshot kimi-k2.7-code', 'moonshot'],
  ['Moonshot kimi-k2.7-code-highspeed', 'moonshot-highspeed'],
  ['OpenRouter moonshotai/kimi-k2.7-code', 'openrouter'],
]);
const LATEST_BOOK = `SELECT json_extract(ledger, '$.prices') AS book FROM run_ledgers
  WHERE json_valid(ledger) ORDER BY rowid DESC LIMIT 1`;

/** No date is later. */
const LAST_MOMENT_MS = 8.64e15;

/** The tables of version 13. The first version with hours had no runs. */
export const EARLIER_TABLES = `
  CREATE TABLE IF NOT EXISTS ledger (
    hour_at_ms INTEGER PRIMARY KEY, node_usd REAL NOT NULL, api_usd REAL NOT NULL, prompt_tokens REAL NOT NULL,
    cached_prompt_tokens REAL NOT NULL, generation_tokens REAL NOT NULL);
  CREATE TABLE IF NOT EXISTS run_ledgers (run_id TEXT PRIMARY KEY, ledger TEXT NOT NULL)`;

const endSchema = z.object({untilMs: z.number().positive().max(LAST_MOMENT_MS).transform(Math.trunc)});
const LATEST_END = `SELECT json_extract(ledger, '$.untilMs') AS untilMs FROM run_ledgers
  WHERE json_valid(ledger) ORDER BY rowid DESC LIMIT 1`;

const earlierRunSchema = z.object({
  runId: z.string(),
  ledger: jsonText.pipe(
    z.object({
      isWholeRun: z.boolean(),
      tokens: z
        .object({promptTokens: z.number(), cachedPromptTokens: z.number(), generationTokens: z.number()})
        .nullable(),
    }),
  ),
  engine: z.string().nullable(),
});

/**
 * Takes over hours and runs of a file of version 13 or earlier, in the transaction of the caller. The tables stay as they
 * are. Answers with a warning where an hour cannot be taken over.
 */
export function takeOverLedger(database: DatabaseSync): ApiError[] {
  if (columnsIn(database, 'ledger').size === 0) return [];
  const rows = database
    .prepare(
      `SELECT hour_at_ms AS hourAtMs, node_usd AS nodeUsd, api_usd AS apiUsd, prompt_tokens AS prompt,
         cached_prompt_tokens AS cached, generation_tokens AS output FROM ledger ORDER BY hour_at_ms`,
    )
    .all();
  database.exec(EARLIER_TABLES);
  const hours = rows.flatMap((row) => hourSchema.safeParse(row).data ?? []);
  if (hours.length > 0) insertHours(database, hours);
  takeOverRuns(database);
  takeOverClock(database);
  return hours.length === rows.length ? [] : [notTakenOver(rows.length - hours.length, rows.length)];
}

/** Amounts had fractions: each hour gets what the sum until then, rounded, grows by, so that the hours add up to the rounded sum. */
function insertHours(database: DatabaseSync, hours: readonly EarlierHour[]): void {
  const grow = {
    node: roundedGrowth(),
    api: roundedGrowth(),
    input: roundedGrowth(),
    cached: roundedGrowth(),
    output: roundedGrowth(),
  };
  const run = putRun(database, earlierRun(EARLIER_RUN, '', true, noTokens));
  let booked = noTokens;
  const addHour = database.prepare(
    `INSERT INTO ledger_tokens (hour, run, epoch, source, is_gap, input, cached, output) VALUES (?, ${run}, ${EARLIER_EPOCH}, 'client', 0, ?, ?, ?)
       ON CONFLICT DO UPDATE SET input = input + excluded.input, cached = cached + excluded.cached,
         output = output + excluded.output`,
  );
  const addMoney = database.prepare(
    `INSERT INTO ledger_legacy (hour, node_micro, api_micro) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET node_micro = node_micro + excluded.node_micro, api_micro = api_micro + excluded.api_micro`,
  );
  for (const {hourAtMs, nodeUsd, apiUsd, ...used} of hours) {
    const hour = slotOf(hourAtMs, MS_PER_HOUR);
    const input = grow.input(Math.max(0, used.prompt - used.cached));
    const cached = grow.cached(Math.min(used.cached, used.prompt));
    const output = grow.output(used.output);
    booked = {input: booked.input + input, cached: booked.cached + cached, output: booked.output + output};
    addHour.run(hour, input, cached, output);
    addMoney.run(hour, grow.node(nodeUsd * MICRO_USD_PER_USD), grow.api(apiUsd * MICRO_USD_PER_USD));
  }
  putRun(database, earlierRun(EARLIER_RUN, '', true, booked));
  database
    .prepare('INSERT INTO price_epochs (id, since_ms, document) VALUES (?, ?, ?)')
    .run(EARLIER_EPOCH, hours[0]?.hourAtMs ?? 0, JSON.stringify(priceDocumentSchema.parse(earlierPrices(database))));
}

/**
 * The price book of the latest run, which the dollars of hours were computed with, in pico-USD per token; none if that is not
 * known. The node has none: its price of each hour is in the dollars.
 */
function earlierPrices(database: DatabaseSync): PriceDocument {
  const {book} = bookSchema.safeParse(database.prepare(LATEST_BOOK).get()).data ?? {};
  const picoUsd = (usdPerMillion: number): number => Math.round(usdPerMillion * PICO_USD_PER_USD_PER_MILLION);
  return {
    node: {microUsdPerHour: null, microUsdPerKilowattHour: null},
    apis:
      book === undefined
        ? []
        : [
            {
              name: NAMES_NOW.get(book.name) ?? book.name,
              model: '',
              picoUsdPerInputToken: picoUsd(book.inputUsdPerMillionTokens),
              picoUsdPerCachedToken: picoUsd(book.cachedInputUsdPerMillionTokens),
              picoUsdPerOutputToken: picoUsd(book.outputUsdPerMillionTokens),
            },
          ],
  };
}

/** What the rounded sum grows by with each amount. */
function roundedGrowth(): (amount: number) => number {
  let sum = 0;
  return (amount) => {
    const before = Math.round(sum);
    sum += amount;
    return Math.round(sum) - before;
  };
}

/** What is booked of each run: only what its counters grow by from then on is added. Its hours are those of `EARLIER_RUN`. */
function takeOverRuns(database: DatabaseSync): void {
  const rows = database
    .prepare(
      'SELECT run_id AS runId, ledger, engine FROM run_ledgers LEFT JOIN starts USING (run_id) ORDER BY run_ledgers.rowid',
    )
    .all();
  for (const row of rows) {
    const {data} = earlierRunSchema.safeParse(row);
    if (data === undefined || data.ledger.tokens === null) continue;
    const {promptTokens, cachedPromptTokens, generationTokens} = data.ledger.tokens;
    const [prompt = 0, cached = 0, output = 0] = [promptTokens, cachedPromptTokens, generationTokens].map((amount) =>
      Math.min(Math.max(0, Math.round(amount)), Number.MAX_SAFE_INTEGER),
    );
    const client = {input: Math.max(0, prompt - cached), cached: Math.min(cached, prompt), output};
    putRun(database, earlierRun(data.runId, data.engine ?? '', data.ledger.isWholeRun, client));
  }
}

/**
 * The time since the latest run was booked is booked when a supervisor is back, with the tokens that its engine has served meanwhile.
 * Of what boot that was is unknown.
 */
function takeOverClock(database: DatabaseSync): void {
  const {data} = endSchema.safeParse(database.prepare(LATEST_END).get());
  if (data === undefined) return;
  putClock(database, {coveredSinceMs: data.untilMs, coveredUntilMs: data.untilMs, bootId: '', uptimeMs: 0});
}

function earlierRun(runId: string, engine: string, isWholeRun: boolean, client: TokenCounts): LedgerRun {
  const booked: TokenTotals = {...noTotals, client};
  return {runId, engine, model: '', settings: '', settingsDigest: '', isWholeRun, isCachedKnown: true, booked};
}

function notTakenOver(count: number, all: number): ApiError {
  return {
    code: 'history.ledger-in-part',
    message: `${count} of ${all} hours of the cost ledger were not taken over: their amounts are no numbers, below zero or beyond any node.`,
    remedy: 'They remain in the table "ledger" of the history file, and count in no sum.',
  };
}
