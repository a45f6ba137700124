/** `[rank1]:`, `[Rank 1]`, `TP6]`, `(Worker_TP3_EP3 pid=...)`. */
const pattern =
  /\[rank(\d{1,5})\]|\bRank (\d{1,5})\b|\bTP(\d{1,5})(?=[\] ])|\(Worker_(?:DP\d+_)?(?:PP\d+_)?TP(\d{1,5})/;
/** Prefixes are at the beginning of a line, or after a progress bar. */
const LONGEST_PREFIX = 400;

/** The rank whose process wrote a line, as a subject: "Rank 3"; "A rank" if the line does not name it. */
export function rankSubject(match: RegExpExecArray): string {
  const rank = rankOf(match);
  return rank === null ? 'A rank' : `Rank ${rank}`;
}

/** The GPU of that rank, as a subject: "The GPU of rank 3", or "A GPU". */
export function gpuSubject(match: RegExpExecArray): string {
  const rank = rankOf(match);
  return rank === null ? 'A GPU' : `The GPU of rank ${rank}`;
}

function rankOf({input, index}: RegExpExecArray): string | null {
  const match = pattern.exec(input.slice(Math.max(0, index - LONGEST_PREFIX), index));
  return match?.slice(1).find((group) => group !== undefined) ?? null;
}
