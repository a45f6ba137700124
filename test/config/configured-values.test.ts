import {describe, expect, test} from 'vitest';
import {noFile, parseConfigurationText} from '../../src/config/configuration-file.ts';
import {configurationPaths} from '../../src/config/configuration-keys.ts';
import {combineConfiguration} from '../../src/config/load-configuration.ts';
import type {ConfiguredValue} from '../../src/domain/configuration/configured-value.ts';

const FILE = '/config/gantry.yaml';

function valuesOf(text: string | null, env: Record<string, string> = {}): readonly ConfiguredValue[] {
  const file = text === null ? null : parseConfigurationText(text, FILE);
  if (file?.ok === false) throw new Error(file.error.message);
  const loaded = combineConfiguration(file === null ? noFile(FILE) : file.value, FILE, env);
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value.values;
}

function theValue(key: string, ...from: Parameters<typeof valuesOf>): ConfiguredValue {
  const found = valuesOf(...from).find((value) => value.key === key);
  if (found === undefined) throw new Error(`no key ${key}`);
  return found;
}

test('without a file every key has its default', () => {
  const values = valuesOf(null);
  expect(values.map(({key}) => key)).toEqual(configurationPaths.map(({path}) => path));
  expect(new Set(values.map(({origin}) => origin.from))).toEqual(new Set(['default']));
  expect(values.every(({overridden}) => overridden === null)).toBe(true);
});

test('a value of the file has its line and column', () => {
  const {value, origin} = theValue('cost.nodeUsdPerHour', 'cost:\n  nodeUsdPerHour: 30\n');
  expect(value).toBe(30);
  expect(origin).toEqual({from: 'file', place: `${FILE}:2:19`});
  expect(theValue('hooks', 'hooks:\n  - {on: [engine.*], command: [/bin/page]}\n').origin).toEqual({
    from: 'file',
    place: `${FILE}:2:3`,
  });
});

test('the environment comes before the file, and what the file says is still known', () => {
  const env = {GANTRY_ENGINE_CONTEXT_LENGTH_TOKENS: '65536'};
  expect(theValue('engine.contextLengthTokens', 'engine: {contextLengthTokens: 128K}', env)).toMatchObject({
    value: 65_536,
    origin: {from: 'environment', variable: 'GANTRY_ENGINE_CONTEXT_LENGTH_TOKENS'},
    overridden: {value: 131_072, place: `${FILE}:1:31`},
  });
  expect(theValue('engine.contextLengthTokens', 'cost: {}', env).overridden).toBeNull();
});

describe('a secret in the file', () => {
  test.each([
    ['engine.extraArguments', 'engine: {extraArguments: [--api-key, sk-planted, --seed, "3"]}'],
    ['engine.container', 'engine: {container: {image: a:b, arguments: [-e, TOKEN=sk-planted]}}'],
    ['hooks', 'hooks: [{on: [engine.*], url: "https://user:sk-planted@example.org/sk-planted"}]'],
    ['hooks', 'hooks: [{on: [engine.*], command: [/bin/page, sk-planted]}]'],
  ])('is not in what is shown of %s, but a change of it is noticed', (key, text) => {
    const value = theValue(key, text);
    expect(JSON.stringify(value.value)).not.toContain('sk-planted');
    expect(theValue(key, text.replaceAll('sk-planted', 'sk-other')).exact).not.toBe(value.exact);
  });

  test.each([
    ['engine: {extraArguments: "--api-key sk-planted"}'],
    ['engine: {extraArguments: [{key: sk-planted}]}'],
    ['engine: {container: {image: a:b, arguments: "-e TOKEN=sk-planted"}}'],
    ['hooks: [{on: [engine.*], url: "ftp://sk-planted"}]'],
    ['hooks: [{on: [engine.*], command: sk-planted}]'],
    ['engine:\n  extraArguments: ["--api-key", "sk-planted"\n'],
    ['"sk-planted" "sk-planted"'],
  ])('is not in an error about %s', (text) => {
    expect(() => valuesOf(text)).toThrow();
    expect(() => valuesOf(text)).not.toThrow('sk-planted');
  });
});
