import {expect, test} from 'vitest';
import {configurationKeys} from '../../../../src/config/configuration-keys.ts';
import {thresholdKeys, thresholdKeysOf} from '../../../../src/domain/diagnosis/conditions/threshold-keys.ts';
import {readSource, sourceFiles} from '../../../architecture/source-tree.ts';

const paths = new Set(configurationKeys.map(({path}) => path));
const others = sourceFiles()
  .filter((file) => !file.endsWith('threshold-keys.ts'))
  .map((file) => readSource(file));

test.each([...thresholdKeys])('%s is reported by keys that the configuration has', (code, keys) => {
  expect(keys.filter((key) => !paths.has(key))).toEqual([]);
  expect(others.some((text) => text.includes(`'${code}'`))).toBe(true);
});

test('an engine that does not answer is reported by the time that its metrics may be unread', () => {
  expect(thresholdKeysOf('lifecycle.not-answering')).toEqual(['findings.metricsUnreadSeconds']);
  expect(thresholdKeysOf('source.metrics.timeout')).toEqual(['findings.metricsUnreadSeconds']);
  expect(thresholdKeysOf('gpu.lost')).toEqual([]);
});

test('every threshold of a condition belongs to a finding', () => {
  const known = new Set([...thresholdKeys.values()].flat());
  // These apply to every finding, or decide how often an engine is asked.
  const general = new Set([
    'findings.resolvedRatio',
    'findings.resolvedSeconds',
    'findings.noticeMinutes',
    'findings.canaryMinutes',
  ]);
  const thresholds = [...paths].filter((path) => path.startsWith('findings.') && !general.has(path));
  expect(thresholds.filter((path) => !known.has(path))).toEqual([]);
});
