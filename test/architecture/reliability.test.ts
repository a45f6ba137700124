import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/reliability.md'), 'utf8');
const rows = [...page.matchAll(/^\|[^|]+\|[^|]+\| `([^`]+)`: (.+) \|$/gm)].map(([, file, title]) => ({
  file: file ?? '',
  title: title ?? '',
}));

describe('the table of faults', () => {
  test('has every fault that Gantry promises to survive', () => {
    expect(rows.length).toBeGreaterThanOrEqual(30);
  });

  test.each(rows)('$file has a test that says: $title', ({file, title}) => {
    const test = path.join(root, 'test', file);
    expect(existsSync(test)).toBe(true);
    const plain = (text: string): string => text.replaceAll('\\u2019', '\u2019').replaceAll(/\s+/g, ' ');
    expect(plain(readFileSync(test, 'utf8'))).toContain(plain(title));
  });

  test('lists every fault that is injected end to end', () => {
    const folder = path.join(root, 'test/e2e/faults');
    const sources = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'));
    const source = sources.join('\n').replaceAll('\\u2019', '\u2019');
    const titles = [...source.matchAll(/(?:test|\]\))\(\s*'([^']+)'/g)].map(([, title]) => title ?? '');
    const listed = rows.map(({title}) => title);
    const unlisted = titles.filter(
      (title) =>
        !listed.includes(title) &&
        !['is not restarted if the policy says so', 'is degraded, with evidence'].includes(title),
    );
    expect(unlisted).toEqual([]);
  });
});
