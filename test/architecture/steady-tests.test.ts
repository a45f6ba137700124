import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';

const testRoot = path.resolve(import.meta.dirname, '..');

/** What no test file may hold, and what takes its place. */
const rules: readonly {readonly name: string; readonly pattern: RegExp; readonly instead: string}[] = [
  {name: 'a second word for a test', pattern: /^\s*it(?:\.\w+)*\(/m, instead: 'test('},
  {
    name: 'a test left out or run alone',
    pattern: /\.(?:only|todo)\(|\b(?:test|describe)(?:\.\w+)*\.(?:skip|fails)\(/,
    instead: 'test.skipIf, test.runIf or context.skip() with its reason',
  },
  {
    name: 'a sleep',
    pattern: /new Promise(?:<\w+>)?\(\(?\w+\)? =>\s*(?:\{\s*)?setTimeout|node:timers\/promises/,
    instead: 'eventually() of test/harness, on what was recorded',
  },
  {
    name: 'polling with a deadline of its own',
    pattern: /\bvi\s*\.wait(?:For|Until)\(|expect\s*\.poll\(/,
    instead: 'eventually() of test/harness',
  },
  {
    name: 'a measured time below a limit',
    pattern: /expect\(performance\.now\(\) - \w+\)\.toBeLessThan\(\d{1,3}(?:_\d{3})?\)/,
    instead: 'npm run bench, or a limit that says what else would have happened',
  },
];

/** Files that may: they poll for all others, or measure. */
const exempt = /^(?:harness\/eventually\.ts|bench\/|mutants\/)/;

const files = readdirSync(testRoot, {recursive: true, encoding: 'utf8'})
  .filter((file) => /\.tsx?$/.test(file) && !exempt.test(file) && !file.startsWith('architecture/steady-tests'))
  .toSorted();

const violations = (text: string): readonly string[] =>
  rules.flatMap(({name, pattern, instead}) => (pattern.test(text) ? [`${name}; use ${instead}`] : []));

describe('no test depends on the load of the machine', () => {
  test.each(files)('%s', (file) => {
    expect(violations(readFileSync(path.join(testRoot, file), 'utf8'))).toEqual([]);
  });

  test.each([
    ["  it('does', () => {});", 'a second word'],
    ["test.each([1]).only('does', () => {});", 'a test left out'],
    ["describe.skip('does', () => {});", 'a test left out'],
    ['await new Promise((resolve) => setTimeout(resolve, 20));', 'a sleep'],
    ["import {setTimeout as delay} from 'node:timers/promises';", 'a sleep'],
    ['await vi.waitFor(() => expect(1).toBe(1));', 'polling'],
    ['await expect\n  .poll(look).toBe(1);', 'polling'],
    ['expect(performance.now() - startedMs).toBeLessThan(3_000);', 'a measured time'],
  ])('%j is found', (text, name) => {
    expect(violations(text)[0]).toContain(name);
  });
});
