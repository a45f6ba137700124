import {existsSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {durations} from './durations.ts';

test('every file with a recorded duration exists', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  expect(Object.keys(durations).filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});
