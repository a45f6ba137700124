import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {createTruthWriter} from '../../../src/simulator/traffic/write-truth.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const served = (generationTokens: number) => ({promptTokens: 100, cachedPromptTokens: 60, generationTokens});

test('what an engine served is a line for each change', () => {
  const file = path.join(temporaryDirectory('truth'), 'served');
  const write = createTruthWriter(file);
  for (const tokens of [0, 1, 1, 5]) write(served(tokens));
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const {pid} = process;
  expect(lines.map((line) => line.replace(/^\d+ /, ''))).toEqual([
    `${pid} 100 60 0`,
    `${pid} 100 60 1`,
    `${pid} 100 60 5`,
  ]);
});

test('without a file nothing is written', () => {
  expect(() => createTruthWriter(undefined)(served(1))).not.toThrow();
  expect(() => createTruthWriter('')(served(1))).not.toThrow();
});
