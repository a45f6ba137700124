import {existsSync} from 'node:fs';
import {type BenchDocument, benchDocumentSchema} from '../../api/bench/bench-document.ts';
import {MAX_BENCHES} from '../../api/bench/bench-requests.ts';
import type {ApiError} from '../../api/commands.ts';
import {ok, type Result} from '../../shared/result.ts';
import {selectBenches} from '../ledger/bench-table.ts';
import {readPastDatabase} from './past-database.ts';

/** Benchmarks of a history file, the newest first; works without a supervisor. A missing file, and one of before there were some, has none. */
export function readPastBenches(path: string): Result<readonly BenchDocument[], ApiError> {
  if (!existsSync(path)) return ok([]);
  return readPastDatabase(path, (database) => {
    const table = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'benches'").get();
    return table === undefined ? [] : benchesIn(selectBenches(database, MAX_BENCHES));
  });
}

/** Those that this version can read. */
export function benchesIn(records: readonly {readonly document: unknown}[]): BenchDocument[] {
  return records.flatMap(({document}) => {
    const parsed = benchDocumentSchema.safeParse(document);
    return parsed.success ? [parsed.data] : [];
  });
}
