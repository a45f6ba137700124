import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {LaunchSettings} from '../../src/domain/settings/launch-settings.ts';
import {isSettingName, settingNames} from '../../src/domain/settings/settings-table.ts';
import type {Engine, SettingOptions} from '../../src/engines/engine.ts';
import {engines} from '../../src/engines/registry.ts';
import {usualSettings} from '../domain/memory/plan-samples.ts';
import {settingValues} from '../domain/settings/settings-arbitrary.ts';

type Forwarded = keyof SettingOptions;

/** Every value, except of the names: those of a Kimi K2, because other models get other arguments of Gantry's own. */
const values: {readonly [K in Forwarded]: fc.Arbitrary<LaunchSettings[K]>} = {
  ...settingValues,
  model: fc.constantFrom('moonshotai/Kimi-K2.7-Code', '/models/kimi-k2.gguf', 'moonshotai/Kimi-K2-Instruct'),
  servedModelName: fc.constantFrom('kimi-k2.7-code', 'kimi-k2', 'kimi-k2-ours'),
};

const host = {version: null, isModelOnDisk: false, apiKey: null, runDirectory: '/run/one'};

function argv(engine: Engine, change: Partial<LaunchSettings>): readonly string[] {
  const settings = {...usualSettings, engine: engine.name, ...change};
  return engine.buildLaunch(settings, host).arguments.flatMap((argument) => argument.argv);
}

/** The words without these options and their values. */
function without(words: readonly string[], options: readonly string[]): readonly string[] {
  return words.filter((word, index) => {
    const before = words[index - 1];
    const isValue = before !== undefined && options.includes(before) && !word.startsWith('--');
    return !options.includes(word) && !isValue;
  });
}

const names = settingNames.filter((name): name is Forwarded => name !== 'engine' && name !== 'extraArguments');

describe.each(engines)('$displayName', (engine) => {
  const usual = argv(engine, {});

  test('has the options of every setting', () => {
    expect(Object.keys(engine.settingOptions).toSorted()).toEqual(names.toSorted());
  });

  test.each(names)('%s changes its own options, and nothing else', (name) => {
    const options = engine.settingOptions[name];
    const value: fc.Arbitrary<unknown> = values[name];
    const seen = new Set<string>();
    fc.assert(
      fc.property(value, (chosen) => {
        const words = argv(engine, {[name]: chosen});
        seen.add(words.join(' '));
        expect(without(words, options)).toEqual(without(usual, options));
      }),
    );
    // Of a setting that it has, another value is another command line.
    expect(seen.size > 1).toBe(options.length > 0);
  });

  test('passes extra arguments unchanged', () => {
    expect(argv(engine, {extraArguments: ['--one', 'two']}).slice(-2)).toEqual(['--one', 'two']);
  });

  test('refuses each of its secret options on the command line', () => {
    expect(engine.secretOptions).toContain('--api-key');
    for (const option of engine.secretOptions) {
      const settings = {...usualSettings, engine: engine.name, extraArguments: [option, 'sk-planted']};
      const finding = engine.findArgumentConflict(settings);
      expect(finding?.code).toBe(`${engine.name}.secret-argument`);
      expect(JSON.stringify(finding)).not.toContain('planted');
    }
  });

  test('an argument that contradicts a setting is refused, with the setting', () => {
    const option = engine.settingOptions.contextLengthTokens[0] ?? '';
    const refusalOf = (value: string) =>
      engine.findArgumentConflict({
        ...usualSettings,
        engine: engine.name,
        model: 'a/kimi-k2-gguf',
        extraArguments: [option, value],
      });
    expect(refusalOf('4096')?.message).toContain('engine.contextLengthTokens (262,144)');
    expect(refusalOf('262144')).toBeNull();
  });
});

test('exactly one engine is the default', () => {
  expect(engines.filter(({isDefault}) => isDefault)).toHaveLength(1);
  expect(isSettingName('engine')).toBe(true);
});
