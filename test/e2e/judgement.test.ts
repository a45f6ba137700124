import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {apiErrorSchema} from '../../src/api/commands.ts';
import {previewSchema} from '../../src/api/preview.ts';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {settingOriginsSchema} from '../../src/domain/configuration/launch-base.ts';
import {detailsOf} from '../../src/domain/diagnosis/details/details.ts';
import {memoryPlanSchema} from '../../src/domain/memory/plan/memory-plan.ts';
import {blockersOf, checkSchema} from '../../src/domain/preflight/check.ts';
import {writeSimulatedNode} from '../../src/simulator/install.ts';
import {askSocket} from '../harness/ask-socket.ts';
import {createHome, type GantryHome, openHome} from '../harness/gantry-home.ts';
import {serveTcp} from '../harness/servers.ts';
import {buildSafetensors, writeFiles} from '../sources/model-files/build-model-files.ts';
import {tinyConfig, tinyShards} from '../sources/model-files/tiny-models.ts';

const distDirectory = fileURLToPath(new URL('../../dist', import.meta.url));

/** Programs of a simulated node for a supervisor that takes them for real ones. */
async function nodeFor({directory}: GantryHome): Promise<Record<string, string>> {
  const node = path.join(directory, 'node');
  await writeSimulatedNode({
    directory: node,
    nodeExecutable: process.execPath,
    distDirectory,
    scenario: 'steady',
    speed: 400,
    gpuName: 'NVIDIA H200',
    gpuCount: 8,
  });
  return {GANTRY_NVIDIA_SMI: path.join(node, 'nvidia-smi'), GANTRY_ENGINE_EXECUTABLE: path.join(node, 'vllm')};
}

/** What a refused command prints. */
const refusalSchema = z.object({error: apiErrorSchema});
const doctorSchema = z.object({checks: z.array(checkSchema)});

function runsOf({directory}: GantryHome): readonly string[] {
  const runs = path.join(directory, 'state', 'runs');
  return existsSync(runs) ? readdirSync(runs) : [];
}

test('gantry up --tp 2 is refused by each of thirty fresh supervisors, whatever they have read by then', async () => {
  const refuse = async (): Promise<string> => {
    const home = await createHome();
    try {
      const {exitCode, stdout} = await home.run(['up', '--tp', '2', '--json'], await nodeFor(home));
      const {error} = refusalSchema.parse(JSON.parse(stdout));
      return `${exitCode} ${error.code} ${runsOf(home).length}`;
    } finally {
      await home.close();
    }
  };
  const answers: string[] = [];
  const work = async (): Promise<void> => {
    while (answers.length < 30) {
      const place = answers.push('') - 1;
      answers[place] = await refuse();
    }
  };
  await Promise.all([work(), work(), work()]);
  expect(new Set(answers)).toEqual(new Set(['1 preflight.does-not-fit 0']));
});

/** Codes of everything that a dry run says would refuse the command; its exit code must say the same. */
async function dryRun(home: GantryHome, words: readonly string[], env: Record<string, string> = {}) {
  const {exitCode, stdout} = await home.run([...words, '--dry-run', '--json'], env);
  const {blockers} = previewSchema.parse(JSON.parse(stdout));
  expect(exitCode).toBe(blockers.length === 0 ? 0 : 1);
  return blockers.map(({code}) => code);
}

async function refusal(home: GantryHome, words: readonly string[], env: Record<string, string> = {}) {
  const {exitCode, stdout} = await home.run([...words, '--json'], env);
  expect(exitCode).toBe(1);
  return refusalSchema.parse(JSON.parse(stdout)).error;
}

/** A model of a few kilobytes, its last shard shorter than its header says by so many bytes. */
async function writeModel(directory: string, missingBytes: number): Promise<string> {
  const shard = buildSafetensors(tinyShards.flat());
  await writeFiles(directory, {
    'config.json': tinyConfig,
    'model.safetensors': shard.subarray(0, shard.length - missingBytes),
  });
  return directory;
}

const tiny = ['--tp', '2', '--context', '4096'];

test('a dry run and the start give the same result, with and without a supervisor', async () => {
  const home = await openHome();
  const env = await nodeFor(home);
  const whole = await writeModel(path.join(home.directory, 'whole'), 0);
  const cut = await writeModel(path.join(home.directory, 'cut'), 9);
  expect(await dryRun(home, ['up', '--model', whole, ...tiny], env)).toEqual([]);
  const worlds: readonly (readonly [words: readonly string[], first: string, env?: Record<string, string>])[] = [
    [['--model', cut, ...tiny], 'memory.truncated-model-file'],
    [['--model', '/models/none'], 'preflight.model-not-found'],
    [['--model', '../../none'], 'preflight.model-not-found'],
    [['--model', whole, '--tp', '3', '--context', '4096'], 'preflight.does-not-fit'],
    [['--model', whole, '--tp', '2', '--context', '999999'], 'preflight.does-not-fit'],
    [['--model', whole, ...tiny], 'engine.not-found', {GANTRY_ENGINE_EXECUTABLE: '/nowhere/vllm'}],
  ];
  const alone: string[][] = [];
  for (const [words, first, change = {}] of worlds) {
    const codes = await dryRun(home, ['up', ...words], {...env, ...change});
    expect(codes[0], words.join(' ')).toBe(first);
    alone.push(codes);
  }
  expect(existsSync(home.socketPath), 'a dry run starts no supervisor').toBe(false);
  for (const [index, [words, first, change]] of worlds.entries()) {
    // The engine is looked for by the supervisor, in the environment that it was started in.
    if (change !== undefined) continue;
    expect(await refusal(home, ['up', ...words], env)).toMatchObject({code: first, remedy: expect.stringMatching(/./)});
    expect(await dryRun(home, ['up', ...words], env), words.join(' ')).toEqual(alone[index]);
  }
  expect(runsOf(home), 'nothing was launched').toEqual([]);
  expect((await home.snapshot()).engine.state).toBe('stopped');
});

