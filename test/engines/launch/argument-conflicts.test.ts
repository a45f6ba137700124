import {describe, expect, test} from 'vitest';
import {
  endpointConflict,
  secretConflict,
  settingConflict,
  settingsInArguments,
} from '../../../src/engines/launch/argument-conflicts.ts';
import {settingOptions} from '../../../src/engines/vllm/setting-options.ts';

const port = {value: '8000', setting: 'port'} as const;
const option = (value: string | null) => ({name: '--port', written: '--p', value});

describe('an option conflicts with a setting', () => {
  test.each<[string | null, string | null]>([
    ['8000', '8000'],
    ['8000.0', '8000'],
    ['0.90', '0.9'],
    ['1e3', '1000'],
    [null, null],
    ['on', 'on'],
    ['', ''],
  ])('not where it says %j and the setting %j', (value, said) => {
    expect(settingConflict('vllm', option(value), {...port, value: said})).toBeNull();
  });

  test.each<[string | null, string | null, string]>([
    ['8001', '8000', '--p 8001'],
    ['0.91', '0.9', '--p 0.91'],
    [null, '8000', '--p'],
    [null, '0', '--p'],
    ['0', null, '--p 0'],
    ['', '0', '--p '],
    [' ', '0', '--p  '],
    ['x', 'y', '--p x'],
  ])('where it says %j and the setting %j', (value, said, evidence) => {
    expect(settingConflict('vllm', option(value), {...port, value: said})).toMatchObject({
      code: 'vllm.argument-conflict',
      severity: 'critical',
      evidence,
      settingsChange: null,
    });
  });

  test('the finding has the value of the setting, or says that a switch is on', () => {
    expect(settingConflict('vllm', option('8001'), port)?.message).toContain('(8000)');
    expect(settingConflict('vllm', option('8001'), {...port, value: null})?.message).toContain('(on)');
  });

  test('never if there is no such setting', () => {
    expect(settingConflict('vllm', option('8001'), undefined)).toBeNull();
  });
});

test('a secret has its option as written, or its name, as evidence', () => {
  expect(secretConflict('sglang', '--api-key', '')).toMatchObject({
    code: 'sglang.secret-argument',
    evidence: '--api-key',
  });
  expect(secretConflict('sglang', '--api-key', '', '--api')).toMatchObject({evidence: '--api'});
});

test('an endpoint has its option as written, without its value, as evidence', () => {
  expect(endpointConflict('vllm', {name: '--uds', written: '--u', value: '/x'}, 'it moves')).toMatchObject({
    code: 'vllm.endpoint-argument',
    evidence: '--u',
  });
});

describe('what arguments say about the settings', () => {
  test('is found by the option; a switch has no value, and other arguments do not matter', () => {
    const launchArguments = [
      {argv: ['--max-model-len', '4096'], why: ''},
      {argv: ['--enable-expert-parallel'], why: ''},
      {argv: ['--trust-remote-code'], why: ''},
      {argv: [], why: ''},
    ];
    expect(settingsInArguments(launchArguments, settingOptions)).toEqual([
      ['--max-model-len', {value: '4096', setting: 'contextLengthTokens'}],
      ['--enable-expert-parallel', {value: null, setting: 'expertParallel'}],
    ]);
  });
});
