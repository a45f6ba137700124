import type {CollectiveDetails} from '../../../domain/diagnosis/details/collective-details.ts';
import type {RankReport, Sizes} from './rank-lines.ts';

/** What the lines of a log say of ranks that wait for each other. */
export type Noted = {
  readonly reports: readonly RankReport[];
  /** Ranks that the log itself names as missing. */
  readonly stated: readonly number[];
  /** Ranks of which the text has a line. */
  readonly seen: ReadonlySet<number>;
  readonly sizes: Sizes;
  readonly peer: string | null;
  /** Reports of some ranks were left out, as the same as others. */
  readonly isDeduplicated: boolean;
};

/** Which rank is the cause, by the strongest evidence that there is. */
export function judgeCollective(noted: Noted): CollectiveDetails {
  const {peer, isDeduplicated} = noted;
  const groupSize = noted.reports.find((report) => report.groupSize !== null)?.groupSize ?? null;
  const sizes = {...noted.sizes, tensorParallel: noted.sizes.tensorParallel ?? groupSize};
  const waiting = noted.reports.filter(({sequence}) => sequence !== null);
  const worldSize = worldSizeOf({...noted, sizes});
  const expected = expectedRanks(waiting, sizes, worldSize);
  const unseenRanks = (expected ?? []).filter((rank) => !noted.seen.has(rank));
  return {
    ...findMissing(noted, waiting, expected, unseenRanks),
    unseenRanks,
    waiting: waiting.map(({isGlobal: _, groupSize: __, ...report}) => report),
    worldSize:
      groupSize !== null && noted.sizes.world === null && noted.sizes.tensorParallel === null ? null : worldSize,
    nodeCount: sizes.nodes,
    peer,
    isDeduplicated,
  };
}

type Missing = Pick<CollectiveDetails, 'verdict' | 'missingRanks'>;

function findMissing(
  {reports, stated, seen, isDeduplicated}: Noted,
  waiting: readonly RankReport[],
  expected: readonly number[] | null,
  unseen: readonly number[],
): Missing {
  if (stated.length > 0) return {verdict: 'stated', missingRanks: [...stated]};
  const together = sameGroup(reports, waiting);
  const behind = ranksBehind(together);
  if (behind.length > 0) return {verdict: 'behind', missingRanks: behind};
  const odd = ranksElsewhere(together);
  if (odd.length > 0) return {verdict: 'mismatch', missingRanks: odd};
  if (waiting.length === 0) return unseen.length > 0 ? notInText(unseen) : {verdict: 'unknown', missingRanks: []};
  if (isDeduplicated) return {verdict: 'unknown', missingRanks: []};
  const waits = new Set(waiting.map(({rank}) => rank));
  const silent = (expected ?? [...seen]).filter((rank) => seen.has(rank) && !waits.has(rank)).sort((a, b) => a - b);
  // The first rank that gives up ends the others: of many silent ones, each may only have had no time to say so.
  const isClear = silent.length <= waits.size;
  if (silent.length > 0 && (isClear || unseen.length === 0)) return {verdict: 'silent', missingRanks: silent};
  if (unseen.length > 0) return notInText(silent.length > 0 ? [...silent, ...unseen].sort((a, b) => a - b) : unseen);
  return {verdict: expected === null ? 'unknown' : 'none-missing', missingRanks: []};
}

function notInText(ranks: readonly number[]): Missing {
  return {verdict: 'not-in-text', missingRanks: [...ranks]};
}

/** By the log; a rank that has a line shows that there are at least so many. */
function worldSizeOf({sizes, seen}: Noted): number | null {
  const {world, tensorParallel, pipelineParallel} = sizes;
  const stated = world ?? (tensorParallel === null ? null : tensorParallel * (pipelineParallel ?? 1));
  const highest = Math.max(-1, ...seen);
  return stated === null || stated <= highest ? null : stated;
}

/** The ranks that have to join the operation; null if that is unknown. */
function expectedRanks(
  waiting: readonly RankReport[],
  {tensorParallel}: Sizes,
  worldSize: number | null,
): readonly number[] | null {
  if (worldSize === null) return null;
  const all = Array.from({length: worldSize}, (_, rank) => rank);
  const size = tensorParallel ?? worldSize;
  const isWhole = size >= worldSize || waiting.length === 0 || waiting.some(({group}) => group?.includes('default_pg'));
  if (isWhole) return all;
  // Ranks of one stage have successive numbers. A group of several stages has an unknown shape.
  const stages = new Set(waiting.map(({rank}) => Math.floor(rank / size)));
  const [stage = 0] = stages;
  return stages.size === 1 ? all.slice(stage * size, (stage + 1) * size) : null;
}

/** The reports of the group that most ranks wait in: numbers of operations are only comparable within one. */
function sameGroup(reports: readonly RankReport[], waiting: readonly RankReport[]): readonly RankReport[] {
  const counts = new Map<string, number>();
  for (const {group} of waiting) if (group !== null) counts.set(group, (counts.get(group) ?? 0) + 1);
  const [main] = [...counts].sort(([, one], [, other]) => other - one);
  return main === undefined ? [] : reports.filter(({group}) => group === main[0]);
}

function ranksBehind(reports: readonly RankReport[]): number[] {
  const reached = Math.max(...reports.map(({sequence}) => sequence ?? -1));
  return reports.flatMap(({rank, lastEnqueued}) => (lastEnqueued !== null && lastEnqueued < reached ? [rank] : []));
}

/** Ranks that wait in another kind of operation than most, under the same number. */
function ranksElsewhere(reports: readonly RankReport[]): number[] {
  const known = reports.filter(({operation}) => operation !== null);
  const [first, ...others] = known;
  if (first === undefined || others.some(({sequence}) => sequence !== first.sequence)) return [];
  const counts = new Map<string, number>();
  for (const {operation} of known) counts.set(operation ?? '', (counts.get(operation ?? '') ?? 0) + 1);
  const [main] = [...counts].sort(([, one], [, other]) => other - one);
  return counts.size < 2 ? [] : known.flatMap(({rank, operation}) => (operation === main?.[0] ? [] : [rank]));
}
