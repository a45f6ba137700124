import {expect, test} from 'vitest';
import {forceable} from '../../../src/domain/preflight/check.ts';
import {doctorText} from '../../../src/views/text/doctor-text.ts';

test('each check has a line, and below it what is wrong and what to do', () => {
  const finding = {
    code: 'preflight.shared-memory-small',
    severity: 'critical' as const,
    message: '/dev/shm has 64 MiB: 8 workers exchange through it.',
    evidence: null,
    remedy: 'Give the container more.',
    settingsChange: null,
  };
  const text = doctorText(
    [forceable('Node', 'v24.1.0'), forceable('shared memory', '/dev/shm has 0.06 GiB', finding)],
    60,
  );
  expect(text.split('\n')).toEqual([
    'ok      Node           v24.1.0',
    'BLOCKS  shared memory  /dev/shm has 0.06 GiB',
    '    /dev/shm has 64 MiB: 8 workers exchange through it.',
    '    -> Give the container more.',
  ]);
});

test('what another check explains names that instead of its own remedy, and nothing is printed twice', () => {
  const lost = {
    code: 'source.nvidia-smi.gpu-lost',
    severity: 'critical' as const,
    message: 'GPU 3: GPU is lost.',
    evidence: null,
    remedy: 'Reboot.',
    settingsChange: null,
  };
  const plan = {...lost, code: 'preflight.does-not-fit', message: 'These settings need 8 GPUs; 7 can be used.'};
  const text = doctorText([forceable('nvidia-smi', '7 of 8 GPUs', lost), forceable('plan', plan.message, plan)], 60);
  expect(text.split('\n')).toEqual([
    'BLOCKS  nvidia-smi  7 of 8 GPUs',
    '    GPU 3: GPU is lost.',
    '    -> Reboot.',
    'BLOCKS  plan        These settings need 8 GPUs; 7 can be used.',
    '    Because: GPU 3: GPU is lost.',
  ]);
});
