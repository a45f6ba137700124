/**
 * True if a whole text fits a pattern in which each `*` stands for any characters, also none. The time is linear in the
 * text for each `*`: every part is taken where it first stands.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  const endsAt = text.length - last.length;
  if (!text.startsWith(first) || !text.endsWith(last) || endsAt < first.length) return false;
  let position = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0 || found + part.length > endsAt) return false;
    position = found + part.length;
  }
  return true;
}
