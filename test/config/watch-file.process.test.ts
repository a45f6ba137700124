import {appendFile, mkdir, rename, rm, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {fileStamp} from '../../src/config/file-stamp.ts';
import {watchFile} from '../../src/config/watch-file.ts';
import {atBeatIfAlive} from '../../src/sources/host/beat.ts';
import {eventually} from '../harness/eventually.ts';
import {makeTemporaryDirectory} from '../harness/temporary-directory.ts';

/** A text that stays shorter than this is never reported. */
const SETTLED_MS = 600;

/** A watched file, and what was reported of it: its texts, and codes of errors. */
function watched(name = 'gantry.yaml') {
  const place = makeTemporaryDirectory('watch');
  const file = path.join(place.directory, name);
  const seen: string[] = [];
  const watch = watchFile(file, (text) => seen.push(text.ok ? text.value : text.error.code), atBeatIfAlive);
  onTestFinished(() => {
    watch.stop();
    place.remove();
  });
  const last = (wanted: string) =>
    eventually(
      () => seen.at(-1) === wanted,
      () => `${wanted.slice(0, 40)}; seen were ${seen.map((text) => text.slice(0, 40)).join(', ')}`,
    );
  return {file, seen, watch, last, directory: place.directory};
}

test('each way in which an editor saves a file is noticed', async () => {
  const {file, last} = watched();
  await last('configuration.file-missing');
  await writeFile(file, 'a: 1\n');
  await last('a: 1\n');
  await appendFile(file, 'b: 2\n');
  await last('a: 1\nb: 2\n');
  await writeFile(`${file}.new`, 'c: 3\n');
  await rename(`${file}.new`, file);
  await last('c: 3\n');
  // As long as before, and saved within the same moment.
  await writeFile(file, 'c: 4\n');
  await last('c: 4\n');
  await rm(file);
  await last('configuration.file-missing');
  await writeFile(file, 'd: 5\n');
  await last('d: 5\n');
});

test('a symbolic link counts by its target, also when it is another one', async () => {
  const {file, last, directory} = watched();
  const [first, second] = [path.join(directory, 'first'), path.join(directory, 'second')];
  await writeFile(first, 'a: 1\n');
  await writeFile(second, 'a: 2\n');
  await symlink(first, file);
  await last('a: 1\n');
  await writeFile(first, 'a: 3\n');
  await last('a: 3\n');
  await symlink(second, `${file}.new`);
  await rename(`${file}.new`, file);
  await last('a: 2\n');
});

test('a directory that does not exist yet, a directory in place of the file, and a file that is too large', async () => {
  const {file, last} = watched('later/gantry.yaml');
  await last('configuration.file-missing');
  await mkdir(path.dirname(file));
  await writeFile(file, 'a: 1\n');
  await last('a: 1\n');
  await rm(file);
  await mkdir(file);
  await last('configuration.file-unreadable');
  await rm(file, {recursive: true});
  await writeFile(file, 'x'.repeat(1_000_000));
  await last('configuration.file-too-large');
  await writeFile(file, 'a: 2\n');
  await last('a: 2\n');
});

test('of a file that is still being written only a text that stayed for long is reported, and the end', async () => {
  const {file, seen, last} = watched();
  await writeFile(file, 'start\n');
  await last('start\n');
  // On a busy machine even a text between two writes may stay for long.
  const stayed = new Set(['start\n']);
  let text = 'start\n';
  let sinceMs = performance.now();
  for (let count = 1; count <= 100; count += 1) {
    const startedMs = performance.now();
    await writeFile(file, `count: ${count}\n`);
    if (performance.now() - sinceMs > SETTLED_MS) stayed.add(text).add('');
    text = `count: ${count}\n`;
    sinceMs = startedMs;
  }
  await last(text);
  expect(seen.slice(seen.indexOf('start\n'), -1).filter((one) => !stayed.has(one))).toEqual([]);
});

test('a look that a command asks for is independent of the clock, which a timer may be ahead of', async () => {
  const {file, seen, watch, last} = watched();
  await writeFile(file, 'a: 1\n');
  await last('a: 1\n');
  const nowMs = performance.now();
  const now = vi.spyOn(performance, 'now').mockReturnValue(nowMs);
  onTestFinished(() => now.mockRestore());
  await writeFile(file, 'a: 2\n');
  await watch.check();
  expect(seen.at(-1)).toBe('a: 2\n');
});

test('a look that a command asks for finds what was saved right before it', async () => {
  const {file, seen, watch, last} = watched();
  await writeFile(file, 'a: 1\n');
  await last('a: 1\n');
  await writeFile(file, 'a: 2\n');
  await watch.check();
  expect(seen.at(-1)).toBe('a: 2\n');
  watch.stop();
  await writeFile(file, 'a: 3\n');
  await watch.check();
  expect(seen.at(-1)).toBe('a: 2\n');
});

test('the stamp is that of the file whose text was reported, and of no other', async () => {
  const {file, watch, last} = watched();
  expect(watch.stamp()).toBeNull();
  await last('configuration.file-missing');
  expect(watch.stamp()).toBe(fileStamp(file));
  await writeFile(file, 'a: 1\n');
  expect(watch.stamp()).not.toBe(fileStamp(file));
  await last('a: 1\n');
  expect(watch.stamp()).toBe(fileStamp(file));
  await writeFile(file, 'a: 2\n');
  await eventually(
    () => watch.stamp() === null,
    () => 'the stamp stayed',
  );
  await last('a: 2\n');
  expect(watch.stamp()).toBe(fileStamp(file));
  await appendFile(file, '');
  await writeFile(file, 'a: 2\n');
  await eventually(
    () => watch.stamp() === fileStamp(file),
    () => 'the stamp of the same text in a file written again was not taken',
  );
});
