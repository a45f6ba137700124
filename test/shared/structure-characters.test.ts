import {expect, test} from 'vitest';
import {parseConfigurationText} from '../../src/config/configuration-file.ts';
import {structureBeyond} from '../../src/shared/structure-characters.ts';

test('structure is counted, text is not', () => {
  expect(structureBeyond('a: [b, c]\n', 5)).toBeNull();
  expect(structureBeyond('a: [b, c]\n', 4)).toBe(9);
  expect(structureBeyond('word '.repeat(1_000), 0)).toBeNull();
});

test.each([
  ['keys', (count: number) => Array.from({length: count}, (_, index) => `k${index}: 1\n`).join('')],
  ['aliases', (count: number) => `a: &x 1\nb: [${'*x,'.repeat(count)}]\n`],
  ['brackets', (count: number) => '['.repeat(count)],
  ['quotes', (count: number) => '"'.repeat(count)],
])('a configuration of very many %s is refused before it is parsed', (_, textOf) => {
  const before = process.cpuUsage();
  expect(parseConfigurationText(textOf(30_000), 'gantry.yaml')).toMatchObject({
    ok: false,
    error: {code: 'configuration.file-too-large'},
  });
  expect(process.cpuUsage(before).user).toBeLessThan(500_000);
});
