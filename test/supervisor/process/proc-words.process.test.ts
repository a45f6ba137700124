import {spawn} from 'node:child_process';
import {expect, onTestFinished, test} from 'vitest';
import {readWords} from '../../../src/supervisor/process/proc-words.ts';
import {eventually} from '../../harness/eventually.ts';

/** A process whose environment has exactly so many bytes. */
function withEnvironment(bytes: number): number {
  const last = 'LAST=mark\0';
  const env = {FIRST: 'x'.repeat(bytes - 'FIRST=\0'.length - last.length), LAST: 'mark'};
  const {pid = 0} = spawn('/bin/sleep', ['600'], {env, stdio: 'ignore'});
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  return pid;
}

test.each([100, 8_191, 8_192, 8_193, 16_384, 100_000])('an environment of %i bytes is read whole', async (bytes) => {
  const pid = withEnvironment(bytes);
  const words = await eventually(async () => {
    const read = await readWords(pid, 'environ');
    return read.some((word) => word.startsWith('FIRST=')) ? read : null;
  }, 'the program with its environment');
  expect(words.join('\0')).toHaveLength(bytes);
  expect(words).toContain('LAST=mark');
  expect(await readWords(pid, 'cmdline')).toEqual(['/bin/sleep', '600', '']);
});

test('a process that is gone has no words', async () => {
  expect(await readWords(2 ** 30, 'environ')).toEqual([]);
});
