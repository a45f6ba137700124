import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {keyProblems, userKeysOf} from '../../../src/cli/console/configured-keys.ts';
import {loadConfiguration} from '../../../src/config/load-configuration.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

async function load(text: string, env: Readonly<Record<string, string>> = {}) {
  const configDir = temporaryDirectory('keys');
  writeFileSync(path.join(configDir, 'gantry.yaml'), text);
  return loadConfiguration({configDir, env});
}

async function loaded(text: string, env: Readonly<Record<string, string>> = {}) {
  const result = await load(text, env);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

test('each problem has the place of its keys in the file', async () => {
  const text = 'console:\n  keys:\n    engine.stop: [X]\n    engine.restrt: [k]\n    engine.restart:\n      - "3"\n';
  const configuration = await loaded(text);
  expect(userKeysOf(configuration).chosen['engine.stop']).toEqual(['X']);
  const problems = await keyProblems(configuration);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toMatch(
    /gantry\.yaml:4:20: console\.keys\.engine\.restrt is not the name of an action\. Did you mean engine\.restart\?$/,
  );
  expect(problems[1]).toMatch(
    /gantry\.yaml:6:7: console\.keys\.engine\.restart has 3, which is screen\.engine on the /,
  );
});

test('keys of the environment have the name of their variable', async () => {
  const variable = {GANTRY_CONSOLE_KEYS: '{engine.stop: [R]}'};
  const [problem] = await keyProblems(await loaded('', variable));
  expect(problem).toMatch(/^GANTRY_CONSOLE_KEYS: console\.keys\.engine\.stop has R, which is engine\.restart/);
  expect(await keyProblems(await loaded(''))).toEqual([]);
});

test.each([
  ['console: {keys: {engine.stop: x}}', 'console.keys.engine.stop is "x", but a list was expected'],
  ['console: {keys: {engine.stop: [5]}}', 'console.keys.engine.stop.0 is 5, but text was expected'],
  ['console: {keys: [x]}', 'console.keys is ["x"], but a section was expected'],
])('%s is refused as every other value', async (text, expected) => {
  const result = await load(text);
  expect(result.ok ? null : result.error.message).toContain(expected);
});
