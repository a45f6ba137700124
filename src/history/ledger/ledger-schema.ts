/**
 * The tables of the ledger. All amounts are whole numbers: tokens, milliseconds, milliwatt-milliseconds; money is computed from
 * them and from the prices of their epoch. `ledger_legacy` has the rounded money of hours from before.
 */
export const ledgerStatements = `
  CREATE TABLE IF NOT EXISTS price_epochs (
    id INTEGER PRIMARY KEY, since_ms INTEGER NOT NULL, document TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_clock (
    id INTEGER PRIMARY KEY CHECK (id = 1), since_ms INTEGER NOT NULL, covered_ms INTEGER NOT NULL, boot_id TEXT NOT NULL,
    uptime_ms REAL NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_runs (
    run INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, engine TEXT NOT NULL, model TEXT NOT NULL, settings TEXT NOT NULL,
    digest TEXT NOT NULL, whole INTEGER NOT NULL, cached_known INTEGER NOT NULL, totals TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_tokens (
    hour INTEGER NOT NULL, run INTEGER NOT NULL, epoch INTEGER NOT NULL, source TEXT NOT NULL, is_gap INTEGER NOT NULL,
    input INTEGER NOT NULL CHECK (input >= 0), cached INTEGER NOT NULL CHECK (cached >= 0),
    output INTEGER NOT NULL CHECK (output >= 0),
    PRIMARY KEY (hour, run, epoch, source, is_gap)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_time (
    hour INTEGER NOT NULL, epoch INTEGER NOT NULL, state TEXT NOT NULL, is_gap INTEGER NOT NULL,
    ms INTEGER NOT NULL CHECK (ms >= 0), mw_ms INTEGER NOT NULL CHECK (mw_ms >= 0),
    PRIMARY KEY (hour, epoch, state, is_gap)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_minutes (
    minute INTEGER NOT NULL, epoch INTEGER NOT NULL, source TEXT NOT NULL, is_gap INTEGER NOT NULL,
    input INTEGER NOT NULL CHECK (input >= 0), cached INTEGER NOT NULL CHECK (cached >= 0),
    output INTEGER NOT NULL CHECK (output >= 0),
    PRIMARY KEY (minute, epoch, source, is_gap)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_minute_time (
    minute INTEGER NOT NULL, epoch INTEGER NOT NULL, state TEXT NOT NULL, is_gap INTEGER NOT NULL,
    ms INTEGER NOT NULL CHECK (ms >= 0), mw_ms INTEGER NOT NULL CHECK (mw_ms >= 0),
    PRIMARY KEY (minute, epoch, state, is_gap)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger_legacy (
    hour INTEGER PRIMARY KEY, node_micro INTEGER NOT NULL, api_micro INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS benches (
    id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, run_id TEXT NOT NULL, tool TEXT NOT NULL, document TEXT NOT NULL) STRICT;
`;
