import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {withImportTable} from '../../scripts/import-table.ts';
import {repositoryRoot, sourceFolders} from './source-tree.ts';

const map = readFileSync(path.join(repositoryRoot, 'src', 'README.md'), 'utf8');
const listed = [...map.matchAll(/^\| `([a-z/-]+)` \| (?!nothing)[^|]*\|$/gm)].flatMap(([, folder]) =>
  folder === undefined ? [] : [folder],
);

test('the map lists every folder of src/', () => {
  expect(sourceFolders().filter((folder) => !listed.includes(folder))).toEqual([]);
});

test('the map lists no folder that does not exist', () => {
  const existing = sourceFolders();
  expect(listed.filter((folder) => !existing.includes(folder))).toEqual([]);
});

test("the map's import table is the linter's", () => {
  expect(withImportTable(map)).toBe(map);
});
