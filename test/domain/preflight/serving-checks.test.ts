import {describe, expect, test} from 'vitest';
import {withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {forceable, required} from '../../../src/domain/preflight/check.ts';
import {checksWhileServing} from '../../../src/domain/preflight/serving-checks.ts';
import {findingOf} from '../lifecycle/lifecycle-samples.ts';

const memoryTaken = (...pids: readonly number[]): Finding => ({
  ...findingOf('any'),
  ...withDetails('preflight.gpu-memory-taken', {
    neededBytesPerGpu: 2,
    cards: [{index: 0, freeBytes: 1, holders: pids.map((pid) => ({pid, name: 'python', usedBytes: 1}))}],
  }),
});

describe('the checks of an engine that serves', () => {
  test.each([
    findingOf('preflight.does-not-fit'),
    findingOf('preflight.no-plan'),
    findingOf('preflight.port-in-use'),
    findingOf('preflight.port-unusable'),
    memoryTaken(),
  ])('$code is proved wrong by it', (finding) => {
    expect(checksWhileServing([required('it', 'cannot work', finding)])).toEqual([
      required('it', 'the engine runs with these settings'),
    ]);
  });

  test.each([findingOf('preflight.shared-memory-small'), memoryTaken(4711)])(
    '$code is a warning: it concerns the next start',
    (finding) => {
      const [check] = checksWhileServing([forceable('it', 'detail', finding)]);
      expect(check).toEqual(forceable('it', 'detail', {...finding, severity: 'warning'}));
    },
  );

  test('what concerns the present stays, and so does what is in order', () => {
    const checks = [
      forceable('nvidia-smi', '7 GPUs', findingOf('source.nvidia-smi.gpu-lost')),
      required('state directory', 'full', findingOf('preflight.state-directory')),
      forceable('plan', 'fits'),
      forceable('open files', 'few', findingOf('preflight.limit-low', 'warning')),
    ];
    expect(checksWhileServing(checks)).toEqual(checks);
  });
});
