import {expect, test} from 'vitest';
import {settingNames, settingsTable} from '../../src/domain/settings/settings-table.ts';
import {engines} from '../../src/engines/registry.ts';
import {readSource, sourceFiles} from './source-tree.ts';

const gantryFlags = new Set<string>(settingNames.flatMap((name) => settingsTable[name].flag?.flag ?? []));

/** Names of engines and of their programs, as a text of the program would have them. */
const engineWords = /\b(?:vllm|sglang|llamacpp|llama\.cpp|llama-server)\b/i;

/** The folders that are about engines: what they are, and what stands in for them. */
const ownFolders = /^(?:engines|simulator)\//;

/** The code of a file: comments may say what was learned from which engine, and a figure that it was published by one. */
function code(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/^ +source: '[^']*',$/gm, '');
}

test('nothing outside the engines\u2019 folders knows an engine\u2019s name', () => {
  const knowing = sourceFiles()
    .filter((file) => !ownFolders.test(file))
    .flatMap((file) =>
      code(readSource(file))
        .split('\n')
        .flatMap((line) => (engineWords.test(line) ? [`${file}: ${line.trim()}`] : [])),
    );
  expect(knowing).toEqual([]);
});

test('a name in the code is detected', () => {
  expect(engineWords.test(code("/* vLLM */\nif (name === 'sglang') stop();"))).toBe(true);
  expect(engineWords.test(code("  source: 'vLLM',\n"))).toBe(false);
  expect(engineWords.test(code('// as vLLM does\n/** llama.cpp */\nstop();'))).toBe(false);
});

/** Options of the engines, except those that are called as one of Gantry's own flags. */
const engineOptions = engines
  .flatMap(({settingOptions, secretOptions}) => [...Object.values(settingOptions).flat(), ...secretOptions])
  .filter((option) => option.startsWith('--') && !gantryFlags.has(option));

function optionsIn(text: string): readonly string[] {
  return (code(text).match(/--[a-z][\w-]*/g) ?? []).filter((option) => engineOptions.includes(option));
}

test('nothing outside the engines\u2019 folders knows an engine\u2019s options', () => {
  const knowing = sourceFiles()
    .filter((file) => !ownFolders.test(file))
    .flatMap((file) => optionsIn(readSource(file)).map((option) => `${file}: ${option}`));
  expect(knowing).toEqual([]);
});

test('an option in the code is detected', () => {
  expect(optionsIn('if (word === \'--api-key\') refuse("--max-model-len 4");')).toEqual([
    '--api-key',
    '--max-model-len',
  ]);
  expect(optionsIn("// --api-key\nrun('--context', '--api-keys');")).toEqual([]);
});
