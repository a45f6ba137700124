import {spawn} from 'node:child_process';
import {getDefaultHighWaterMark} from 'node:stream';
import {expect, onTestFinished, test, vi} from 'vitest';
import {readInPortions, withoutReadAhead} from '../../../../src/sources/nvidia-smi/stream/read-in-portions.ts';
import {startChild} from '../../../../src/sources/nvidia-smi/stream/start-child.ts';
import {eventually} from '../../../harness/eventually.ts';

/** A gathering that ends when the test says so. */
function withTimersOfTest(): {readonly endGathering: () => void} {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  onTestFinished(() => void vi.useRealTimers());
  return {endGathering: () => void vi.advanceTimersByTime(1_000)};
}

/** A program that repeats what it is told, each part in a write of its own, and says on its other output how much it has written. */
function startEcho() {
  const program = `let written = 0;
    process.stdin.on('data', (part) => process.stdout.write(part, () => process.stderr.write(String(++written))));`;
  const child = withoutReadAhead(() => spawn(process.execPath, ['-e', program], {stdio: 'pipe'}));
  onTestFinished(() => void child.kill('SIGKILL'));
  let written = '';
  child.stderr.on('data', (part: Buffer) => {
    written = part.toString();
  });
  let count = 0;
  return {
    output: child.stdout,
    end: () => void child.stdin.end(),
    say: async (cell: string) => {
      child.stdin.write(cell);
      count += 1;
      await eventually(() => written === String(count), `${cell} to be written`);
      await new Promise<void>((resolve) => void setImmediate(resolve));
    },
  };
}

test('what arrives while it gathers is one portion, and stays in the pipe until then', async () => {
  const {endGathering} = withTimersOfTest();
  const {say, end, output} = startEcho();
  const portions: string[] = [];
  readInPortions(output, 50, (bytes) => void portions.push(bytes.toString()));
  for (const cell of ['a', 'b', 'c', 'd']) await say(cell);
  // The stream learns that it is not to read from the part behind the first one.
  expect([portions, output.readableLength]).toEqual([[], 1]);
  endGathering();
  await eventually(() => portions.length > 0, 'the portion');
  expect(portions).toEqual(['abcd']);
  await say('e');
  end();
  await eventually(() => portions.length > 1, 'what is there at the end, without waiting for it');
  expect(portions).toEqual(['abcd', 'e']);
});

test('nothing is lost of a child that is let go, or that ends while it gathers', async () => {
  let out = '';
  const child = startChild('/bin/sh', ['-c', 'for cell in 1 2 3; do echo $cell; done; exit 4'], {
    onStdout: (chunk) => (out += chunk.toString()),
    onStderr: () => undefined,
    gatherMs: 10,
  });
  expect(await child.ended).toMatchObject({exitCode: 4});
  expect(out).toBe('1\n2\n3\n');
});

test('other streams read in advance as before', () => {
  const usual = getDefaultHighWaterMark(false);
  expect(withoutReadAhead(() => getDefaultHighWaterMark(false))).toBe(1);
  expect(() =>
    withoutReadAhead(() => {
      throw new Error('it did not start');
    }),
  ).toThrow('it did not start');
  expect(getDefaultHighWaterMark(false)).toBe(usual);
});
