import {mkdtemp, open, readdir, readFile, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {writeBuild} from '../../scripts/write-build.mjs';

const NOW_MS = Date.UTC(2026, 10, 26);
const DAY_MS = 86_400_000;

async function createDist() {
  const directory = await mkdtemp(path.join(tmpdir(), 'gantry-build-'));
  onTestFinished(() => rm(directory, {recursive: true}));
  const at = (name: string) => path.join(directory, name);
  return {
    at,
    build: (files: Readonly<Record<string, string>>) =>
      writeBuild(
        Object.entries(files).map(([name, text]) => ({path: at(name), contents: Buffer.from(text)})),
        directory,
        NOW_MS,
      ),
    names: async () => (await readdir(directory)).toSorted(),
  };
}

test('a build of the same source writes no file', async () => {
  const {at, build} = await createDist();
  const files = {'gantry.js': 'import "./chunk-A.js"', 'chunk-A.js': 'a'};
  await build(files);
  const before = await stat(at('gantry.js'), {bigint: true});
  await build(files);
  const after = await stat(at('gantry.js'), {bigint: true});
  expect([after.ino, after.size]).toEqual([before.ino, before.size]);
});

test('a program of the earlier build continues reading its file and its parts', async () => {
  const {at, build, names} = await createDist();
  await build({'gantry.js': 'first', 'chunk-A.js': 'a'});
  const running = await open(at('gantry.js'));
  onTestFinished(() => running.close());
  await build({'gantry.js': 'second', 'chunk-B.js': 'b'});
  expect(await running.readFile('utf8')).toBe('first');
  expect(await readFile(at('gantry.js'), 'utf8')).toBe('second');
  expect(await names()).toEqual(['chunk-A.js', 'chunk-B.js', 'gantry.js']);
});

test('parts that no build has used for a month are removed', async () => {
  const {at, build, names} = await createDist();
  for (const [name, days] of [
    ['chunk-OLD.js', 31],
    ['chunk-LATE.js', 29],
  ] as const) {
    await writeFile(at(name), '');
    const atSeconds = (NOW_MS - days * DAY_MS) / 1_000;
    await utimes(at(name), atSeconds, atSeconds);
  }
  await build({'gantry.js': 'new'});
  expect(await names()).toEqual(['chunk-LATE.js', 'gantry.js']);
});

test('the age of a part counts from the last build that used it', async () => {
  const {at, build, names} = await createDist();
  await build({'gantry.js': 'first', 'chunk-A.js': 'a'});
  const atSeconds = (NOW_MS - 40 * DAY_MS) / 1_000;
  await utimes(at('chunk-A.js'), atSeconds, atSeconds);
  await build({'gantry.js': 'second', 'chunk-A.js': 'a'});
  await build({'gantry.js': 'third'});
  expect(await names()).toEqual(['chunk-A.js', 'gantry.js']);
  expect((await stat(at('chunk-A.js'))).mtimeMs).toBe(NOW_MS);
});
