import type {Base} from './bases.ts';
import {combinations} from './combinations.ts';
import {chosen, type Mutation, type Random} from './mutation.ts';
import {pages} from './pages.ts';
import {terminals, truncated, writers} from './terminals.ts';
import {newestFirst, viewers} from './viewers.ts';

/** A failing text to which something happened. */
export type Case = {
  readonly title: string;
  readonly base: Base;
  readonly lines: readonly string[];
  /** The part of the base that is left, before anything else happened to it. */
  readonly from: number;
  readonly to: number;
  readonly isTruncated: boolean;
};

const nothing: Mutation = {name: 'nothing', mutate: (lines) => lines};

const files = /json|CSV|Loki|export|get-log-events/;

/** Documents, of which prose around them makes none. */
const documents = /CSV|read --format|get-log-events|query/;

/** A text as it is written, shown by a viewer, copied from a terminal, and passed on in a message; half of them are cut. */
export function caseOf(base: Base, random: Random): Case {
  const isCut = random(2) === 0;
  const from = isCut ? random(base.lines.length) : 0;
  const to = isCut ? Math.min(base.lines.length, from + 1 + random(base.lines.length)) : base.lines.length;
  // A list of processes has no lines of a rank.
  const writer = chosen(base.found.kind === 'engine-log' ? writers : writers.slice(0, 1), random);
  const viewer = chosen<readonly Mutation[]>([[nothing], viewers, viewers, newestFirst], random);
  const shown = chosen(viewer, random);
  // Files are not shown by a viewer that could leave out something.
  const isTruncated = random(8) === 0 && !files.test(shown.name) && !writer.name.startsWith('colors');
  const terminal = terminalOf(writer, isTruncated, random);
  const page = random(4) === 0 ? chosen(pages, random) : nothing;
  const isPage = !(page.name.includes('issue') && documents.test(shown.name));
  const steps = [writer, shown, terminal, isPage ? page : nothing];
  return {
    title: [
      base.name,
      ...(isCut ? [`lines ${from + 1} to ${to} of ${base.lines.length}`] : []),
      ...steps.filter((step) => step !== nothing).map(({name}) => name),
    ].join(', '),
    base,
    lines: steps.reduce<readonly string[]>(
      (lines, {mutate}) => mutate(lines, random, base.engine),
      base.lines.slice(from, to),
    ),
    from,
    to,
    isTruncated,
  };
}

/** The same for what happens to a text several times; half of them are cut. */
export function combinedCaseOf(base: Base, random: Random): Case {
  const isCut = random(2) === 0;
  const from = isCut ? random(base.lines.length) : 0;
  const to = isCut ? Math.min(base.lines.length, from + 1 + random(base.lines.length)) : base.lines.length;
  // A list of processes has no lines of a rank.
  const fitting = combinations.filter(({name}) => base.found.kind === 'engine-log' || !name.includes('rank'));
  const {name, mutate} = chosen(fitting, random);
  const lines = mutate(base.lines.slice(from, to), random, base.engine);
  const title = [base.name, ...(isCut ? [`lines ${from + 1} to ${to} of ${base.lines.length}`] : []), name].join(', ');
  return {title, base, lines, from, to, isTruncated: false};
}

/** Colors have no width in a terminal: what is copied from one has none. */
function terminalOf(writer: Mutation, isTruncated: boolean, random: Random): Mutation {
  if (isTruncated) return chosen(truncated, random);
  const fitting = writer.name.startsWith('colors')
    ? terminals.filter(({name}) => !/blanks|wrapped|folded/.test(name))
    : terminals;
  return chosen(fitting, random);
}
