import {describe, expect, test} from 'vitest';
import {unknownLogContext} from '../../src/engines/engine.ts';
import {engines, findEngine} from '../../src/engines/registry.ts';
import {guideSettings, plainHost} from './vllm/test-settings.ts';

function engineOf(name: string) {
  const engine = findEngine(name);
  if (engine === undefined) throw new Error(`no engine ${name}`);
  return engine;
}

test.each(engines.map((engine) => [engine.name, engine] as const))(
  '%s answers at the paths of the OpenAI API',
  (_, engine) => {
    const {guarded, ...paths} = engine.paths;
    expect(guarded).not.toBe(paths.health);
    expect(paths).toEqual({
      health: '/health',
      models: '/v1/models',
      chat: '/v1/chat/completions',
      metrics: '/metrics',
    });
    expect(engine.memory.engineName).toBe(engine.name);
    expect(engine.memory.displayName).toBe(engine.displayName);
  },
);

test.each([
  ['vllm', ['--no-enable-chunked-prefill'], true],
  ['vllm', ['--no_enable_chunked_prefill'], true],
  ['vllm', ['--enable-chunked-prefill'], false],
  ['sglang', ['--chunked-prefill-size', '-1'], true],
  ['sglang', ['--chunked-prefill-size=-1'], true],
  ['sglang', ['--chunked-prefill-size', '8192'], false],
  ['llamacpp', ['--batch-size', '4096'], false],
] as const)('%s with %j computes a whole prompt in one step: %s', (name, extraArguments, isWhole) => {
  expect(engineOf(name).prefillsWholePrompts(guideSettings({extraArguments: [...extraArguments]}))).toBe(isWhole);
  expect(engineOf(name).prefillsWholePrompts(guideSettings({}))).toBe(false);
});

describe('the limit of requests that run at the same time', () => {
  const limit = (name: string, change: Parameters<typeof guideSettings>[0], facts = {}) =>
    engineOf(name).runningLimit(guideSettings(change), facts);

  test('is a setting; vLLM has it for each engine core, the others for all of them', () => {
    const two = {maxRunningRequests: 64, dataParallelSize: 2};
    expect([limit('vllm', two), limit('sglang', two), limit('llamacpp', two)]).toEqual([128, 64, 64]);
  });

  test('is what the engine logs, of each group, where no setting states it', () => {
    const none = {maxRunningRequests: null, dataParallelSize: 2};
    const facts = {maxRunningRequests: 48};
    expect([limit('vllm', none, facts), limit('sglang', none, facts), limit('llamacpp', none, facts)]).toEqual([
      null,
      96,
      48,
    ]);
  });

  test('is unknown before the log was read, but for llama.cpp, which is started with a number', () => {
    const none = {maxRunningRequests: null};
    expect([limit('vllm', none), limit('sglang', none), limit('llamacpp', none)]).toEqual([null, null, 4]);
  });
});

test('exactly one engine is the default', () => {
  expect(engines.filter(({isDefault}) => isDefault).map(({name}) => name)).toEqual(['vllm']);
});

describe('an engine is found on a host', () => {
  test.each([
    [
      'vllm',
      {
        program: 'vllm',
        pythonModule: {name: 'vllm.entrypoints.cli.main', droppedArguments: 0},
        distribution: 'vllm',
        versionArguments: ['--version'],
        images: [{repository: 'vllm/vllm-openai', entrypoint: 'vllm'}],
      },
    ],
    [
      'sglang',
      {
        program: 'sglang',
        pythonModule: {name: 'sglang.launch_server', droppedArguments: 1},
        distribution: 'sglang',
        versionArguments: ['version'],
        images: [{repository: 'lmsysorg/sglang', entrypoint: 'sglang'}],
      },
    ],
    [
      'llamacpp',
      {
        program: 'llama-server',
        directories: ['~/llama.cpp/build/bin', '/opt/llama.cpp/build/bin', '/usr/local/lib/llama.cpp/bin'],
        pythonModule: null,
        distribution: null,
        versionArguments: ['--version'],
        images: [{repository: 'ghcr.io/ggml-org/llama.cpp', entrypoint: '/app/llama-server'}],
      },
    ],
  ])('%s', (name, installation) => {
    expect(engineOf(name).installation).toMatchObject(installation);
  });
});

describe('the environment of an engine without a key', () => {
  const variables = (name: string, isModelOnDisk: boolean) =>
    engineOf(name)
      .buildLaunch(guideSettings({engine: name}), {...plainHost, isModelOnDisk})
      .environment.map((variable) => [variable.name, variable.value, variable.isSecret]);

  test('of vLLM sends no telemetry and waits an hour for the engine core', () => {
    expect(variables('vllm', false)).toEqual([
      ['VLLM_NO_USAGE_STATS', '1', false],
      ['VLLM_DO_NOT_TRACK', '1', false],
      ['DO_NOT_TRACK', '1', false],
      ['VLLM_ENGINE_READY_TIMEOUT_S', '3600', false],
      ['NO_COLOR', '1', false],
    ]);
    expect(variables('vllm', true)).toContainEqual(['HF_HUB_OFFLINE', '1', false]);
  });

  test('of llama.cpp has no colors', () => {
    expect(variables('llamacpp', true)).toEqual([['NO_COLOR', '1', false]]);
  });

  test('has no secret', () => {
    for (const {name} of engines) expect(variables(name, true).filter(([, , isSecret]) => isSecret)).toEqual([]);
  });
});

describe('an argument that vLLM accepts with a no- prefix is not added again', () => {
  const argv = (...extraArguments: string[]) =>
    engineOf('vllm')
      .buildLaunch(guideSettings({extraArguments}), plainHost)
      .arguments.flatMap((argument) => argument.argv);

  test('whether it is on or off', () => {
    expect(argv()).toContain('--enable-auto-tool-choice');
    expect(argv('--no-enable-auto-tool-choice')).not.toContain('--enable-auto-tool-choice');
    expect(argv('--enable-auto-tool-choice').filter((word) => word === '--enable-auto-tool-choice')).toHaveLength(1);
    expect(argv('--no-other')).toContain('--enable-auto-tool-choice');
  });
});

describe('a rejected command line of vLLM', () => {
  const codes = (text: string) =>
    engineOf('vllm')
      .interpretLogLine(text, unknownLogContext)
      .map((event) => (event.type === 'failure' ? event.finding.code : event.type));

  test.each([
    ['vllm: error: argument --tp: invalid int value', ['vllm.invalid-argument']],
    ['vllm serve: error: argument --tp: invalid int value', ['vllm.invalid-argument']],
    ['my vllm: error: argument --tp', []],
    ['vllm: error: argument ', []],
    ['vllm: error: other', []],
  ])('%j', (text, expected) => {
    expect(codes(text)).toEqual(expected);
  });
});

test.each([
  ['x 12.34.567.890 I y', null],
  ['0.00.000.500 I y', 0.5],
  ['1.00.000.000 I y', 60_000],
])('the time of %j in llama-server’s log is %s ms', (text, ms) => {
  expect(engineOf('llamacpp').readLogTimeMs(text)).toBe(ms);
});
