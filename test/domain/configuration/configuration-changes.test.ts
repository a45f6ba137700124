import {expect, test} from 'vitest';
import {changeSentence, configurationChanges} from '../../../src/domain/configuration/configuration-changes.ts';
import type {ConfiguredValue} from '../../../src/domain/configuration/configured-value.ts';

function aValue(key: string, value: ConfiguredValue['value'], change: Partial<ConfiguredValue> = {}): ConfiguredValue {
  const origin = {from: 'file', place: '/c/gantry.yaml:1:1'} as const;
  return {key, value, exact: JSON.stringify(value), origin, overridden: null, ...change};
}

function sentences(before: ConfiguredValue, after: ConfiguredValue): readonly string[] {
  return configurationChanges([before], [after]).map(changeSentence);
}

test.each([
  ['cost.nodeUsdPerHour', 28.8, 30, 'cost.nodeUsdPerHour 28.8 -> 30'],
  ['cost.nodeUsdPerHour', null, 30, 'cost.nodeUsdPerHour not set -> 30'],
  ['engine.port', 8000, 8001, 'engine.port 8000 -> 8001 at the next start of the engine'],
  [
    'engine.contextLengthTokens',
    262_144,
    131_072,
    'engine.contextLengthTokens 262,144 -> 131,072 at the next start of the engine',
  ],
  ['engine.memoryFraction', 0.9, 0.915, 'engine.memoryFraction 0.90 -> 0.915 at the next start of the engine'],
  [
    'engine.maxRunningRequests',
    null,
    1_024,
    'engine.maxRunningRequests not set -> 1,024 at the next start of the engine',
  ],
  ['engine.trustRemoteCode', true, false, 'engine.trustRemoteCode true -> false at the next start of the engine'],
  ['console.layout', 'overview', 'gpus', 'console.layout overview -> gpus in the next console'],
  ['restart.automatic', true, false, 'restart.automatic true -> false'],
])('%s from %s to %s is reported as screens show it', (key, before, after, sentence) => {
  expect(sentences(aValue(key, before), aValue(key, after))).toEqual([sentence]);
});

test('a list is reported by its length, and as changed where the length is the same', () => {
  const before = aValue('engine.extraArguments', ['--a', '--b']);
  expect(sentences(before, aValue('engine.extraArguments', ['--a', '--c']))).toEqual([
    'engine.extraArguments changed (2 values) at the next start of the engine',
  ]);
  expect(sentences(before, aValue('engine.extraArguments', []))).toEqual([
    'engine.extraArguments 2 values -> none at the next start of the engine',
  ]);
});

test('a line that moved is no change', () => {
  const moved = aValue('engine.port', 8000, {origin: {from: 'file', place: '/c/gantry.yaml:9:9'}});
  expect(sentences(aValue('engine.port', 8000), moved)).toEqual([]);
});

test('an edit below a variable is reported with the variable, once', () => {
  const origin = {from: 'environment', variable: 'GANTRY_ENGINE_PORT'} as const;
  const overridden = {value: 8001, exact: '8001', place: '/c/gantry.yaml:2:9'};
  const before = aValue('engine.port', 9000, {origin});
  const after = aValue('engine.port', 9000, {origin, overridden});
  expect(sentences(before, after)).toEqual([
    'engine.port is set to 8001 in /c/gantry.yaml:2:9, but GANTRY_ENGINE_PORT overrides it',
  ]);
  expect(sentences(after, after)).toEqual([]);
  expect(sentences(after, before)).toEqual([]);
});
