import {expect, test} from 'vitest';
import {configurationJsonSchemaText, configurationSchema} from '../../src/config/configuration.ts';
import {configurationKeys} from '../../src/config/configuration-keys.ts';
import {settingNames, settingPath, settingsTable} from '../../src/domain/settings/settings-table.ts';

test('every key has a description and its own variable', () => {
  for (const key of configurationKeys) expect(key.description, key.path).toMatch(/^[A-Z].*\.$/);
  expect(new Set(configurationKeys.map(({variable}) => variable)).size).toBe(configurationKeys.length);
});

test('the keys are complete', () => {
  const whole = configurationSchema.parse({});
  const paths = Object.entries(whole).flatMap(([section, values]) =>
    Object.keys(values).map((name) => `${section}.${name}`),
  );
  expect(configurationKeys.map((key) => key.path).sort()).toEqual(paths.sort());
});

test("a variable's name follows from its key's path", () => {
  const variableOf = (path: string): string | undefined => configurationKeys.find((key) => key.path === path)?.variable;
  expect(variableOf('engine.contextLengthTokens')).toBe('GANTRY_ENGINE_CONTEXT_LENGTH_TOKENS');
  expect(variableOf('cost.nodeUsdPerHour')).toBe('GANTRY_COST_NODE_USD_PER_HOUR');
  expect(variableOf('nvidiaSmi.path')).toBe('GANTRY_NVIDIA_SMI');
});

test('the JSON Schema describes every key and refuses others', () => {
  const text = configurationJsonSchemaText();
  for (const key of configurationKeys) expect(text).toContain(JSON.stringify(key.description));
  expect(JSON.parse(text)).toMatchObject({title: 'Gantry configuration', additionalProperties: false});
});

test('every launch setting has its key, its variable and its description', () => {
  const paths = configurationKeys.filter(({section}) => section === 'engine').map(({path}) => path);
  expect(paths.toSorted()).toEqual(
    [...settingNames.map(settingPath), 'engine.container', 'engine.executable'].toSorted(),
  );
  for (const name of settingNames) {
    const key = configurationKeys.find(({path}) => path === settingPath(name));
    expect(key?.variable).toMatch(/^GANTRY_ENGINE_[A-Z_]+$/);
    if (name !== 'engine') expect(key?.description).toBe(settingsTable[name].description);
  }
});
