import {readFile} from 'node:fs/promises';
import {expect, test} from 'vitest';
import {layoutJsonSchemaText} from '../../src/layout/layout-schema.ts';

test('the JSON Schema of the layouts is the one that the program validates with', async () => {
  const written = await readFile(new URL('../../layouts/layout.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(written)).toEqual(JSON.parse(layoutJsonSchemaText()));
});

test('the JSON Schema has every panel kind', () => {
  expect(layoutJsonSchemaText()).toContain('"gpu-memory"');
});