test('gantry doctor, the dry run and the start report the same missing nvidia-smi', async () => {
  const home = await openHome();
  const env = {...(await nodeFor(home)), GANTRY_NVIDIA_SMI: '/nowhere/nvidia-smi'};
  const alone = await dryRun(home, ['up'], env);
  expect(alone[0]).toBe('source.nvidia-smi.not-found');
  const doctor = await home.run(['doctor', '--json'], env);
  expect(doctor.exitCode).toBe(1);
  expect(blockersOf(doctorSchema.parse(JSON.parse(doctor.stdout)).checks, false).map(({code}) => code)).toEqual(alone);
  expect((await refusal(home, ['up'], env)).code).toBe(alone[0]);
  expect(await dryRun(home, ['up'], env)).toEqual(alone);
  expect(runsOf(home)).toEqual([]);
});

test('a restart that would fail is refused while the engine serves, as its dry run says', async () => {
  const home = await openHome();
  await home.demo(['--speed', '400']);
  const before = await home.waitForState('ready');
  const cut = await writeModel(path.join(home.directory, 'cut'), 9);
  const taken = await serveTcp(() => undefined);
  const worlds: readonly (readonly [words: readonly string[], code: string])[] = [
    [['--model', cut, ...tiny], 'memory.truncated-model-file'],
    [['--model', '/models/none'], 'preflight.no-plan'],
    [['--model', 'nosuch/model'], 'preflight.no-plan'],
    [['--tp', '2'], 'preflight.does-not-fit'],
    [['--memory-fraction', '0.5'], 'preflight.does-not-fit'],
    [['--port', String(taken.port)], 'preflight.port-in-use'],
  ];
  for (const [words, code] of worlds) {
    expect(await dryRun(home, ['restart', ...words]), words.join(' ')).toEqual([code]);
    expect((await refusal(home, ['restart', ...words])).code).toBe(code);
  }
  expect(await dryRun(home, ['restart', '--tp', '2', '--force'])).toEqual([]);
  expect(await dryRun(home, ['restart', '--context', '65536'])).toEqual([]);
  const {engine} = await home.snapshot();
  expect([engine.state, engine.runId]).toEqual(['ready', before.engine.runId]);
});

test('a NUL character over the API is refused, and is in no command line', async () => {
  const home = await openHome();
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  const body = '{"type":"restart","change":{"model":"moonshotai/Kimi\\u0000"},"force":true}';
  const command = await askSocket(home.socketPath, '/v1/commands', {method: 'POST', body});
  const preview = await askSocket(home.socketPath, '/v1/preview', {method: 'POST', body: `{"command":${body}}`});
  for (const {status, text} of [command, preview]) {
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({message: expect.stringMatching(/NUL.*change\.model/s)});
  }
  expect((await home.snapshot()).engine.state).toBe('ready');
});

test('a restart with an edited configuration is recommended only if it would be accepted', async () => {
  const home = await openHome();
  home.configure('engine: {contextLengthTokens: 128K}');
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  const restartOf = ({findings}: Pick<Snapshot, 'findings'>) =>
    findings.flatMap((finding) => detailsOf(finding, 'configuration.differs')?.restart ?? []);
  home.configure('engine: {contextLengthTokens: 128K, tensorParallelSize: 4}');
  const refused = await home.until('the refusal', (seen) => restartOf(seen).some(({verdict}) => verdict === 'refused'));
  expect(restartOf(refused)).toEqual([{verdict: 'refused', blockers: await dryRun(home, ['restart'])}]);
  const {remedy} = refused.findings.find(({code}) => code === 'configuration.differs') ?? {remedy: 'none'};
  const {stdout} = await home.run(['config'], {COLUMNS: '500'});
  expect(stdout.replace(/\s+/g, ' ')).toContain(remedy);
  home.configure('engine: {contextLengthTokens: 64K}');
  const accepted = await home.until('the judgement', (seen) =>
    restartOf(seen).some(({verdict}) => verdict === 'accepted'),
  );
  expect(restartOf(accepted)).toEqual([{verdict: 'accepted'}]);
  expect(await dryRun(home, ['restart'])).toEqual([]);
});

test('with the supervisor killed, gantry plan and gpus see the GPUs of the simulated engine, and its memory as its own', async () => {
  const home = await openHome();
  await home.demo(['--speed', '400']);
  const {supervisor} = await home.waitForState('ready');
  const planOf = async () => {
    const {exitCode, stdout} = await home.run(['plan', '--json']);
    expect(exitCode, stdout).toBe(0);
    return memoryPlanSchema
      .extend({schemaVersion: z.literal(1), settingsOwner: z.string(), settingOrigins: settingOriginsSchema})
      .parse(JSON.parse(stdout));
  };
  const supervised = await planOf();
  await home.killSupervisor();
  const alone = await planOf();
  expect(alone).toEqual(supervised);
  expect(alone.confidence).toBe('calibrated');
  expect(alone.findings.filter(({severity}) => severity !== 'info')).toEqual([]);
  const gpus = await home.run(['gpus', '--json']);
  expect(z.object({simulated: z.boolean()}).parse(JSON.parse(gpus.stdout)).simulated).toBe(true);
  expect(await home.snapshotOrNull(), `the supervisor (pid ${supervisor.pid}) was not replaced`).toBeNull();
});
