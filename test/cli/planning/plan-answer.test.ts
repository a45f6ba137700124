import {describe, expect, test} from 'vitest';
import {withSettings} from '../../../src/cli/launch-options.ts';
import {answerPlan, type PlanWorld} from '../../../src/cli/planning/plan-answer.ts';
import {catalogNode} from '../../../src/cli/planning/plan-node.ts';
import {rowsText} from '../../../src/cli/print-rows.ts';
import {planMatrixSchema} from '../../../src/domain/memory/plan/plan-matrix.ts';
import type {SettingsChange} from '../../../src/domain/settings/launch-settings.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {catalogCard, H200} from '../../domain/memory/plan-samples.ts';
import {inForce, type PlanFlags, planWorld, printedPlanSchema} from './plan-world.ts';

const published: PlanFlags = {
  model: 'moonshotai/Kimi-K2.7-Code',
  context: 262_144,
  memoryFraction: 0.9,
};

async function answerOf(flags: PlanFlags, world: Partial<PlanWorld> = {}) {
  const answer = await answerPlan(planWorld(world), withSettings(flags));
  if (!answer.ok) throw new Error(answer.error.error.message);
  return answer.value;
}

async function planOf(flags: PlanFlags, world: Partial<PlanWorld> = {}) {
  const {document, exitCode} = await answerOf(flags, world);
  const {schemaVersion: _, settingsOwner, settingOrigins, ...plan} = printedPlanSchema.parse(document);
  return {plan, exitCode, settingsOwner, settingOrigins};
}

async function refusalOf(flags: PlanFlags, world: Partial<PlanWorld> = {}) {
  const answer = await answerPlan(planWorld(world), withSettings(flags));
  if (answer.ok) throw new Error('this was answered');
  return answer.error;
}

async function textOf(flags: PlanFlags, glyphs = unicodeGlyphs, world: Partial<PlanWorld> = {}): Promise<string> {
  const {rows} = await answerOf(flags, world);
  return `${rowsText(rows({columns: 80, glyphs}), {theme: null})}\n`;
}

describe('without --engine-version', () => {
  const known = (installedVersion: string | null, runningVersion: string | null): Partial<PlanWorld> => ({
    readVersions: () => Promise.resolve({installedVersion, runningVersion}),
  });
  const installed = known('0.19.1', '0.20.2');

  test('the installed version counts, and is named as such', async () => {
    const {plan} = await planOf({...published, gpus: '8xH200'}, installed);
    expect(plan.engine.version).toBe('0.19.1');
    expect(await textOf({...published, gpus: '8xH200'}, unicodeGlyphs, installed)).toContain(
      'Estimated for vLLM 0.19.1, as installed; overhead from',
    );
    const named = await planOf({...published, gpus: '8xH200', engineVersion: '0.28.0'}, installed);
    expect(named.plan.engine.version).toBe('0.28.0');
    expect(named.plan.engine.versionOrigin).toBe('named');
  });

  test('else the one that runs, as its log says; the first of a plan says so too where none is known', async () => {
    const flags = {...published, gpus: '8xH200'};
    expect(await textOf(flags, unicodeGlyphs, known(null, '0.20.2'))).toContain(
      'Estimated for vLLM 0.20.2, as its log says; overhead from',
    );
    expect(await textOf(flags)).toContain('Estimated; no version known: newest assumed; overhead from');
  });

  test('the versions of a simulated node are asked for a simulated node only', async () => {
    const asked: boolean[] = [];
    const readVersions: PlanWorld['readVersions'] = (_, isSimulated) => {
      asked.push(isSimulated);
      return Promise.resolve({installedVersion: null, runningVersion: null});
    };
    const card = catalogCard(H200);
    const host = {node: {card, gpuCount: 8, hostCount: 1}, isSimulated: true, remarks: [], cards: [], findings: []};
    const previewStart: PlanWorld['previewStart'] = () => Promise.resolve(err({code: 'a', message: 'b', remedy: 'c'}));
    await answerOf(published, {readVersions, previewStart, readHost: () => Promise.resolve(ok(host))});
    await answerOf({...published, gpus: '8xH200'}, {readVersions});
    expect(asked).toEqual([true, false]);
  });

  test('the matrix is for the installed version', async () => {
    const of = async (flags: PlanFlags, world?: Partial<PlanWorld>) => (await answerOf(flags, world)).document;
    const matrix = {...published, matrix: true, gpus: '8xH200'};
    expect(await of(matrix, installed)).toEqual(await of({...matrix, engineVersion: '0.19.1'}));
    expect(await of(matrix, installed)).not.toEqual(await of(matrix));
  });
});

