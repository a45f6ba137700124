import {readFileSync} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {type CostDocument, costDocumentSchema} from '../../../src/api/cost/cost-values.ts';
import type {TokenCounts} from '../../../src/domain/cost/ledger/entries.ts';
import {HISTORY_FILE} from '../../../src/history/open-history.ts';
import {type KeptLedger, keptLedgerFile} from '../../../src/supervisor/cost/kept-ledger.ts';
import type {GantryHome} from '../../harness/gantry-home.ts';
import type {Tokens} from './served-tokens.ts';

const entryRows = z.array(
  z.object({run_id: z.string(), source: z.string(), input: z.int(), cached: z.int(), output: z.int()}),
);
const clockRow = z.object({covered_ms: z.int(), uptime_ms: z.number()});

/** What the ledger has of one run: of everybody, and of clients, whose tokens have a price. */
export type BookedRun = {readonly runId: string; readonly all: Tokens; readonly clients: TokenCounts};
export type BookedLedger = {
  readonly runs: readonly BookedRun[];
  /** By the uptime of the host. */
  readonly coveredUntilMs: number;
};

/** Longer than any step of the clock. */
const EVER = ['--since', '2010-01-01', '--until', '2040-01-01'];
const historyOf = ({directory}: GantryHome): string => path.join(directory, 'data', 'simulated-node', HISTORY_FILE);

/** The entries of the file, added up here: nothing of the program that wrote them is believed. */
export function readBooked(home: GantryHome): BookedLedger {
  const database = new DatabaseSync(historyOf(home), {readOnly: true});
  try {
    const sql = 'SELECT run_id, source, input, cached, output FROM ledger_tokens JOIN ledger_runs USING (run)';
    const rows = entryRows.parse(database.prepare(sql).all());
    const clock = clockRow.parse(database.prepare('SELECT covered_ms, uptime_ms FROM ledger_clock').get());
    const runs = [...Map.groupBy(rows, (row) => row.run_id)].map(([runId, entries]) => {
      const sum = (of: (row: (typeof entries)[number]) => number) => entries.reduce((total, row) => total + of(row), 0);
      const ofClients = (kind: 'input' | 'cached' | 'output'): number =>
        sum((row) => (row.source === 'client' ? row[kind] : 0));
      return {
        runId,
        all: {
          prompt: sum((row) => row.input + row.cached),
          cached: sum((row) => row.cached),
          generated: sum((row) => row.output),
        },
        clients: {input: ofClients('input'), cached: ofClients('cached'), output: ofClients('output')},
      };
    });
    return {runs, coveredUntilMs: clock.uptime_ms};
  } finally {
    database.close();
  }
}

/** The whole ledger, as an operator reads it. */
export async function readCost(home: GantryHome, environment: Readonly<Record<string, string>>): Promise<CostDocument> {
  const {stdout, stderr, exitCode} = await home.run(['cost', ...EVER, '--json'], environment);
  if (exitCode !== 0) throw new Error(`gantry cost failed: ${stderr}`);
  return costDocumentSchema.parse(JSON.parse(stdout));
}

/** What is kept for the next supervisor; null before the first one has begun. */
export function readKept(home: GantryHome): KeptLedger | null {
  return keptLedgerFile(path.dirname(historyOf(home))).read();
}

/** The process of a run's engine; null where none was started. */
export function enginePidOf({directory}: GantryHome, runId: string): number | null {
  try {
    return Number(readFileSync(path.join(directory, 'state', 'runs', runId, 'engine.pid'), 'utf8'));
  } catch {
    return null;
  }
}
