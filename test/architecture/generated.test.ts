import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {withLayerOverrides} from '../../scripts/biome-configuration.ts';
import {configurationJsonSchemaText} from '../../src/config/configuration.ts';
import {repositoryRoot} from './source-tree.ts';

test("the linter's configuration contains the table of layers", () => {
  const text = readFileSync(path.join(repositoryRoot, '.biome.json'), 'utf8');
  expect(withLayerOverrides(text)).toBe(text);
});

test("the configuration's JSON Schema is the one that the program validates with", () => {
  const text = readFileSync(path.join(repositoryRoot, 'docs', 'configuration.schema.json'), 'utf8');
  expect(text).toBe(configurationJsonSchemaText());
});