describe('what a start refuses whatever the node', () => {
  const kimi = 'moonshotai/Kimi-K2.7-Code';
  const gguf = 'unsloth/Kimi-K2.7-Code-GGUF:UD-Q4_K_XL';
  test.each<[code: string, change: SettingsChange, version: string | null]>([
    ['llamacpp.model-not-gguf', {engine: 'llamacpp', model: kimi}, null],
    ['vllm.gguf-not-supported', {engine: 'vllm', model: gguf}, null],
    ['sglang.gguf-not-supported', {engine: 'sglang', model: gguf}, null],
    ['vllm.argument-conflict', {engine: 'vllm', extraArguments: ['--port', '1']}, null],
    ['sglang.endpoint-argument', {engine: 'sglang', extraArguments: ['--encoder-only']}, null],
    ['sglang.vision-mode', {engine: 'sglang', visionMode: 'absent'}, null],
    ['vllm.too-old', {engine: 'vllm'}, '0.11.0'],
  ])('%s refuses the plan too, and first', async (code, change, engineVersion) => {
    const flags = {gpus: '8xB300', ...(engineVersion === null ? {} : {engineVersion})};
    const world = {inForce: inForce({...change, contextLengthTokens: 8192})};
    const {plan, exitCode} = await planOf(flags, world);
    expect(plan).toMatchObject({verdict: 'does-not-fit', reason: plan.findings[0]?.message});
    expect(plan.findings[0]).toMatchObject({code, severity: 'critical'});
    expect(exitCode).toBe(1);
    expect(await textOf(flags, asciiGlyphs, world)).toMatch(/^REFUSED: /);
    expect(await refusalOf({...flags, matrix: true}, world)).toMatchObject({error: {code}, exitCode: 1});
  });

  test('a plan with the same model on the engine that reads it is not refused', async () => {
    const {plan} = await planOf({gpus: '8xB300', model: gguf, engine: 'llamacpp', context: 8192});
    expect(plan.verdict).not.toBe('does-not-fit');
  });
});

describe('the text at 80 columns', () => {
  test.each([
    ['plan-8xh100', {...published, gpus: '8xH100'}],
    ['plan-8xh200', {...published, gpus: '8xH200'}],
    ['plan-8xh200-fp8', {...published, gpus: '8xH200', format: 'fp8'}],
    ['plan-8xh200-explain', {...published, gpus: '8xH200', explain: true}],
    ['plan-matrix', {matrix: true}],
    ['plan-nominal', {nominal: true}],
  ] as const)('%s', async (name, options) => {
    const text = await textOf(options);
    for (const line of text.split('\n')) expect(line).toBe(line.trimEnd());
    await expect(text).toMatchFileSnapshot(`../../golden/${name}.txt`);
  });

  test('the same in ASCII', async () => {
    await expect(await textOf({...published, gpus: '8xH100'}, asciiGlyphs)).toMatchFileSnapshot(
      '../../golden/plan-8xh100-ascii.txt',
    );
  });
});

