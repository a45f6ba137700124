import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {TruthWriter, truthFiles} from '../../../src/simulator/traffic/write-truth.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const core = (generationTokens: number) => ({
  promptTokens: 100,
  cachedPromptTokens: 60,
  generationTokens,
  createdSeconds: 1,
});

test('what each core of an engine served is a line for each change, and so are its starts and pages', () => {
  const directory = temporaryDirectory('truth');
  writeFileSync(path.join(directory, truthFiles.cores), '2\n');
  const truth = new TruthWriter(directory);
  expect(truth.coreCount).toBe(2);
  truth.served([core(0), core(1)]);
  truth.served([core(0), core(5)]);
  truth.page();
  expect(truth.takeReset()).toBeNull();
  writeFileSync(path.join(directory, truthFiles.reset), '1');
  expect(truth.takeReset()).toBe(1);
  expect(existsSync(path.join(directory, truthFiles.reset))).toBe(false);
  truth.served([core(0), core(5)]);
  const lines = readFileSync(path.join(directory, truthFiles.served), 'utf8').trim().split('\n');
  const {pid} = process;
  expect(lines.map((line) => line.replace(/^\d+ /, ''))).toEqual([
    `${pid} served 0 100 60 0`,
    `${pid} served 1 100 60 1`,
    `${pid} served 1 100 60 5`,
    `${pid} page`,
    `${pid} reset 1`,
    `${pid} served 1 100 60 5`,
  ]);
});

test('without a directory nothing is written, and an engine has one core', () => {
  for (const directory of [undefined, '']) {
    const truth = new TruthWriter(directory);
    truth.served([core(1)]);
    truth.page();
    expect([truth.coreCount, truth.takeReset()]).toEqual([1, null]);
  }
});
