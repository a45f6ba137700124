/** Most parts of a list that are written out. */
const MAX_PARTS = 6;

/** Ranks within a sentence: `rank 7`, `ranks 0-5 and 7`. */
export function rankList(ranks: readonly number[]): string {
  return `${ranks.length === 1 ? 'rank' : 'ranks'} ${rangesText(ranks)}`;
}

/** The same at the beginning of one. */
export function ranksSubject(ranks: readonly number[]): string {
  return rankList(ranks).replace(/^r/, 'R');
}

function rangesText(ranks: readonly number[]): string {
  const ranges: {from: number; to: number}[] = [];
  for (const rank of [...new Set(ranks)].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to + 1 === rank) last.to = rank;
    else ranges.push({from: rank, to: rank});
  }
  const texts = ranges.flatMap(({from, to}) => {
    if (from === to) return [`${from}`];
    return to === from + 1 ? [`${from}`, `${to}`] : [`${from}-${to}`];
  });
  const shown = texts.length > MAX_PARTS ? [...texts.slice(0, MAX_PARTS), 'others'] : texts;
  const last = shown.pop();
  return shown.length === 0 ? `${last}` : `${shown.join(', ')} and ${last}`;
}
