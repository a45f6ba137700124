import {expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {findBlocker} from '../../../src/supervisor/launch/preflight.ts';
import {guideSettings} from '../../engines/vllm/test-settings.ts';

/** Asked last: what cannot work is refused before anybody looks. */
const findInstallation = (): Promise<never> => Promise.reject(new Error('the engine was looked for'));

test.each([false, true])('extra arguments that cannot work stop a start, forced or not (%s)', async (force) => {
  const settings = guideSettings({extraArguments: ['--port', '9000']});
  const blocker = await findBlocker({settings, force, plan: absent('no card'), gpuFindings: [], findInstallation});
  expect(blocker).toMatchObject({code: 'vllm.argument-conflict', severity: 'critical'});
});
