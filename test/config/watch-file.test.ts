import {expect, onTestFinished, test, vi} from 'vitest';
import {watchFile} from '../../src/config/watch-file.ts';
import {ok} from '../../src/shared/result.ts';

const SECOND_NS = 1_000_000_000n;
const file = {text: 'a: 1\n', timeNs: 0n, reads: 0};

vi.mock('node:fs/promises', async (original) => ({
  ...(await original<object>()),
  stat: async () =>
    Promise.resolve({
      isFile: () => true,
      dev: 1n,
      ino: 2n,
      size: BigInt(file.text.length),
      mtimeNs: file.timeNs,
      ctimeNs: file.timeNs,
    }),
}));
vi.mock('../../src/config/configuration-file.ts', async (original) => ({
  ...(await original<object>()),
  readConfigurationText: async () => {
    file.reads += 1;
    return Promise.resolve(ok(file.text));
  },
}));

/** A watch whose time passes only as the test says; what it reported last. */
async function watched(timeNs: bigint) {
  Object.assign(file, {text: 'a: 1\n', timeNs, reads: 0});
  let nowMs = 1_000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  let act: (() => void) | null = null;
  const seen: string[] = [];
  const watch = watchFile(
    '/etc/gantry.yaml',
    (text) => seen.push(text.ok ? text.value : text.error.code),
    (_, again) => {
      act = again;
      return () => {
        act = null;
      };
    },
  );
  onTestFinished(() => {
    watch.stop();
    clock.mockRestore();
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const pass = async (ms: number): Promise<void> => {
    for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
      nowMs += 500;
      act?.();
      await settle();
    }
  };
  await settle();
  await pass(2_000);
  expect(seen).toEqual(['a: 1\n']);
  /** How long an edit to a text of the same length takes to be reported, within a minute and a half. */
  const delayOf = async (text: string): Promise<number> => {
    file.text = text;
    const sinceMs = nowMs;
    while (seen.at(-1) !== text && nowMs - sinceMs < 90_000) await pass(500);
    return nowMs - sinceMs;
  };
  return {pass, delayOf, watch, isWaiting: () => act !== null};
}

test.each([
  ['whole seconds', 1_700_000_000n * SECOND_NS],
  ['none', 0n],
])(
  'an edit is reported within two seconds where the file system keeps times of %s, also long after the last one',
  async (_, timeNs) => {
    const {pass, delayOf} = await watched(timeNs);
    expect(await delayOf('a: 2\n')).toBeLessThanOrEqual(2_000);
    await pass(300_000);
    expect(await delayOf('a: 3\n')).toBeLessThanOrEqual(2_000);
  },
);

test('a second edit at the time of the first one is reported within two seconds', async () => {
  const {pass, delayOf} = await watched(1_700_000_000n * SECOND_NS);
  await pass(60_000);
  file.timeNs += SECOND_NS + 5n;
  expect(await delayOf('a: 2\n')).toBeLessThanOrEqual(2_000);
  expect(await delayOf('a: 3\n')).toBeLessThanOrEqual(2_000);
});

test('a file whose time is set back to what it was is read once a minute, and no file more often than that while nothing changes', async () => {
  const {pass, delayOf} = await watched(1_700_000_000n * SECOND_NS + 5n);
  await pass(20_000);
  const before = file.reads;
  await pass(600_000);
  expect(file.reads - before).toBeLessThanOrEqual(11);
  const delayMs = await delayOf('a: 2\n');
  expect(delayMs).toBeGreaterThan(2_000);
  expect(delayMs).toBeLessThanOrEqual(62_000);
});

test('once stopped it looks no more', async () => {
  const {watch, isWaiting} = await watched(0n);
  expect(isWaiting()).toBe(true);
  watch.stop();
  expect(isWaiting()).toBe(false);
});
