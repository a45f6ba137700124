import {expect, test} from 'vitest';
import {placeText} from '../../../src/views/text/place-text.ts';

const id = '0123456789abcdef'.repeat(4);
const podUid = '3f1c9a7e-52d4-4c1b-9e0a-7b6d5c4f3e2a';

test.each([
  ['docker 0123456789ab', {runtime: 'docker', id, podUid: null}],
  ['container 0123456789ab', {runtime: null, id, podUid: null}],
  ['lxc a-name-longer-than-an-id', {runtime: 'lxc', id: 'a-name-longer-than-an-id', podUid: null}],
  ['pod 3f1c9a7e', {runtime: 'containerd', id, podUid}],
  ['pod 3f1c9a7e', {runtime: null, id: null, podUid}],
] as const)('a container is named as its tool takes it: %s', (text, container) => {
  expect(placeText({container, unit: null})).toBe(text);
});

test('outside of containers it is the unit, if there is one', () => {
  expect(placeText({container: null, unit: 'vllm.service'})).toBe('vllm.service');
  expect(placeText({container: null, unit: null})).toBeNull();
});
