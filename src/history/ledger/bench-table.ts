import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {jsonText} from '../json-text.ts';
import {prepared} from '../prepared.ts';

/** Results of a benchmark; what is in the document is known to who wrote it. */
export type BenchRecord = {
  /** When it ended, wall clock. */
  readonly atMs: number;
  readonly runId: string;
  /** The program that measured. */
  readonly tool: string;
  readonly document: unknown;
};

const rowsSchema = z.array(z.object({atMs: z.number(), runId: z.string(), tool: z.string(), document: jsonText}));

/** Adds a result; results are never removed. */
export function insertBench(database: DatabaseSync, {atMs, runId, tool, document}: BenchRecord): void {
  prepared(database, 'INSERT INTO benches (at_ms, run_id, tool, document) VALUES (?, ?, ?, ?)').run(
    Math.trunc(atMs),
    runId,
    tool,
    JSON.stringify(document),
  );
}

/** The newest results, newest first. */
export function selectBenches(database: DatabaseSync, limit: number): BenchRecord[] {
  const sql = 'SELECT at_ms AS atMs, run_id AS runId, tool, document FROM benches ORDER BY id DESC LIMIT ?';
  return rowsSchema.parse(prepared(database, sql).all(limit));
}
