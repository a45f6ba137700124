import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import type {TextDiagnosis} from '../../../src/domain/diagnosis/text-diagnosis.ts';
import {failingLogs} from './failing-logs.ts';
import {createRandom, type Mutation, others, prefixes, reversed} from './mutations.ts';
import {readLines} from './read-lines.ts';

const CASES = 2_100;
const seed = Number(process.env['GANTRY_SEED'] ?? 20_260_405);
/** Lines around the failure: a case of a whole log would take seconds. */
const WINDOW = 14;

const root = process.env['GANTRY_RECORDINGS'] ?? '../shared/captures';
const folders = ['field', 'engines'].map((name) => path.join(root, name)).filter((folder) => existsSync(folder));
if (folders.length === 0) console.warn(`NOT TESTED: mutations of recorded logs, which are not in ${root}.`);

type Base = {
  readonly name: string;
  readonly lines: readonly string[];
  readonly code: string;
  readonly engine: string;
  readonly cause: number;
};

/** The position of the line in the evidence of a finding; -1 if it names none. */
function lineOf(diagnosis: TextDiagnosis): number {
  return Number(/^line (\d+):/.exec(diagnosis.findings[0]?.evidence ?? '')?.[1] ?? 0) - 1;
}

/** The part of a log around its failure, if it is one of an engine and has a known line. */
function baseOf(name: string, whole: readonly string[]): readonly Base[] {
  const first = readLines(whole);
  if (first?.kind !== 'engine-log' || first.exit !== 'failed' || first.view.isNewestFirst) return [];
  const at = lineOf(first);
  if (at < 0) return [];
  const lines = whole.slice(Math.max(0, at - WINDOW), at + WINDOW);
  const found = readLines(lines);
  const code = found?.findings[0]?.code;
  // A window may cut what the whole log has.
  return found === null || code === undefined || code === 'log.cut-in-traceback' || lineOf(found) < 0
    ? []
    : [{name, lines, code, engine: first.engine ?? '', cause: lineOf(found)}];
}

function recordedBases(): readonly Base[] {
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.txt'))
      .flatMap((name) => baseOf(name, readFileSync(path.join(folder, name), 'utf8').split('\n'))),
  );
}

const ownBases = Object.entries(failingLogs).flatMap(([name, {lines}]) => baseOf(name, lines));

/** The same failure needs another cure in another phase: without the lines that show the phase, only the kind is the same. */
function kindOf(code: string): string {
  return code.replace(/^[a-z]+\./, '').replace(/^(out-of-memory).*/, '$1');
}

test('the logs of these tests fail for what they are named after', () => {
  for (const [name, {code, lines}] of Object.entries(failingLogs)) {
    expect(readLines(lines), name).toMatchObject({kind: 'engine-log', exit: 'failed'});
    expect(readLines(lines)?.findings[0]?.code, name).toBe(code);
  }
  expect(ownBases).toHaveLength(Object.keys(failingLogs).length);
});

test.each([...prefixes, ...others, ...reversed])('$name changes no finding of the tests\u2019 own logs', ({mutate}) => {
  for (const {name, lines, code, engine} of ownBases) {
    const found = readLines(mutate(lines, createRandom(1), engine));
    expect([found?.exit, kindOf(found?.findings[0]?.code ?? '')], name).toEqual(['failed', kindOf(code)]);
  }
});

function chosen<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`There is no item ${index} of ${list.length}.`);
  return item;
}

type Case = {
  readonly title: string;
  readonly base: Base;
  readonly lines: readonly string[];
  readonly hasCause: boolean;
};

function caseOf(base: Base, random: (below: number) => number): Case {
  const pick = (mutations: readonly Mutation[]): Mutation => chosen(mutations, random(mutations.length));
  const from = random(base.lines.length);
  const to = Math.min(base.lines.length, from + 1 + random(base.lines.length));
  const isCut = random(2) === 0;
  const part = isCut ? base.lines.slice(from, to) : base.lines;
  const other = pick(others);
  const outer = [pick(prefixes), pick(reversed)][random(3)] ?? wrapped(other);
  const cut = isCut ? ` cut to ${from}..${to}` : '';
  return {
    title: `${base.name}${cut}, ${other.name}, ${outer.name}`,
    base,
    lines: outer.mutate(other.mutate(part, random, base.engine), random, base.engine),
    hasCause: !isCut || (base.cause >= from && base.cause < to),
  };
}

/** Terminals wrap what they show: colors have no width there, and lines of two ranks are not mixed within a line. */
function wrapped({name}: Mutation): Mutation {
  const isPlain = name === 'as it is' || name.startsWith('between');
  return chosen(
    others,
    others.findIndex((one) => one.name.startsWith(isPlain ? 'wrapped' : 'as it is')),
  );
}

/** What is wrong with the answer to a case; null if nothing is. */
function complaint({title, base, lines, hasCause}: Case): string | null {
  const found = readLines(lines);
  const codes = (found?.findings ?? []).map(({code}) => code);
  if (!hasCause) return null;
  if (found === null || found.exit !== 'failed') return `is ${found?.exit ?? 'nothing'}`;
  const [first = 'none'] = codes;
  // Lines that were broken up are not always put together again: then the failure is still one, in fewer words.
  const isBroken = title.includes('wrapped');
  return isBroken || kindOf(first) === kindOf(base.code) ? null : `${first} instead of ${base.code}`;
}

test(`${CASES} cut, reversed, prefixed, colored, wrapped and interleaved logs keep their failure`, () => {
  console.info(`Mutations of logs: seed ${seed} (GANTRY_SEED)`);
  const random = createRandom(seed);
  const bases = [...ownBases, ...recordedBases()];
  const cases = Array.from({length: CASES}, () => caseOf(chosen(bases, random(bases.length)), random));
  const wrong = cases.flatMap((one) => {
    const said = complaint(one);
    return said === null ? [] : [`${one.title}: ${said}`];
  });
  expect(wrong.length, wrong.slice(0, 60).join('\n')).toBe(0);
}, 300_000);
