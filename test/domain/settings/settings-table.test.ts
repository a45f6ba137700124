import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {z} from 'zod';
import {type LaunchSettings, launchSettingFields} from '../../../src/domain/settings/launch-settings.ts';
import {
  isSettingName,
  type SettingName,
  settingNames,
  settingsTable,
  typedSettings,
} from '../../../src/domain/settings/settings-table.ts';
import {settingValues} from './settings-arbitrary.ts';

function checkRow<K extends SettingName>(name: K) {
  const values: fc.Arbitrary<LaunchSettings[K]> = settingValues[name];
  const {text} = settingsTable[name];
  fc.assert(
    fc.property(values, (value) => {
      expect(text.parse(text.format(value))).toEqual({ok: true, value});
      expect(text.display(value)).not.toBe('');
      expect(text.summary(value)).not.toBe('');
    }),
  );
}

test('the table has exactly one row for every key of the schema', () => {
  expect(settingNames.toSorted()).toEqual(Object.keys(launchSettingFields).toSorted());
  expect(isSettingName('contextLengthTokens')).toBe(true);
  expect(isSettingName('constructor')).toBe(false);
});

describe.each(settingNames)('%s', (name) => {
  const schema: z.ZodType = launchSettingFields[name];

  test('is parsed as it is typed, and can be shown', () => {
    checkRow(name);
  });

  test('what is parsed is valid in the schema', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^-?[\d,.]{0,9}[kKmM]?$/)), (typed) => {
        const read = settingsTable[name].text.parse(typed);
        if (read.ok) expect(schema.safeParse(read.value).error).toBeUndefined();
        else expect(read.error).toBe(settingsTable[name].text.expected);
      }),
    );
  });

  test('its preset and steps are values of it', () => {
    const {preset, steps} = settingsTable[name];
    if (name !== 'engine') expect(schema.safeParse(preset).error).toBeUndefined();
    for (const step of steps ?? []) expect(schema.safeParse(step).error).toBeUndefined();
  });
});

test.each(['model', 'format', 'servedModelName', 'host'] as const)(
  '%s is never an option of the engine: with a leading - it is refused',
  (name) => {
    for (const value of ['', '-', '--', '-x', '--trust-remote-code']) {
      expect(settingsTable[name].text.parse(value)).toEqual({ok: false, error: settingsTable[name].text.expected});
      expect(launchSettingFields[name].safeParse(value).success).toBe(false);
    }
    expect(launchSettingFields[name].safeParse('a-b').success).toBe(true);
  },
);

test('no two settings share a flag or a label', () => {
  const flags = settingNames.flatMap((name) => settingsTable[name].flag?.flag ?? []);
  const labels = settingNames.map((name) => settingsTable[name].label);
  expect(new Set(flags).size).toBe(flags.length);
  expect(new Set(labels).size).toBe(labels.length);
});

test('a list is shown by its length, because it may contain a secret', () => {
  const {text} = settingsTable.extraArguments;
  expect(text.summary(['--api-key', 'sk-planted'])).toBe('2 arguments');
  expect(text.summary(['--one'])).toBe('1 argument');
  expect(text.summary([])).toBe('none');
});

test('a change is shown as it is typed, and as a configuration key if there is no flag', () => {
  expect(typedSettings({memoryFraction: 0.95, contextLengthTokens: 9664})).toBe(
    '--memory-fraction 0.95 --context 9664',
  );
  expect(typedSettings({expertParallel: true, port: 9000})).toBe('--ep --port 9000');
  expect(typedSettings({expertParallel: false})).toBe('engine.expertParallel: false');
  expect(typedSettings({host: '0.0.0.0', maxRunningRequests: null})).toBe('engine.host: 0.0.0.0 --max-running auto');
  expect(typedSettings({})).toBe('');
});
