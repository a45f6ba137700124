import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {repositoryRoot} from './source-tree.ts';

/** Archaic or home-made English, and what to write instead. Text, names, comments and test titles are plain English. */
const idioms: readonly {readonly pattern: RegExp; readonly instead: string}[] = [
  {pattern: /\bgainsay/i, instead: 'conflicts with'},
  {pattern: /\bunasked\b/i, instead: 'unexpectedly'},
  {pattern: /\bno longer so\b/i, instead: 'resolved'},
  {pattern: /\blook(?:s|ed|ing)? after\b/i, instead: 'manages'},
  {pattern: /\blest\b/i, instead: 'so that ... not'},
  {pattern: /\b(?:there|where)of\b/i, instead: 'of it'},
  {pattern: /\bn[ao]ught\b/i, instead: 'nothing, zero'},
  {pattern: /\bhence\b/i, instead: 'so'},
  {pattern: /\banew\b/i, instead: 'again'},
  {pattern: /\bmisfortune/i, instead: 'fault'},
  {pattern: /\bdeeds?\b/i, instead: 'actions'},
  {pattern: /\bstrangers?\b/i, instead: 'foreign process'},
  {pattern: /\bsomebody\b/i, instead: 'another user, another process, someone'},
  {pattern: /\bwhomever\b/i, instead: 'any process'},
  {pattern: /\bbeside\b/i, instead: 'next to, besides, in addition to'},
  {pattern: /\b(?:be|is|are|was|were) told\b/i, instead: 'is reported, is logged'},
  {pattern: /\b(?:is|are) said\b/i, instead: 'is reported'},
  {pattern: /\bha(?:s|ve) (?:its|no|a) say\b/i, instead: 'contributes, is valid'},
  {pattern: /\bnobody knows\b/i, instead: 'is unknown'},
  {pattern: /\bnot known\b/i, instead: 'unknown'},
  {pattern: /\bwant of\b/i, instead: 'lack of'},
  {pattern: /\bgo(?:es)? on\b/i, instead: 'continues'},
  {pattern: /\bgives? way\b/i, instead: 'is replaced, is dropped'},
  {pattern: /\bpassed over\b/i, instead: 'skipped'},
  {pattern: /\bta(?:ught|ken for)\b/i, instead: 'measured; mistaken for'},
  {pattern: /\ball the same\b/i, instead: 'still'},
  {pattern: /\bat once\b/i, instead: 'immediately, at the same time'},
  {pattern: /\bin our words\b/i, instead: '(nothing)'},
  {pattern: /\btakes? the place of\b/i, instead: 'replaces'},
  {pattern: /\bstands? in for\b/i, instead: 'replaces'},
  {pattern: /\bwhere systemd is at work\b/i, instead: 'if systemd is running'},
];

/** Plain English that contains an idiom. */
const plainPhrases = /mistaken for/g;

const nameOf = ({pattern}: (typeof idioms)[number]): string => pattern.source;

function idiomsIn(text: string, file: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const plain = line.replaceAll(plainPhrases, '');
    return idioms
      .filter(({pattern}) => pattern.test(plain))
      .map((idiom) => `${file}:${index + 1} /${nameOf(idiom)}/: write ${idiom.instead}`);
  });
}

function filesBelow(folder: string, pattern: RegExp): readonly string[] {
  return readdirSync(path.join(repositoryRoot, folder), {recursive: true, encoding: 'utf8'})
    .filter((file) => pattern.test(file))
    .map((file) => path.join(folder, file));
}

const read = (file: string): string => readFileSync(path.join(repositoryRoot, file), 'utf8');

/** Titles of tests and their groups, each on a line of its number. */
function titlesOf(text: string): string {
  const titles = [
    ...text.matchAll(
      /\b(?:test|describe)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1|\]\)\(\s*(['"`])((?:\\.|(?!\3)[^\\])*)\3/g,
    ),
  ];
  const lines = text.split('\n').map(() => '');
  for (const match of titles) {
    const line = text.slice(0, match.index).split('\n').length - 1;
    lines[line] = `${lines[line]} ${match[2] ?? match[4] ?? ''}`;
  }
  return lines.join('\n');
}

const pages = ['README.md', 'CHANGELOG.md', ...filesBelow('docs', /\.md$/)];
const sources = ['src', 'scripts', 'bin'].flatMap((folder) => filesBelow(folder, /\.(?:ts|tsx|mjs|cjs|js|md)$/));
const tests = filesBelow('test', /\.test\.tsx?$/).filter((file) => !file.endsWith('idioms.test.ts'));

test('pages, source and test titles are in plain English', () => {
  expect(pages.length).toBeGreaterThan(5);
  expect(sources.length).toBeGreaterThan(300);
  expect(tests.length).toBeGreaterThan(200);
  expect([...pages, ...sources].flatMap((file) => idiomsIn(read(file), file))).toEqual([]);
  expect(tests.flatMap((file) => idiomsIn(titlesOf(read(file)), file))).toEqual([]);
});

describe('planted idioms are found:', () => {
  test.each([
    'The extra argument --tp gainsays the setting.',
    'the engine ended unasked',
    'No longer so: the disk is full',
    '/** The supervisor looks after an engine and stays. */',
    'lest it be lost',
    'the sum thereof',
    'const stranger = others[0];',
    'memory beside the budget',
    'it was told so (SIGTERM)',
    'what is on the GPUs is said',
    'for want of memory',
    'an unread GPU is taken for an idle one',
    'starts at once',
    'a shell script stands in for docker',
  ])('%s', (line) => {
    expect(idiomsIn(`first\n${line}`, 'planted.ts')).toEqual([expect.stringMatching(/^planted\.ts:2 /)]);
  });

  test.each([
    "test('the engine is told to stop', () => {",
    "test.each([\n  ['a', 1],\n])('%s goes on', () => {",
    'describe(\n  "what somebody else uses", () => {',
  ])('in a title: %s', (text) => {
    expect(idiomsIn(titlesOf(text), 'planted.test.ts')).toHaveLength(1);
  });
});

test('plain words are accepted', () => {
  const plain = [
    'a demo is not mistaken for a real node',
    'The engine continues.',
    'besides the plan',
    'a foreign process',
  ];
  for (const line of plain) expect(idiomsIn(line, 'plain.ts')).toEqual([]);
  expect(titlesOf("expect('goes on').toBe(1);")).toBe('');
});
