import type {Mutation} from './mutation.ts';

const escapeCharacter = '\u001b';

/** What programs and other ranks do to the lines before a viewer has them. */
export const writers: readonly Mutation[] = [
  {name: 'as it is', mutate: (lines) => lines},
  {
    name: 'colors',
    mutate: (lines) =>
      lines.map((line, index) => (index % 2 === 0 ? `${escapeCharacter}[1;36m${line}${escapeCharacter}[0m` : line)),
  },
  {
    name: 'colors without their escape',
    mutate: (lines) => lines.map((line) => line.replace(/^(\S+)/, '[1;36m$1[0;0m')),
  },
  {
    name: 'between the lines of another rank',
    mutate: (lines, random, engine) =>
      lines.flatMap((line, index) =>
        random(2) === 0 ? [atTimeOf(lines.slice(0, index + 1), otherRank[engine] ?? 'idle'), line] : [line],
      ),
  },
];

const clock = /\d\d-\d\d \d\d:\d\d:\d\d/;

/** Ranks of one start write at one time. */
function atTimeOf(lines: readonly string[], said: string): string {
  const time = lines.findLast((line) => clock.test(line));
  return said.replace(clock, clock.exec(time ?? '')?.[0] ?? '$&');
}

/** A harmless line, as another rank of the same engine writes it. */
const otherRank: Readonly<Partial<Record<string, string>>> = {
  sglang: '[2026-05-06 12:31:07 TP7] Using default MoE config. Performance might be sub-optimal!',
  llamacpp: 'slot update_slots: id  7 | task 7 | nothing to do',
  vllm: '(Worker_TP7 pid=4317) INFO 05-06 12:31:07 [parallel_state.py:1208] rank 7 in world size 8 is assigned as TP rank 7',
};

const wrappedAt = (width: number): Mutation => ({
  name: `wrapped at ${width} columns`,
  mutate: (lines) =>
    lines.flatMap((line) => line.replaceAll('\t', ' '.repeat(8)).match(new RegExp(`.{1,${width}}`, 'gu')) ?? ['']),
});

/** As `fold -s` does: behind the last blank within the width; a word that is longer is broken. */
const foldedAt = (width: number): Mutation => ({
  name: `folded at ${width} columns`,
  mutate: (lines) => lines.flatMap((line) => folded(line.replaceAll('\t', ' '.repeat(8)), width)),
});

function folded(line: string, width: number): readonly string[] {
  const rows: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const blank = rest.slice(0, width).lastIndexOf(' ');
    const end = blank < 0 ? width : blank + 1;
    rows.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...rows, rest];
}

const trimmed = (mutation: Mutation): Mutation => ({
  name: `${mutation.name}, without blanks at the ends`,
  mutate: (lines, random, engine) => mutation.mutate(lines, random, engine).map((line) => line.trimEnd()),
});

const filled = (mutation: Mutation, width: number): Mutation => ({
  name: `${mutation.name} and filled with blanks`,
  mutate: (lines, random, engine) => mutation.mutate(lines, random, engine).map((line) => line.padEnd(width)),
});

const WIDTH = 120;

/** What the terminal, or the page, does to them from which they are copied. */
export const terminals: readonly Mutation[] = [
  {name: 'whole', mutate: (lines) => lines},
  wrappedAt(WIDTH),
  wrappedAt(80),
  wrappedAt(173),
  filled(wrappedAt(WIDTH), WIDTH),
  filled(wrappedAt(80), 80),
  // As `tmux capture-pane -p` prints them.
  trimmed(wrappedAt(80)),
  foldedAt(WIDTH),
  foldedAt(80),
  {name: 'filled with blanks', mutate: (lines) => lines.map((line) => line.padEnd(WIDTH))},
  {name: 'with line ends of Windows', mutate: (lines) => lines.map((line) => `${line}\r`)},
];

/** Viewers that do not show more of a line: what they leave out is lost. */
export const truncated: readonly Mutation[] = ['\u2026', '...', '>'].map((mark) => ({
  name: `truncated with ${mark}`,
  mutate: (lines) => lines.map((line) => (line.length > WIDTH ? `${line.slice(0, WIDTH - mark.length)}${mark}` : line)),
}));