describe('the exit code', () => {
  test('is 0 if the launch fits or is tight, 1 if it does not', async () => {
    expect((await planOf({...published, gpus: '8xH200'})).exitCode).toBe(0);
    const tight = await planOf({...published, gpus: '4xGB200'});
    expect([tight.plan.verdict, tight.exitCode]).toEqual(['tight', 0]);
    expect((await planOf({...published, gpus: '8xH100'})).exitCode).toBe(1);
    expect((await planOf({...published, gpus: '8xH200', format: 'fp8'})).exitCode).toBe(1);
  });

  test('is 2 for an error on the command line and 78 for one in the configuration', async () => {
    expect(await refusalOf({model: 'nobody/nothing', gpus: '8xH200'})).toMatchObject({
      exitCode: 2,
      error: {message: expect.stringMatching(/^--model: /)},
    });
    expect(await refusalOf({gpus: '8xH200'}, {inForce: inForce({model: 'nobody/nothing'})})).toMatchObject({
      exitCode: 78,
      error: {message: expect.stringMatching(/^engine\.model: /)},
    });
    expect(await refusalOf({format: 'q9', gpus: '8xH200'})).toMatchObject({exitCode: 2});
    expect(await refusalOf({gpus: '8xH300'})).toMatchObject({exitCode: 2});
  });

  test('of files that cannot be read names the place', async () => {
    const problem = {code: 'memory.broken-config', message: '/models/a/config.json:1:16: it ends.', remedy: 'Mend it.'};
    const lookUpModel = () => Promise.resolve(err(problem));
    expect(await refusalOf({model: '/models/a', gpus: '8xH200'}, {lookUpModel})).toMatchObject({
      exitCode: 2,
      error: {message: '--model: /models/a/config.json:1:16: it ends.'},
    });
  });
});

describe('a setting without a flag', () => {
  test('comes from the configuration', async () => {
    const own = inForce({
      contextLengthTokens: 65_536,
      memoryFraction: 0.85,
      extraArguments: ['--max-num-seqs=8'],
    });
    const {plan} = await planOf({gpus: '8xH200'}, {inForce: own});
    expect(plan.settings).toMatchObject({
      contextLengthTokens: 65_536,
      memoryFraction: 0.85,
      extraArguments: ['--max-num-seqs=8'],
    });
  });

  test('has the origin it was set with; a flag comes before it, and says so', async () => {
    const own = inForce(
      {contextLengthTokens: 131_072, memoryFraction: 0.85},
      {origin: {from: 'command', client: 'console'}},
    );
    const {settingOrigins, settingsOwner, plan} = await planOf(
      {memoryFraction: 0.8},
      {
        inForce: {...own, owner: 'running-engine'},
        readHost: () => Promise.resolve(catalogNode('8xH200')),
        previewStart: () => Promise.resolve(err({code: 'test', message: 'not asked', remedy: ''})),
      },
    );
    expect(plan.settings).toMatchObject({contextLengthTokens: 131_072, memoryFraction: 0.8});
    expect(settingsOwner).toBe('running-engine');
    expect(settingOrigins).toMatchObject({
      contextLengthTokens: {from: 'command', client: 'console'},
      memoryFraction: {from: 'flag', flag: '--memory-fraction'},
    });
    const text = await textOf({gpus: '8xH200'}, unicodeGlyphs, {inForce: own});
    expect(text).toContain('context, memory fraction: a command of console');
  });

  test('is not what a simulated engine of another kind serves', async () => {
    const simulated = inForce(
      {engine: 'llamacpp', model: 'unsloth/Kimi-K2.7-Code-GGUF', format: 'UD-Q4_K_XL'},
      {origin: {from: 'simulated-node'}},
    );
    const {plan, settingOrigins} = await planOf({gpus: '8xH200', engine: 'vllm'}, {inForce: simulated});
    expect(plan.settings).toMatchObject({engine: 'vllm', model: 'moonshotai/Kimi-K2.7-Code', format: 'auto'});
    expect(settingOrigins).toMatchObject({engine: {from: 'flag', flag: '--engine'}});
    expect(settingOrigins.model?.from).not.toBe('simulated-node');
    const same = await planOf({gpus: '8xH200'}, {inForce: simulated});
    expect(same.plan.settings).toMatchObject({engine: 'llamacpp', model: 'unsloth/Kimi-K2.7-Code-GGUF'});
  });

  test('of one engine is not used for another, nor the format of one model', async () => {
    const own = inForce({format: 'int4', extraArguments: ['--max-num-seqs=8']});
    const other = {gpus: '8xH200', engine: 'sglang', model: 'moonshotai/Kimi-K2-Instruct'};
    const {plan} = await planOf(other, {inForce: own});
    expect(plan.settings).toMatchObject({engine: 'sglang', format: 'auto', extraArguments: []});
    expect(plan.checkpoint.format).toBe('fp8');
  });

  test('is spread over all cards of --gpus that divide the model', async () => {
    const spread = async (flags: PlanFlags) => (await planOf(flags)).plan.settings.tensorParallelSize;
    expect(await spread({gpus: '8xH100'})).toBe(8);
    expect(await spread({gpus: '2x8xH100'})).toBe(16);
    expect(await spread({gpus: '6xH200'})).toBe(4);
    expect(await spread({gpus: '16xH100', pp: 2})).toBe(8);
    expect(await spread({gpus: '16xH100', dp: 2})).toBe(8);
    expect(await spread({gpus: '16xH100', dp: 2, engine: 'sglang'})).toBe(16);
    expect(await spread({gpus: '8xH100', tp: 2})).toBe(2);
  });

  test('is reduced to the longest context of the model, unless it was given', async () => {
    const shorter = {gpus: '16xH200', model: 'moonshotai/Kimi-K2-Instruct'};
    expect((await planOf(shorter)).plan.settings.contextLengthTokens).toBe(131_072);
    expect((await planOf({...shorter, context: 262_144})).plan.findings[0]?.code).toBe('memory.context-above-model');
  });
});

