import {expect, test} from 'vitest';
import {baseUrlOf} from '../../../src/supervisor/watch/watched-run.ts';
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
