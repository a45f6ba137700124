/** Texts that people give by mistake, or because they have nothing else; the first match counts. */
const kinds: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^\s*<(?:!DOCTYPE )?html/i, 'a web page'],
  [/^#!\s*\//, 'a script'],
  [/^(?:apiVersion|kind|services|version): /m, 'a YAML file'],
  [/^(?:import \w|from \w[\w.]{0,80} import |def \w{1,80}\(|class \w{1,80}[(:])/m, 'Python source'],
  [/^CONTAINER ID +IMAGE/m, 'a list of containers'],
  [/^ {0,12}(?:CPU|Memory|Tasks): [\d.]/m, 'the status of a unit'],
  [/^\w[\w.-]{0,60}@[\w.-]{1,80}:[^$#\n]{0,200}[$#] /m, 'a terminal session'],
  [/^\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[[{"\]]|$))/, 'JSON'],
];

/** Characters of a text by which it is judged. */
const MAX_CHARACTERS = 20_000;

/** What a text of no known kind seems to be, as a part of a sentence; null if unknown. */
export function foreignKind(lines: readonly string[]): string | null {
  const text = lines.join('\n').slice(0, MAX_CHARACTERS);
  if (text.trim() === '') return 'empty';
  return kinds.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
