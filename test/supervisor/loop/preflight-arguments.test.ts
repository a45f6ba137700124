import {expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {findBlocker} from '../../../src/supervisor/loop/preflight.ts';
import {guideSettings} from '../../engines/vllm/test-settings.ts';

test.each([false, true])('extra arguments that cannot work stop a start, forced or not (%s)', async (force) => {
  const settings = guideSettings({extraArguments: ['--port', '9000']});
  const blocker = await findBlocker({settings, force, plan: absent('no card'), gpuFindings: []});
  expect(blocker).toMatchObject({code: 'vllm.argument-conflict', severity: 'critical'});
});
