import type {Mutation} from './mutation.ts';
import {terminals, writers} from './terminals.ts';
import {newestFirst, viewers} from './viewers.ts';

function named(list: readonly Mutation[], name: string): Mutation {
  const found = list.find((mutation) => mutation.name === name);
  if (found === undefined) throw new Error(`There is no mutation "${name}".`);
  return found;
}

/** One after the other. */
function combined(...steps: readonly Mutation[]): Mutation {
  return {
    name: steps.map(({name}) => name).join(' and '),
    mutate: (lines, random, engine) => steps.reduce((shown, {mutate}) => mutate(shown, random, engine), lines),
  };
}

const wrapped = named(terminals, 'wrapped at 80 columns');
const windows = named(terminals, 'with line ends of Windows');
const otherRank = named(writers, 'between the lines of another rank');

/** What a terminal makes of tabs, by the columns that they stand in. */
const expandedTabs: Mutation = {
  name: 'with tabs expanded',
  mutate: (lines) =>
    lines.map((line) => {
      const parts = line.split('\t');
      return parts.reduce((text, part) => `${text.padEnd(text.length + 8 - (text.length % 8))}${part}`);
    }),
};

/** A message of Slack, copied with the time of each. */
const slack: Mutation = {
  name: 'copied from Slack',
  mutate: (lines) => [
    'Ana Ops',
    '  10:42 AM',
    'it is down again, this is all that I have',
    '```',
    ...lines,
    '```',
    '10:44',
    'any idea?',
  ],
};

/** What a page of GitHub has where its source was copied. */
const details: Mutation = {
  name: 'in details of a page, with entities',
  mutate: (lines) => [
    '<details><summary>Log</summary>',
    '',
    '```',
    ...lines.map((line) =>
      line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ),
    '```',
    '',
    '</details>',
  ],
};

/** Several things that happened to a text, in the order in which they do. */
export const combinations: readonly Mutation[] = [
  combined(named(viewers, 'docker compose'), wrapped),
  combined(named(viewers, 'docker logs -t'), wrapped),
  combined(otherRank, named(newestFirst, 'docker logs -t, newest first')),
  combined(otherRank, named(newestFirst, 'journalctl, newest first')),
  combined(named(viewers, 'kubectl logs --prefix'), windows),
  combined(named(viewers, 'journalctl'), named(viewers, 'a quotation')),
  expandedTabs,
  slack,
  details,
];
