import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {apiKeyProblem} from '../../../src/domain/settings/key-strength.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {apiKeyPath, readApiKey, writeNewApiKey} from '../../../src/supervisor/access/api-key.ts';
import {writeKeyFile} from '../../../src/supervisor/access/key-file.ts';
import {keepRunKey, restoreRunKey, runKeyOf} from '../../../src/supervisor/access/run-key.ts';
import {eventually} from '../../harness/eventually.ts';
import {commandOf, startProcess} from '../../harness/processes.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const key = 'sk-test-0123456789abcdef';
let stateDir = '';
let file = '';
beforeEach(() => {
  stateDir = temporaryDirectory('api-key');
  file = apiKeyPath({stateDir});
});
const read = (variables: Record<string, string> = {}) => readApiKey(vllm, variables, {stateDir});

describe('the key of the next start', () => {
  test('is that of the environment, otherwise that of the file; an empty variable is unset', async () => {
    expect(await read()).toEqual({kind: 'none'});
    const written = await writeNewApiKey({stateDir});
    expect(await read({VLLM_API_KEY: ''})).toMatchObject({kind: 'key', value: written, source: file, isWeak: false});
    expect(await read({VLLM_API_KEY: key})).toMatchObject({kind: 'key', value: key, source: 'VLLM_API_KEY'});
  });

  test('is not used if it cannot be sent, and is weak if it can be guessed', async () => {
    expect(await read({VLLM_API_KEY: '  '})).toMatchObject({kind: 'unusable', source: 'VLLM_API_KEY'});
    expect(await read({VLLM_API_KEY: 'EMPTY'})).toMatchObject({kind: 'key', isWeak: true});
    writeFileSync(file, '\n', {mode: 0o600});
    expect(await read()).toMatchObject({kind: 'unusable', source: file});
  });

  test.each([0o644, 0o640, 0o604, 0o620])('is not used from a file with mode %o', async (mode) => {
    writeFileSync(file, `${key}\n`);
    chmodSync(file, mode);
    expect(await read()).toMatchObject({kind: 'unusable', reason: expect.stringContaining('600')});
  });

  test('is not used from a link, a directory or a large file', async () => {
    const target = path.join(stateDir, 'target');
    writeFileSync(target, key, {mode: 0o600});
    symlinkSync(target, file);
    expect(await read()).toMatchObject({kind: 'unusable', reason: expect.stringContaining('link')});
    const other = temporaryDirectory('api-key');
    mkdirSync(apiKeyPath({stateDir: other}), {mode: 0o700});
    expect(await readApiKey(vllm, {}, {stateDir: other})).toMatchObject({kind: 'unusable'});
    const third = temporaryDirectory('api-key');
    writeFileSync(apiKeyPath({stateDir: third}), 'x'.repeat(5_000), {mode: 0o600});
    expect(await readApiKey(vllm, {}, {stateDir: third})).toMatchObject({kind: 'unusable'});
  });

  test.skipIf(process.getuid?.() !== 0)('is not used from a file of another user (needs root to prepare)', async () => {
    writeFileSync(file, key, {mode: 0o600});
    chownSync(file, 12_345, 12_345);
    expect(await read()).toMatchObject({kind: 'unusable', reason: expect.stringContaining('12345')});
  });
});

test('a new key is another one each time, strong, for this user only, and replaces a link instead of its target', async () => {
  const target = path.join(stateDir, 'target');
  writeFileSync(target, 'theirs');
  symlinkSync(target, file);
  const mask = process.umask(0);
  const first = await writeNewApiKey({stateDir}).finally(() => process.umask(mask));
  expect(apiKeyProblem(first)).toBe(null);
  expect(readFileSync(target, 'utf8')).toBe('theirs');
  expect(readFileSync(file, 'utf8')).toBe(`${first}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await writeNewApiKey({stateDir})).not.toBe(first);
  expect(readdirSync(stateDir).toSorted()).toEqual(['api-key', 'target']);
});

test('a run keeps the key that it was started with, and earlier runs lose theirs', async () => {
  const directory = (runId: string): string => path.join(stateDir, 'runs', runId);
  for (const runId of ['r1', 'r2']) mkdirSync(directory(runId), {recursive: true});
  await keepRunKey({stateDir, runId: 'r1'}, key);
  expect(statSync(path.join(directory('r1'), 'api-key')).mode & 0o777).toBe(0o600);
  expect(runKeyOf(directory('r1'), vllm, {VLLM_API_KEY: 'sk-later'})).toBe(key);
  writeFileSync(path.join(directory('r1'), 'api-key.yaml'), key);
  writeFileSync(path.join(directory('r1'), 'engine.log'), '');
  await keepRunKey({stateDir, runId: 'r2'}, null);
  expect(readdirSync(directory('r1'))).toEqual(['engine.log']);
  // Of an earlier Gantry, or without a key.
  expect(runKeyOf(directory('r2'), vllm, {VLLM_API_KEY: 'sk-later'})).toBe('sk-later');
  expect(runKeyOf(directory('r2'), vllm, {VLLM_API_KEY: ''})).toBe(null);
  expect(runKeyOf(directory('r2'), vllm, {})).toBe(null);
  // As one that cannot be read: it is a directory.
  mkdirSync(path.join(directory('r2'), 'api-key'));
  expect(runKeyOf(directory('r2'), vllm, {VLLM_API_KEY: 'sk-later'})).toBe('sk-later');
});

describe('the key of a running engine whose run directory was lost', () => {
  test.each([
    ['is in the environment of its processes', {VLLM_API_KEY: key, GANTRY_RUN_ID: 'r1'}, true, key, true],
    ['is that of the next start, if they have none', {GANTRY_RUN_ID: 'r1'}, true, 'sk-next-0123456789abcdef', true],
    ['is none, if they have none and there is no other', {GANTRY_RUN_ID: 'r1'}, false, null, true],
    ['is unknown, if they have overwritten their environment', {}, false, null, false],
  ] as const)('%s', async (_, env, hasNext, found, isKnown) => {
    const directory = path.join(stateDir, 'runs', 'r1');
    mkdirSync(directory, {recursive: true});
    if (hasNext) await writeKeyFile(apiKeyPath({stateDir}), 'sk-next-0123456789abcdef');
    const {child, pid} = startProcess('/bin/sleep', ['60'], {env});
    const lost = {stateDir, directory, engine: vllm, pids: [pid], isDirectoryLost: true};
    await eventually(() => commandOf(pid).includes('sleep'), 'sleep');
    expect(await restoreRunKey(lost)).toBe(isKnown);
    child.kill('SIGKILL');
    expect(runKeyOf(directory, vllm, {})).toBe(found);
  });
});
