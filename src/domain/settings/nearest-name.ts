/** Twice the longest known name. */
const LONGEST_NAME = 100;

/** The known name closest to a mistyped one; undefined when none is similar. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  // Nobody mistypes a name as a page of text, and comparing it would take long.
  if (name.length > LONGEST_NAME) return undefined;
  const limit = Math.max(2, Math.floor(name.length / 3));
  let nearest: string | undefined;
  let nearestDistance = limit + 1;
  for (const candidate of known) {
    const distance = distanceBetween(name.toLowerCase(), candidate.toLowerCase());
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** A name cut short, as in `context` for `contextLengthTokens`, counts like a typo. */
function distanceBetween(name: string, candidate: string): number {
  const isCutShort = name.length >= 4 && candidate.startsWith(name);
  return isCutShort ? 1 : editDistance(name, candidate);
}

/** Insertions, deletions and replacements between two words (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
