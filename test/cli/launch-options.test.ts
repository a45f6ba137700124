import {Command, CommanderError} from 'commander';
import {expect, test} from 'vitest';
import {addSettingFlags, settingOption, withSettings} from '../../src/cli/launch-options.ts';
import {settingNames, settingsTable} from '../../src/domain/settings/settings-table.ts';

function parse(...argv: readonly string[]) {
  const command = addSettingFlags(new Command('up').exitOverride().configureOutput({writeErr: () => {}}));
  command
    .option('--wait', 'return when ready')
    .addOption(settingOption('engine'))
    .addOption(settingOption('extraArguments'));
  command.parse(argv, {from: 'user'});
  return withSettings(command.opts<{readonly wait?: boolean}>());
}

function refusalOf(...argv: readonly string[]): string {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
  throw new Error('this was taken');
}

test('only the options given on the command line change', () => {
  expect(parse().settings).toEqual({});
  const {wait, settings} = parse('--context', '128K', '--kv-dtype', 'fp8', '--ep', '--wait');
  expect(wait).toBe(true);
  expect(settings).toEqual({contextLengthTokens: 131_072, kvCacheDtype: 'fp8', expertParallel: true});
});

test('every flag of the table is accepted and sets its own setting', () => {
  const typed: Readonly<Record<string, readonly [argv: readonly string[], value: unknown]>> = {
    model: [['--model', '/models/kimi'], '/models/kimi'],
    contextLengthTokens: [['--context', '131,072'], 131_072],
    kvCacheDtype: [['--kv-dtype', 'bf16'], 'bf16'],
    memoryFraction: [['--memory-fraction', '0.85'], 0.85],
    maxRunningRequests: [['--max-running', 'auto'], null],
    tensorParallelSize: [['--tp', '4'], 4],
    pipelineParallelSize: [['--pp', '2'], 2],
    dataParallelSize: [['--dp', '2'], 2],
    decodeContextParallelSize: [['--dcp', '8'], 8],
    expertParallel: [['--ep'], true],
    visionMode: [['--vision', 'absent'], 'absent'],
    format: [['--format', 'fp8'], 'fp8'],
    engine: [['--engine', 'other'], 'other'],
    port: [['--port', '9000'], 9000],
    extraArguments: [
      ['--extra', 'one', 'two'],
      ['one', 'two'],
    ],
  };
  const flagged = settingNames.filter((name) => settingsTable[name].flag !== null);
  expect(Object.keys(typed).toSorted()).toEqual([...flagged].toSorted());
  for (const [name, [argv, value]] of Object.entries(typed)) expect(parse(...argv).settings).toEqual({[name]: value});
});

test.each([
  ['--context', '128KB', 'a number of tokens up to 100,000,000, such as 131072'],
  ['--memory-fraction', '90%', 'Expected a number above 0 and up to 1, such as 0.9.'],
  ['--kv-dtype', 'fp4', 'Expected one of auto, bf16, fp8.'],
  ['--tp', '0', 'Expected a whole number above 0.'],
  ['--port', '65536', 'Expected a port from 1 to 65535.'],
  ['--max-running', 'none', 'Expected a whole number above 0, or auto for the engine default.'],
])('%s %s is refused, naming what is expected', (flag, value, expected) => {
  expect(refusalOf(flag, value)).toContain(expected);
});

test('a setting without a flag has no option', () => {
  expect(() => settingOption('host')).toThrow('host has no flag');
});

test('a restart accepts neither another engine nor other arguments', () => {
  const flags = addSettingFlags(new Command('restart')).options.map(({long}) => long);
  expect(flags).toContain('--context');
  expect(flags).not.toContain('--engine');
  expect(flags).not.toContain('--extra');
});
