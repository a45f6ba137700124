import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {detailSchemas} from '../../src/domain/diagnosis/details/details.ts';
import {repositoryRoot} from './source-tree.ts';

const page = readFileSync(path.join(repositoryRoot, 'docs/findings.md'), 'utf8');

/** Errors of commands and clients: they are answers, and do not last. */
const answers: ReadonlySet<string> = new Set(['lifecycle.other-settings', 'supervisor.incompatible']);

/** The first column of the table, as patterns; `other preflight.*` counts for all that are not named. */
const listed = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`'))
  .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));

const isListed = (code: string): boolean =>
  listed.some((pattern) => (pattern.endsWith('*') ? code.startsWith(pattern.slice(0, -1)) : pattern === code));

test.each(Object.keys(detailSchemas).filter((code) => !answers.has(code)))(
  'docs/findings.md says what ends %s',
  (code) => {
    expect(isListed(code)).toBe(true);
  },
);

test('a code that the page does not list is noticed', () => {
  expect(isListed('lifecycle.no-such-code')).toBe(false);
});