test('a launch that cannot start gets no advice on more tokens', async () => {
  const {plan, exitCode} = await planOf({gpus: '8xH200', tp: 7});
  expect([plan.verdict, exitCode]).toEqual(['does-not-fit', 1]);
  expect(plan.findings.map(({code}) => code)).toEqual(['memory.tensor-parallel-uneven']);
});

test('data-parallel attention has no ranks that can share a cache', async () => {
  const {plan} = await planOf({gpus: '8xH200', engine: 'sglang', dp: 8});
  expect(plan.findings.map(({code}) => code)).toEqual(['memory.fp8-cache-doubles']);
});

describe('the matrix', () => {
  const matrixOf = async (flags: PlanFlags) => {
    const {document, exitCode} = await answerOf({...flags, matrix: true});
    expect(exitCode).toBe(0);
    const {schemaVersion: _, ...matrix} = {schemaVersion: 1, ...document};
    return planMatrixSchema.parse(matrix);
  };

  test('has the native format first, and NVFP4 only on cards that support it', async () => {
    const {formats} = await matrixOf({});
    expect(formats.map(({format}) => format)).toEqual(['int4', 'fp8', 'bf16', 'nvfp4']);
    expect(formats.at(-1)?.rows.map(({node}) => node)).not.toContain('8xH100');
    expect(formats[0]?.rows.map(({node}) => node)).toContain('8xH100');
  });

  test('agrees with the plan of every cell', async () => {
    const {formats} = await matrixOf({gpus: '8xH200', kvDtype: 'fp8', memoryFraction: 0.85});
    for (const {format, rows} of formats) {
      for (const {cells} of rows) {
        for (const {contextLengthTokens, verdict, fullLengthSequences} of cells) {
          const options = {gpus: '8xH200', kvDtype: 'fp8', memoryFraction: 0.85, format} as const;
          const {plan} = await planOf({...options, context: contextLengthTokens});
          expect([verdict, fullLengthSequences]).toEqual([plan.verdict, plan.kvCache.fullLengthSequences]);
        }
      }
    }
  });

  test('shows only the given node, format and context', async () => {
    const {contexts, formats} = await matrixOf({gpus: '2x8xH100', format: 'fp8', context: 100_000});
    expect(contexts).toEqual([32_768, 65_536, 100_000, 131_072, 262_144]);
    expect(formats.map(({format, rows}) => [format, rows.map(({node}) => node)])).toEqual([
      ['fp8', ['16xH100 80GB HBM3']],
    ]);
  });
});

test('a history that cannot be read is reported, and the plan is an estimate', async () => {
  const error = {code: 'history.not-read', message: 'The history /x cannot be read: no.', remedy: 'Look at it.'};
  const {plan} = await planOf({...published, gpus: '8xH200'}, {readOutcomes: () => err(error)});
  expect(plan.confidence).toBe('estimated');
  expect(plan.findings.at(-1)).toMatchObject({code: 'memory.calibration-unread', severity: 'info'});
});
