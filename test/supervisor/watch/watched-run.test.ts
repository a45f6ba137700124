import {expect, test} from 'vitest';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {apiKeyOf, baseUrlOf} from '../../../src/supervisor/watch/watched-run.ts';
import {settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';

test.each([
  ['127.0.0.1', 'http://127.0.0.1:8123'],
  ['0.0.0.0', 'http://127.0.0.1:8123'],
  ['::', 'http://127.0.0.1:8123'],
  ['::1', 'http://[::1]:8123'],
  ['10.0.0.7', 'http://10.0.0.7:8123'],
  ['node-1', 'http://node-1:8123'],
])('an engine that listens on %s is asked at %s', (host, url) => {
  expect(baseUrlOf({...settingsOf(), host, port: 8_123})).toBe(url);
});

test('an empty key is no key', () => {
  const name = vllm.apiKeyVariable;
  expect(apiKeyOf(vllm, {[name]: 'sk-1'})).toBe('sk-1');
  expect(apiKeyOf(vllm, {[name]: ''})).toBeNull();
  expect(apiKeyOf(vllm, {})).toBeNull();
});
