import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import fc from 'fast-check';
import {beforeEach, expect, test} from 'vitest';
import {EARLIER_RUN, type LedgerHours} from '../../../src/domain/cost/ledger/kept-entries.ts';
import {type HistoryStore, openHistory} from '../../../src/history/open-history.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const HOUR_MS = Date.UTC(2026, 10, 20, 3);

/** As version 13 had them. */
const tables = `
  CREATE TABLE starts (
    run_id TEXT PRIMARY KEY, engine TEXT NOT NULL, total_ms REAL NOT NULL, phases TEXT NOT NULL, settings TEXT NOT NULL);
  CREATE TABLE ledger (
    hour_at_ms INTEGER PRIMARY KEY, node_usd REAL NOT NULL, api_usd REAL NOT NULL, prompt_tokens REAL NOT NULL,
    cached_prompt_tokens REAL NOT NULL, generation_tokens REAL NOT NULL);
  CREATE TABLE run_ledgers (run_id TEXT PRIMARY KEY, ledger TEXT NOT NULL);
  PRAGMA user_version = 13`;

type Cell = number | string;
type Row = readonly [hourAtMs: number, nodeUsd: Cell, apiUsd: Cell, prompt: Cell, cached: Cell, output: Cell];

let file = '';

beforeEach(() => {
  file = path.join(temporaryDirectory('take-over-ledger'), 'history.sqlite');
});

/** Writes a file of version 13 at `at`. */
function writeEarlier(at: string, hours: readonly Row[], runs: Readonly<Record<string, string>> = {}): void {
  const database = new DatabaseSync(at);
  database.exec(tables);
  const insert = database.prepare('INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?)');
  for (const row of hours) insert.run(...row);
  for (const [runId, text] of Object.entries(runs))
    database.prepare('INSERT INTO run_ledgers VALUES (?, ?)').run(runId, text);
  database.exec(`INSERT INTO starts VALUES ('run-1', 'vllm', 1, '{}', '{}')`);
  database.close();
}

