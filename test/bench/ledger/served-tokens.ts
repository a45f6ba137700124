import {readFileSync} from 'node:fs';

export const kinds = ['prompt', 'cached', 'generated'] as const;
export type Tokens = Readonly<Record<(typeof kinds)[number], number>>;
export const noTokens: Tokens = {prompt: 0, cached: 0, generated: 0};

/** What an engine wrote down; times are CLOCK_MONOTONIC. */
type Entry = {readonly atMs: number} & (
  | {readonly type: 'served'; readonly core: number; readonly tokens: Tokens}
  | {readonly type: 'reset'; readonly core: number}
  | {readonly type: 'page'}
);

/** What a ledger can have of an engine. */
export type Served = {
  readonly all: Tokens;
  /** What its pages showed: with the pages that may have reached nobody, and without each of them. */
  readonly shown: readonly Tokens[];
  /** From the last page until the engine or its reader was killed. */
  readonly unreadMs: number;
};

/** A page that was sent this long before its reader was killed may have reached nobody. */
const UNCERTAIN_MS = 500;

/** What each engine served, by its process; `interruptions` are the moments at which a reader was killed. */
export function servedIn(file: string, interruptions: readonly number[]): ReadonlyMap<number, Served> {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const entries = lines.map((line) => {
    const [atMs = '', pid = '', type = '', ...values] = line.split(' ');
    return {pid: Number(pid), entry: entryOf(Number(atMs), type, values.map(Number))};
  });
  const byEngine = Map.groupBy(entries, ({pid}) => pid);
  return new Map(
    [...byEngine].map(([pid, own]) => [
      pid,
      servedBy(
        own.map(({entry}) => entry),
        interruptions,
      ),
    ]),
  );
}

function entryOf(
  atMs: number,
  type: string,
  [core = 0, prompt = 0, cached = 0, generated = 0]: readonly number[],
): Entry {
  if (type === 'page') return {atMs, type};
  return type === 'reset' ? {atMs, type, core} : {atMs, type: 'served', core, tokens: {prompt, cached, generated}};
}

function servedBy(entries: readonly Entry[], interruptions: readonly number[]): Served {
  const endMs = entries.at(-1)?.atMs ?? 0;
  const pages = entries.filter(({type}) => type === 'page').map(({atMs}) => atMs);
  const uncertain = new Set([...interruptions, endMs].flatMap((deathMs) => lastBefore(pages, deathMs)));
  const shown = subsetsOf([...uncertain]).map((unread) => readTokens(entries, ({atMs}) => !unread.includes(atMs)));
  const lastMs = pages.at(-1) ?? endMs;
  const unreadMs = Math.min(endMs, ...interruptions.filter((atMs) => atMs >= lastMs)) - lastMs;
  return {all: readTokens(entries, () => true, true), shown, unreadMs};
}

function lastBefore(pages: readonly number[], deathMs: number): readonly number[] {
  const last = pages.findLast((atMs) => atMs <= deathMs);
  return last === undefined || deathMs - last > UNCERTAIN_MS ? [] : [last];
}

/** Beginning with the empty one. */
function subsetsOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({length: 2 ** all.length}, (_, set) =>
    all.filter((_one, at) => Math.floor(set / 2 ** at) % 2 === 1),
  );
}

/** The tokens that these pages showed, of every start of every core; with `isWhole` those that no page showed too. */
function readTokens(entries: readonly Entry[], isRead: (page: Entry) => boolean, isWhole = false): Tokens {
  const counted = new Map<number, Tokens>();
  let read = new Map<number, Tokens>();
  let sum = noTokens;
  for (const entry of entries) {
    if (entry.type === 'served') counted.set(entry.core, entry.tokens);
    if (entry.type === 'page' ? isRead(entry) : isWhole) read = new Map(counted);
    if (entry.type !== 'reset') continue;
    sum = added(sum, read.get(entry.core) ?? noTokens);
    counted.delete(entry.core);
    read.delete(entry.core);
  }
  return [...read.values()].reduce(added, sum);
}

export function added(one: Tokens, other: Tokens): Tokens {
  return {
    prompt: one.prompt + other.prompt,
    cached: one.cached + other.cached,
    generated: one.generated + other.generated,
  };
}
