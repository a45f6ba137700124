import type {JournalEntry, RunStartedEntry} from './journal-entry.ts';

/** Runs whose outcome is kept: more than have files, so that every log of a run has its record. */
const RUNS_KEPT = 32;
/** The audit trail in the journal itself; the older part is in the file of the last compaction. */
const NEWEST_KEPT = 500;

/**
 * What a journal must still contain after compaction, in its order: everything that its readers use, and the newest
 * entries. Readers are: which run to adopt or to recover, what to carry on, the last good settings, origins of settings, crash counts, and how
 * long starts took.
 */
export function compactEntries(entries: readonly JournalEntry[], newest = NEWEST_KEPT): readonly JournalEntry[] {
  const kept = new Set<JournalEntry>(newest === 0 ? [] : entries.slice(-newest));
  for (const entry of essentialEntries(entries)) kept.add(entry);
  return entries.filter((entry) => kept.has(entry));
}

/** The entries that readers of the journal use, in their order. */
export function essentialEntries(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const runs = entriesByRun(entries);
  const essential = new Set<JournalEntry>();
  for (const ofRun of [...runs.values()].slice(-RUNS_KEPT)) for (const entry of outcomeOf(ofRun)) essential.add(entry);
  const started = entries.filter((entry) => entry.type === 'run-started');
  for (const entry of newestOfSettings(started)) essential.add(entry);
  for (const isSimulated of [true, false]) {
    const good = started.findLast(
      (entry) => (entry.simulated !== null) === isSimulated && (runs.get(entry.runId) ?? []).some(isGood),
    );
    if (good !== undefined) for (const entry of outcomeOf(runs.get(good.runId) ?? [])) essential.add(entry);
  }
  for (const entry of intentionEntries(entries, started.at(-1)?.intention)) essential.add(entry);
  return entries.filter((entry) => essential.has(entry));
}

/** The newest intention and the one that the newest run was started for, with all that is recorded of them. */
function intentionEntries(entries: readonly JournalEntry[], ofRun: string | undefined): readonly JournalEntry[] {
  const begun = entries.filter((entry) => entry.type === 'intention-begun');
  const newest = begun.at(-1);
  const ids = new Set([newest?.intention.id, ofRun]);
  const about = entries.filter((entry) => 'id' in entry && ids.has(entry.id));
  return [newest, ...about, begun.findLast(({intention}) => intention.id === ofRun)].filter(
    (entry) => entry !== undefined,
  );
}

/** By run id, in the order of their newest launch. */
function entriesByRun(entries: readonly JournalEntry[]): ReadonlyMap<string, readonly JournalEntry[]> {
  const runs = new Map<string, JournalEntry[]>();
  for (const entry of entries) {
    if (entry.runId === undefined) continue;
    const ofRun = runs.get(entry.runId) ?? [];
    ofRun.push(entry);
    if (entry.type === 'run-launching' || entry.type === 'run-started') runs.delete(entry.runId);
    runs.set(entry.runId, ofRun);
  }
  return runs;
}

/** What is known of one run, without what was repeated. */
function outcomeOf(ofRun: readonly JournalEntry[]): readonly JournalEntry[] {
  const first = (type: JournalEntry['type']) => ofRun.find((entry) => entry.type === type);
  const last = (...types: readonly JournalEntry['type'][]) => ofRun.findLast((entry) => types.includes(entry.type));
  const found = [
    last('run-launching'),
    last('launch-failed'),
    first('run-started'),
    last('run-started'),
    first('run-ready'),
    ofRun.find(isGood),
    last('run-ready'),
    last('run-stop-requested', 'run-stop-withdrawn'),
    last('run-hung', 'run-stable'),
    last('run-ended'),
  ];
  return found.filter((entry) => entry !== undefined);
}

function isGood(entry: JournalEntry): boolean {
  return entry.type === 'run-ready' && entry.isOutputBroken !== true && entry.isTextUnchecked !== true;
}

/** The newest launch with each settings, of the newest ones. */
function newestOfSettings(started: readonly RunStartedEntry[]): readonly RunStartedEntry[] {
  const bySettings = new Map<string, RunStartedEntry>();
  for (const entry of started) {
    const key = JSON.stringify(entry.settings);
    bySettings.delete(key);
    bySettings.set(key, entry);
  }
  return [...bySettings.values()].slice(-RUNS_KEPT);
}
