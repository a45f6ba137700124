import {readdirSync, readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {digestOf, sourceOf} from '../../scripts/indexed-png.ts';

const folder = new URL('../../docs/pictures/', import.meta.url);
const files = readdirSync(folder);
const names = files.filter((file) => file.endsWith('.svg')).map((file) => file.replace(/\.svg$/, ''));

// The pixels are not compared: another release of the renderer may draw the edges of letters otherwise.
test.each(names)('the PNG of %s was drawn from its SVG as it is: npm run golden', (name) => {
  const svg = readFileSync(new URL(`${name}.svg`, folder), 'utf8');
  expect(sourceOf(readFileSync(new URL(`${name}.png`, folder)))).toBe(digestOf(svg));
});

test('every picture is there as SVG and as PNG', () => {
  expect(files.toSorted()).toEqual(names.flatMap((name) => [`${name}.png`, `${name}.svg`]).toSorted());
});