function opened(at = file): HistoryStore {
  const result = openHistory({path: at});
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function hoursOf({ledger}: HistoryStore): Promise<LedgerHours> {
  const hours = await ledger.hours(0, Number.MAX_SAFE_INTEGER);
  if (!hours.ok) throw new Error(hours.error.message);
  return hours.value;
}

const ledgerText = (tokens: object | null, isWholeRun = true): string =>
  JSON.stringify({
    sinceMs: 1,
    untilMs: HOUR_MS,
    isWholeRun,
    nodeUsd: 1.5,
    unpricedMs: 0,
    apiUsd: 0.25,
    tokens,
    nodeUsdPerHour: 28.8,
    prices: {
      name: 'Moonshot kimi-k2.7-code',
      asOf: '2026-07-24',
      inputUsdPerMillionTokens: 0.95,
      cachedInputUsdPerMillionTokens: 0.19,
      outputUsdPerMillionTokens: 4,
    },
  });

test('hours of a file of version 13 have whole tokens and micro-USD; each run continues from what is booked of it', async () => {
  const rows: Row[] = [
    [HOUR_MS, 28.8, 1.2345678, 1_000.4, 900.2, 50.4],
    [HOUR_MS + MS_PER_HOUR, 14.4, 0, 1_000.4, 900.2, 50.4],
  ];
  const counted = {promptTokens: 2_000.8, cachedPromptTokens: 1_800.4, generationTokens: 100.8};
  writeEarlier(file, rows, {'run-1': ledgerText(counted), 'run-2': ledgerText(null), 'run-3': 'no JSON'});
  const store = opened();
  expect(store.warnings).toEqual([]);
  const hours = await hoursOf(store);
  const entry = {runId: EARLIER_RUN, epoch: 1, source: 'client', isGap: false};
  expect(hours.tokens).toEqual([
    {...entry, atMs: HOUR_MS, tokens: {input: 100, cached: 900, output: 50}},
    {...entry, atMs: HOUR_MS + MS_PER_HOUR, tokens: {input: 100, cached: 900, output: 51}},
  ]);
  expect(hours.times).toEqual([]);
  expect(hours.legacy).toEqual([
    {hourAtMs: HOUR_MS, nodeMicroUsd: 28_800_000, apiMicroUsd: 1_234_568},
    {hourAtMs: HOUR_MS + MS_PER_HOUR, nodeMicroUsd: 14_400_000, apiMicroUsd: 0},
  ]);
  const run = store.ledger.run('run-1');
  expect(run.ok && run.value).toMatchObject({
    engine: 'vllm',
    isWholeRun: true,
    booked: {client: {input: 201, cached: 1_800, output: 101}, own: {input: 0, cached: 0, output: 0}},
  });
  // Under the name of today, so that its dollars count for it.
  const epochs = store.ledger.epochs();
  expect(epochs.ok && epochs.value[0]?.prices.apis.map(({name}) => name)).toEqual(['moonshot']);
  for (const runId of ['run-2', 'run-3']) expect(store.ledger.run(runId)).toEqual({ok: true, value: null});
  store.close();
  const again = opened();
  // The time since the latest run was booked is still to be booked.
  expect(again.ledger.clock()).toEqual({
    ok: true,
    value: {coveredSinceMs: HOUR_MS, coveredUntilMs: HOUR_MS, bootId: '', uptimeMs: 0},
  });
  expect(await hoursOf(again)).toEqual(hours);
  again.close();
});

test('hours with amounts that no node can have are left out with a warning, and stay in the file', async () => {
  const good: Row = [HOUR_MS, 1, 1, 1, 1, 1];
  const bad: Row[] = [
    [HOUR_MS + 1 * MS_PER_HOUR, Number.POSITIVE_INFINITY, 1, 1, 1, 1],
    [HOUR_MS + 2 * MS_PER_HOUR, -1, 1, 1, 1, 1],
    [HOUR_MS + 3 * MS_PER_HOUR, 1, 1, 1e300, 1, 1],
    [HOUR_MS + 4 * MS_PER_HOUR, 1, 'much', 1, 1, 1],
    [HOUR_MS + 5 * MS_PER_HOUR, 1, 1, 1, 1, Number.NEGATIVE_INFINITY],
  ];
  writeEarlier(file, [good, ...bad]);
  const store = opened();
  expect(store.warnings.map(({code, message}) => [code, message])).toEqual([
    ['history.ledger-in-part', expect.stringMatching(/^5 of 6 hours /)],
  ]);
  expect((await hoursOf(store)).legacy).toHaveLength(1);
  store.close();
  const database = new DatabaseSync(file);
  expect(database.prepare('SELECT COUNT(*) AS hours FROM ledger').get()).toEqual({hours: 6});
  database.close();
});

test('an earlier file that cannot be converted to its end remains as it was', () => {
  writeEarlier(file, [[HOUR_MS, 1, 1, 1, 1, 1]]);
  const database = new DatabaseSync(file);
  // In the way of a table that the conversion creates last.
  database.exec('CREATE VIEW benches AS SELECT 1; CREATE VIEW ledger_legacy AS SELECT 1');
  database.close();
  const refused = openHistory({path: file});
  expect(refused.ok).toBe(false);
  const after = new DatabaseSync(file);
  expect(after.prepare('PRAGMA user_version').get()).toEqual({user_version: 13});
  expect(after.prepare("SELECT name FROM sqlite_master WHERE name = 'ledger_tokens'").get()).toBeUndefined();
  after.close();
});

test('whatever the fractions, the hours add up to the rounded sum, and no amount is below zero', async () => {
  const amount = fc.double({min: 0, max: 1e6, noNaN: true});
  const directory = temporaryDirectory('take-over-any');
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(amount, amount, amount, amount, amount), {minLength: 1, maxLength: 20}),
      async (rows) => {
        number += 1;
        const at = path.join(directory, `${number}.sqlite`);
        writeEarlier(
          at,
          rows.map(([...cells], index): Row => [HOUR_MS + index * MS_PER_HOUR, ...cells]),
        );
        const store = opened(at);
        const {tokens, legacy} = await hoursOf(store);
        store.close();
        let [output, node] = [0, 0];
        for (const [nodeUsd, , , , generated] of rows) {
          output += generated;
          node += nodeUsd * 1e6;
        }
        expect(tokens.reduce((sum, entry) => sum + entry.tokens.output, 0)).toBe(Math.round(output));
        expect(legacy.reduce((sum, hour) => sum + hour.nodeMicroUsd, 0)).toBe(Math.round(node));
      },
    ),
    {numRuns: 10},
  );
});
