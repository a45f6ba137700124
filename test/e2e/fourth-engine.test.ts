import {cp, mkdir, symlink, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {repositoryRoot} from '../architecture/source-tree.ts';
import {makeTemporaryDirectory} from '../harness/temporary-directory.ts';

/** An engine that nobody has: all of it that there is to know. */
const toy = `import type {Engine} from '../engine.ts';
import {absent} from '../../samples/reading.ts';
import {mapMetrics, readsSeries} from '../vllm/metrics.ts';
import {settingOptions} from '../vllm/setting-options.ts';
import {vllmMemory} from '../vllm/memory.ts';

export const toy: Engine = {
  name: 'toy',
  displayName: 'Toy Engine',
  installation: {
    program: 'toy-server',
    pythonModule: null,
    distribution: null,
    versionArguments: ['--version'],
    parseVersion: (output) => /toy (\\S+)/.exec(output)?.[1] ?? null,
    images: [],
    findVersionProblem: () => null,
  },
  memory: {...vllmMemory, engineName: 'toy', displayName: 'Toy Engine'},
  isDefault: false,
  settingOptions: {...settingOptions, model: ['--play']},
  secretOptions: [],
  benchTools: [],
  offlineBench: null,
  buildLaunch: ({model, port}) => ({
    arguments: [{argv: ['--play', model, '--port', String(port)], why: 'to play with it'}],
    environment: [],
    files: [],
  }),
  findArgumentConflict: () => null,
  findModelConflict: () => null,
  partialGuard: null,
  socketFiles: null,
  apiKeyVariable: 'TOY_API_KEY',
  interpretLogLine: (text) => (text === 'toy: ready' ? [{type: 'phase', phase: 'serve'}, {type: 'ready'}] : []),
  readLogTimeMs: () => null,
  rankMark: null,
  roleOfProcess: () => null,
  recognizesLogLine: (text) => text.startsWith('toy: '),
  runningLimit: () => null,
  prefillsWholePrompts: () => false,
  healthUsage: null,
  readsSeries,
  kvPage: null,
  logsRequests: false,
  mapMetrics: (families) => ({...mapMetrics(families), runningRequests: absent('nobody plays')}),
  paths: {health: '/health', models: '/v1/models', chat: '/v1/chat/completions', metrics: '/metrics', guarded: '/v1/models'},
};
`;

const {directory: root, remove} = makeTemporaryDirectory('toy');
beforeAll(async () => {
  for (const name of [
    'src',
    'scripts',
    'layouts',
    'prices',
    'bin',
    'docs',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    '.biome.json',
  ]) {
    await cp(path.join(repositoryRoot, name), path.join(root, name), {recursive: true});
  }
  await symlink(path.join(repositoryRoot, 'node_modules'), path.join(root, 'node_modules'));
  // All that is done to add it.
  await mkdir(path.join(root, 'src/engines/toy'));
  await writeFile(path.join(root, 'src/engines/toy/toy.ts'), toy);
  await node('--import=tsx', 'scripts/generate.ts');
  await node('scripts/build.mjs');
});
afterAll(remove);

async function node(...words: readonly string[]) {
  const home = {HOME: root, GANTRY_STATE_DIR: `${root}/state`, GANTRY_CONFIG_DIR: `${root}/config`};
  const result = await execa(process.execPath, words, {cwd: root, env: home, reject: false});
  if (result.exitCode !== 0) throw new Error(`${words.join(' ')} failed: ${result.stdout}${result.stderr}`);
  return result.stdout;
}

describe('a fourth engine needs only a folder', () => {
  test('it compiles', async () => {
    await node('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json');
  });

  test('it can be planned, by its own name', async () => {
    const plan = await node('bin/gantry.js', 'plan', '--engine', 'toy', '--gpus', '8xH200', '--json');
    expect(JSON.parse(plan)).toMatchObject({engine: {name: 'toy', displayName: 'Toy Engine'}, verdict: 'fits'});
  });

  test('its log is recognized by its lines', async () => {
    await writeFile(path.join(root, 'toy.log'), 'toy: hello\ntoy: ready\n');
    const diagnosis = JSON.parse(await node('bin/gantry.js', 'diagnose', '--json', 'toy.log'));
    expect(diagnosis).toMatchObject({engine: 'toy', displayName: 'Toy Engine', isReady: true, exit: 'serving'});
  });

  test('it can be configured, and its command is shown with its reasons', async () => {
    await mkdir(path.join(root, 'config'), {recursive: true});
    await writeFile(path.join(root, 'config/gantry.yaml'), 'engine:\n  name: toy\n  port: 8099\n');
    const preview = await execa(process.execPath, ['bin/gantry.js', 'up', '--dry-run'], {
      cwd: root,
      env: {HOME: root, GANTRY_STATE_DIR: `${root}/state`, GANTRY_CONFIG_DIR: `${root}/config`},
      reject: false,
    });
    expect(preview.stdout).toContain('toy-server --play moonshotai/Kimi-K2.7-Code --port 8099');
    expect(preview.stdout).toContain('to play with it');
  });
});
