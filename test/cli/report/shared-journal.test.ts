import {expect, test} from 'vitest';
import {withoutEnvironments} from '../../../src/cli/report/shared-journal.ts';
import {createValueDigests} from '../../../src/supervisor/access/value-digests.ts';
import {recordEnvironment} from '../../../src/supervisor/launch/engine-environment.ts';
import {intentionOf} from '../../supervisor/state-dir/journal-samples.ts';

const environment = {
  salt: 'ab'.repeat(16),
  ...recordEnvironment({CUDA_VISIBLE_DEVICES: '0', HF_TOKEN: 'a'}, createValueDigests()),
};
const begun = {type: 'intention-begun', atMs: 1, intention: intentionOf('start-1'), bootId: 'boot', simulated: null};
const recorded = JSON.stringify({...begun, environment});

test('a shared journal has neither the salt nor a digest, and everything else', () => {
  const other = '{"type": "run-ready", "atMs": 2}';
  const launched = `{"key":"engine.container","digest":"${'0'.repeat(64)}","origin":{}}`;
  const shared = withoutEnvironments(`${recorded}\n${other}\n${launched}\n`);
  expect(shared).toBe(`${JSON.stringify(begun)}\n${other}\n{"key":"engine.container","origin":{}}\n`);
});

test('wherever a line is cut, no digest is shared together with the salt', () => {
  const digests = Object.values(environment.digests);
  for (let at = 1; at < recorded.length; at += 1) {
    const shared = withoutEnvironments(`${recorded.slice(0, at)}\n${recorded.slice(at)}`);
    const found = digests.filter((digest) => shared.includes(digest));
    expect(found.length > 0 && shared.includes(environment.salt), `cut at ${at}`).toBe(false);
  }
  expect(withoutEnvironments('{"type": "damaged')).toBe('{"type": "damaged');
  expect(withoutEnvironments('["environment"]')).not.toContain('environment"');
});
