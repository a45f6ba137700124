import {expect, test} from 'vitest';
import {readSource, sourceFiles} from './source-tree.ts';

/** Names of engines and of their programs, as a text of the program would have them. */
const engineWords = /\b(?:vllm|sglang|llamacpp|llama\.cpp|llama-server)\b/i;

/** The folders that are about engines: what they are, and what stands in for them. */
const ownFolders = /^(?:engines|simulator)\//;

/** The code of a file: comments may say what was learned from which engine. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
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

test('a name in the code is seen', () => {
  expect(engineWords.test(code("/* vLLM */\nif (name === 'sglang') stop();"))).toBe(true);
  expect(engineWords.test(code('// as vLLM does\n/** llama.cpp */\nstop();'))).toBe(false);
});
