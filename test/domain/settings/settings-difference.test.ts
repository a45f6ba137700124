import fc from 'fast-check';
import {expect, test} from 'vitest';
import {applySettingsChange} from '../../../src/domain/settings/launch-settings.ts';
import {
  changeBetween,
  changeText,
  differencesText,
  differingSettings,
  sameSettings,
  shownChange,
} from '../../../src/domain/settings/settings-difference.ts';
import {changedNames} from '../../../src/domain/settings/settings-table.ts';
import {settingsOf} from '../lifecycle/lifecycle-samples.ts';
import {anySettings} from './settings-arbitrary.ts';

test('the change between two settings leads from one to the other, and is empty only if they are equal', () => {
  fc.assert(
    fc.property(anySettings, anySettings, (from, to) => {
      const change = changeBetween(from, to);
      expect(applySettingsChange(from, change)).toEqual(to);
      expect(changedNames(change).length === 0).toBe(sameSettings(from, to));
      expect(changedNames(changeBetween(from, from))).toEqual([]);
      expect(differingSettings(from, to)).toHaveLength(changedNames(change).length);
    }),
  );
});

test('a change is shown with its names and values, before and after', () => {
  const before = settingsOf(131_072);
  const change = {kvCacheDtype: 'fp8', contextLengthTokens: 65_536, maxRunningRequests: null} as const;
  expect(shownChange(change, before)).toEqual([
    {label: 'KV cache', before: 'auto', after: 'fp8'},
    {label: 'context', before: '131,072', after: '65,536'},
    {label: 'max running requests', before: 'engine default', after: 'engine default'},
  ]);
  expect(shownChange({memoryFraction: 0.955}, null)).toEqual([
    {label: 'memory fraction', before: null, after: '0.955'},
  ]);
  expect(changeText(change)).toBe('KV cache fp8, context 65,536, max running requests engine default');
});

test('a difference has the current and the requested value, secrets masked; its message has only the length of a list', () => {
  const current = settingsOf(131_072);
  const requested = {...current, contextLengthTokens: 262_144, extraArguments: ['--api-key', 'sk-planted']};
  const differences = differingSettings(current, requested);
  expect(differences).toEqual([
    {key: 'contextLengthTokens', current: 131_072, requested: 262_144},
    {key: 'extraArguments', current: [], requested: ['--api-key', '****']},
  ]);
  expect(differencesText(differences)).toBe('context 131,072, not 262,144, extra arguments none, not 2 arguments');
});

test('two lists of the same length are different, and never said to be "2 arguments, not 2 arguments"', () => {
  const current = {...settingsOf(131_072), extraArguments: ['--seed', '1']};
  const differences = differingSettings(current, {...current, extraArguments: ['--seed', '2']});
  expect(differencesText(differences)).toBe('extra arguments changed (2 arguments)');
});
