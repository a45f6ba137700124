import {expect, test} from 'vitest';
import {
  changeBetween,
  differencesText,
  differingSettings,
  sameSettings,
} from '../../../src/domain/settings/settings-difference.ts';
import {settingsOf} from '../lifecycle/lifecycle-samples.ts';

const present = settingsOf(131_072);

test('what differs is told as data: key, present value, asked value', () => {
  const asked = {...present, port: 9000, extraArguments: ['--x'], maxRunningRequests: null};
  expect(differingSettings({...present, maxRunningRequests: 64}, asked)).toEqual([
    {key: 'port', present: present.port, asked: 9000},
    {key: 'maxRunningRequests', present: 64, asked: null},
    {key: 'extraArguments', present: present.extraArguments, asked: ['--x']},
  ]);
  expect(sameSettings(present, asked)).toBe(false);
  expect(sameSettings(present, {...present})).toBe(true);
});

test('and in words where a message needs them', () => {
  const differences = differingSettings(present, {...present, contextLengthTokens: 262_144, model: 'm'});
  expect(differencesText(differences)).toBe(
    `model ${JSON.stringify(present.model)}, not "m", contextLengthTokens 131072, not 262144`,
  );
});

test('a change is plain values, and null where a list differs', () => {
  expect(changeBetween(present, {...present, port: 9000})).toEqual({port: 9000});
  expect(changeBetween(present, {...present, extraArguments: ['--x']})).toBeNull();
});
