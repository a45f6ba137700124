import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {nominalGuideSchema} from '../../src/domain/memory/nominal/nominal-guide.ts';
import {planMatrixSchema} from '../../src/domain/memory/plan/plan-matrix.ts';
import {BYTES_PER_GIB} from '../../src/shared/units.ts';
import {printedPlanSchema} from '../cli/planning/plan-world.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

async function plan(...words: string[]) {
  const result = await home.run(['plan', ...words, '--json']);
  return {exitCode: result.exitCode, plan: printedPlanSchema.parse(JSON.parse(result.stdout))};
}

const published = ['--model', 'moonshotai/Kimi-K2.7-Code', '--context', '262144', '--memory-fraction', '0.90'];

describe('gantry plan', () => {
  test('of the published command on eight H100: 595,148,192,736 bytes that do not fit, and what does', async () => {
    const {exitCode, plan: h100} = await plan('--gpus', '8xH100', ...published);
    expect(exitCode).toBe(1);
    expect(h100.checkpoint).toMatchObject({bytes: 595_148_192_736, format: 'int4', source: 'derived'});
    expect(h100.perGpu.weightsBytes / BYTES_PER_GIB).toBeCloseTo(71.83, 2);
    expect(h100.perGpu.kvCachePoolBytes).toBeLessThan(0);
    expect(h100.verdict).toBe('does-not-fit');
    expect(h100.findings[0]?.settingsChange).not.toBeNull();
    expect(h100.model.parameters).toMatchObject({
      total: 1_026_879_376_368,
      active: 31_687_095_808,
      routedExperts: 1_014_686_023_680,
    });
    expect(h100.node).toMatchObject({gpuName: 'NVIDIA H100 80GB HBM3', gpuCount: 8});
  });

  test('of the same on eight H200: fits, with about three concurrent requests of full length', async () => {
    const {exitCode, plan: h200} = await plan('--gpus', '8xH200', ...published);
    expect(exitCode).toBe(0);
    expect(h200.verdict).toBe('fits');
    expect(h200.kvCache.fullLengthSequences).toBeCloseTo(3, 0);
  });

  test('of FP8 weights on eight H200 at 256K: does not fit', async () => {
    const result = await home.run(['plan', '--gpus', '8xH200', '--format', 'fp8', '--context', '256K']);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toMatch(/^DOES NOT FIT/);
    for (const line of result.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('--nominal and --matrix print their own documents', async () => {
    const nominal = await home.run(['plan', '--nominal', '--json']);
    expect(nominalGuideSchema.extend({schemaVersion: z.literal(1)}).parse(JSON.parse(nominal.stdout)).source).toBe(
      'nominal',
    );
    const matrix = await home.run(['plan', '--matrix', '--gpus', '8xH200', '--json']);
    const {formats} = planMatrixSchema.extend({schemaVersion: z.literal(1)}).parse(JSON.parse(matrix.stdout));
    expect(formats.map(({format}) => format)).toEqual(['int4', 'fp8', 'bf16']);
  });

  test('without --gpus uses the cards of this host, whose real values override the catalog', async () => {
    await home.demo(['--speed', '400']);
    await home.waitForState('ready');
    const {plan: here} = await plan();
    expect(here.node.gpuName).toBe('NVIDIA H200');
    expect(here.node.perGpu.source).toContain('nvidia-smi on this host');
    // The memory of the engine that serves is free for the start that replaces it.
    expect(here.findings.filter(({severity}) => severity !== 'info')).toEqual([]);
  });

  test('reads the shapes of another model from only its config.json', async () => {
    const directory = path.join(home.directory, 'llama');
    await mkdir(directory);
    const config = {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_size: 4096,
      intermediate_size: 14_336,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      vocab_size: 128_256,
      max_position_embeddings: 8192,
      tie_word_embeddings: false,
      torch_dtype: 'bfloat16',
    };
    await writeFile(path.join(directory, 'config.json'), JSON.stringify(config));
    const {plan: llama} = await plan('--model', directory, '--gpus', '1xH100', '--context', '8192');
    expect(llama.model.parameters.total).toBe(8_030_261_248);
    expect(llama.verdict).toBe('fits');
  });
});

test('after one start the plan has the tokens that the engine prints, and says what it is based on', async () => {
  await home.demo(['--speed', '400']);
  const first = await home.waitForState('ready');
  expect(first.plan).toMatchObject({confidence: 'estimated'});
  expect((await home.run(['restart', '--context', '128K', '--wait'])).exitCode).toBe(0);
  const second = await home.waitForState('ready');
  expect(second.plan).toMatchObject({
    confidence: 'calibrated',
    kvCache: {capacityTokens: second.engine.facts['kvCapacityTokens']},
  });
  const calibration = await home.run(['plan', '--calibration']);
  expect(calibration.stdout).toContain('mean absolute error');
  expect(calibration.stdout).toContain('2 starts');
  await followsSettingsInForce();
});

/** The engine was restarted with a context of 128K: every command is about that, and `up` after `down` starts it again. */
async function followsSettingsInForce(): Promise<void> {
  const {stdout} = await home.run(['plan', '--json']);
  const running = printedPlanSchema.parse(JSON.parse(stdout));
  expect(running.settings.contextLengthTokens).toBe(131_072);
  expect(running.settingsOwner).toBe('running-engine');
  expect(running.settingOrigins.contextLengthTokens).toEqual({from: 'flag', flag: '--context'});
  expect((await plan('--context', '64K')).plan.settings.contextLengthTokens).toBe(65_536);
  expect((await home.run(['down'])).exitCode).toBe(0);
  const next = await home.run(['plan', '--json']);
  expect(printedPlanSchema.parse(JSON.parse(next.stdout))).toMatchObject({
    settings: {contextLengthTokens: 131_072},
    settingsOwner: 'next-start',
  });
  const {supervisor} = await home.snapshot();
  const up = await home.run(['up', '--wait']);
  expect(up.exitCode, up.stderr).toBe(0);
  expect(up.stderr).toContain(`kill ${supervisor.pid}`);
  const again = await home.waitForState('ready');
  expect(again).toMatchObject({simulated: true, engine: {settings: {contextLengthTokens: 131_072}}});
  expect(again.supervisor.pid).toBe(supervisor.pid);
  const twice = await home.run(['up', '--dry-run', '--json']);
  expect(JSON.parse(twice.stdout)).toMatchObject({settings: {contextLengthTokens: 131_072}});
}

describe('gantry plan reports what is wrong', () => {
  test.each([
    [
      'an unknown model',
      ['--gpus', '8xH200', '--model', 'nobody/nothing'],
      2,
      '--model: The model "nobody/nothing" is not built in',
    ],
    ['an unknown card', ['--gpus', '8xH300'], 2, 'H300'],
    ['an absurd context', ['--gpus', '8xH200', '--context', '0'], 2, 'Expected a number of tokens up to 100,000,000'],
    ['ranks that do not divide the heads', ['--gpus', '8xH200', '--tp', '7'], 1, 'does not divide the model'],
    ['an unknown format', ['--gpus', '8xH200', '--format', 'q9'], 2, '--format'],
    ['a host without cards', [], 2, '--gpus 8xH200'],
  ] as const)('%s', async (_, words, exitCode, named) => {
    const result = await home.run(['plan', ...words]);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout + result.stderr).toContain(named);
    expect(result.stderr).not.toContain('    at ');
  });

  test('a broken config.json, with the place', async () => {
    const file = path.join(home.directory, 'config.json');
    await writeFile(file, '{"hidden_size": ');
    const result = await home.run(['plan', '--gpus', '8xH200', '--model', file]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(file);
  });
});
