import {expect, test} from 'vitest';
import {readLines} from './read-lines.ts';

const refused = (reason: string): readonly string[] => [
  'The following GPUs could not be reset:',
  `  GPU 00000000:1A:00.0: ${reason}`,
  'exit=255',
];

test.each([
  [
    refused('In use by another client'),
    'GPU 00000000:1A:00.0 was not reset: In use by another client.',
    /nvidia-smi -pm 0/,
  ],
  [refused('Unknown Error'), 'GPU 00000000:1A:00.0 was not reset: Unknown Error.', /Reboot the host/],
  [refused('Insufficient Permissions'), 'GPU 00000000:1A:00.0 was not reset: Insufficient Permissions.', /as root/],
  [
    ["GPU Reset couldn't run because GPU 00000000:01:00.0 is the primary GPU."],
    'GPU 00000000:01:00.0 was not reset: it is the primary GPU.',
    /display manager/,
  ],
  [
    [
      "Unable to reset this GPU because it's being used by some other process (e.g. CUDA application). Please first kill all.",
    ],
    'The GPU was not reset: another process uses it.',
    /fuser/,
  ],
])('a GPU that was not reset is a failure, with what stands in the way: %j', (lines, message, remedy) => {
  const read = readLines(lines);
  expect(read).toMatchObject({
    kind: 'gpu-report',
    exit: 'failed',
    findings: [{code: 'source.nvidia-smi.not-reset', message}],
  });
  expect(read?.findings[0]?.remedy).toMatch(remedy);
});

test('GPUs that were reset are no failure', () => {
  const read = readLines(['GPU 00000000:1A:00.0 was successfully reset.', 'All done.']);
  expect(read).toMatchObject({exit: 'no-failure', findings: [], summary: ['GPU 00000000:1A:00.0 was reset.']});
});

test('a row of a GPU without the sentence above it is no refusal', () => {
  expect(readLines(['GPU 00000000:1A:00.0: In use by another client'])?.findings ?? []).toEqual([]);
});
