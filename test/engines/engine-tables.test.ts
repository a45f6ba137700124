import {describe, expect, test} from 'vitest';
import type {LaunchSettings} from '../../src/domain/settings/launch-settings.ts';
import {unknownLogContext} from '../../src/engines/engine.ts';
import {passedVariables} from '../../src/engines/launch/container-command.ts';
import {isVersionAtLeast} from '../../src/engines/launch/engine-version.ts';
import {readExtraOptions} from '../../src/engines/launch/extra-options.ts';
import {isKimiK2, isKimiK2Name} from '../../src/engines/launch/kimi-k2.ts';
import {engines, findEngine} from '../../src/engines/registry.ts';
import {guideSettings, plainHost} from './vllm/test-settings.ts';

function engineOf(name: string) {
  const engine = findEngine(name);
  if (engine === undefined) throw new Error(`no engine ${name}`);
  return engine;
}

function settingsOf(engine: string, extraArguments: readonly string[], change: Partial<LaunchSettings> = {}) {
  const model = engine === 'llamacpp' ? 'unsloth/Kimi-K2.7-Code-GGUF' : 'moonshotai/Kimi-K2.7-Code';
  return guideSettings({engine, model, extraArguments: [...extraArguments], ...change});
}

const conflict = (engine: string, argv: readonly string[], change: Partial<LaunchSettings> = {}) =>
  engineOf(engine).findArgumentConflict(settingsOf(engine, argv, change));

describe('an extra argument that contradicts a setting is reported with the setting', () => {
  const set = {
    pipelineParallelSize: 2,
    dataParallelSize: 2,
    decodeContextParallelSize: 2,
    kvCacheDtype: 'fp8',
    maxRunningRequests: 64,
  } as const;

  test.each([
    ['vllm', ['--tensor-parallel-size', '3'], 'tensorParallelSize'],
    ['vllm', ['-tp', '3'], 'tensorParallelSize'],
    ['vllm', ['-pp', '3'], 'pipelineParallelSize'],
    ['vllm', ['-dp', '3'], 'dataParallelSize'],
    ['vllm', ['-dcp', '3'], 'decodeContextParallelSize'],
    ['vllm', ['--max-model-len', '3'], 'contextLengthTokens'],
    ['vllm', ['--gpu-memory-utilization', '0.3'], 'memoryFraction'],
    ['vllm', ['--kv-cache-dtype', 'auto'], 'kvCacheDtype'],
    ['vllm', ['--max-num-seqs', '3'], 'maxRunningRequests'],
    ['vllm', ['--model', 'x'], 'model'],
    ['vllm', ['--served-model-name', 'x'], 'servedModelName'],
    ['vllm', ['--host', 'x'], 'host'],
    ['vllm', ['--port', '3'], 'port'],
    ['sglang', ['--tp', '3'], 'tensorParallelSize'],
    ['sglang', ['--te', '3'], 'tensorParallelSize'],
    ['sglang', ['--pi', '3'], 'pipelineParallelSize'],
    ['sglang', ['--pp', '3'], 'pipelineParallelSize'],
    ['sglang', ['--dat', '3'], 'dataParallelSize'],
    ['sglang', ['--dp', '3'], 'dataParallelSize'],
    ['sglang', ['--dcp-s', '3'], 'decodeContextParallelSize'],
    ['sglang', ['--cont', '3'], 'contextLengthTokens'],
    ['sglang', ['--mem', '0.3'], 'memoryFraction'],
    ['sglang', ['--kv-cac', 'auto'], 'kvCacheDtype'],
    ['sglang', ['--max-ru', '3'], 'maxRunningRequests'],
    ['sglang', ['--model', 'x'], 'model'],
    ['sglang', ['--serv', 'x'], 'servedModelName'],
    ['sglang', ['--ho', 'x'], 'host'],
    ['sglang', ['--po', '3'], 'port'],
    ['llamacpp', ['-m', 'x.gguf'], 'model'],
    ['llamacpp', ['-hf', 'x'], 'model'],
    ['llamacpp', ['-hfr', 'x'], 'model'],
    ['llamacpp', ['-a', 'x'], 'servedModelName'],
    ['llamacpp', ['--host', 'x'], 'host'],
    ['llamacpp', ['--port', '3'], 'port'],
    ['llamacpp', ['-c', '3'], 'contextLengthTokens'],
    ['llamacpp', ['-np', '3'], 'maxRunningRequests'],
  ] as const)('%s %j -> %s', (engine, argv, setting) => {
    expect(conflict(engine, argv, set)).toMatchObject({
      code: `${engine}.argument-conflict`,
      severity: 'critical',
      evidence: argv.join(' '),
      message: expect.stringContaining(`engine.${setting}`),
    });
  });

  test.each([
    ['vllm', ['--max-num-seqs', '3', '--kv-cache-dtype', 'fp8', '-pp', '1', '--port', '8000']],
    ['vllm', ['--gpu-memory-utilization', '0.90', '-tp=8']],
    ['sglang', ['--max-ru', '3', '--kv-cac', 'fp8_e4m3', '--pp', '1', '--mem', '0.900']],
    ['llamacpp', ['-np', '3', '--port', '8000', '-ngl', '30']],
  ])('%s %j agrees with the settings, or sets what they leave to the engine', (engine, argv) => {
    expect(conflict(engine, argv)).toBeNull();
  });
});

describe('a secret on the command line is refused, under every name the parser accepts', () => {
  test.each([
    ['vllm', '--api-key'],
    ['vllm', '--api-k'],
    ['vllm', '--hf-token'],
    ['vllm', '--hf-t'],
    ['vllm', '--ssl-keyfile-password'],
    ['vllm', '--ssl-keyfile-p'],
    ['sglang', '--api-key'],
    ['sglang', '--api'],
    ['sglang', '--adm'],
    ['sglang', '--hf-t'],
    ['sglang', '--ssl-keyfile-'],
    ['llamacpp', '--api-key'],
    ['llamacpp', '--hf-token'],
    ['llamacpp', '-hft'],
  ])('%s %s', (engine, option) => {
    expect(conflict(engine, [option, 'hush'])?.code).toBe(`${engine}.secret-argument`);
    expect(JSON.stringify(conflict(engine, [`${option}=hush`]))).not.toContain('hush');
  });

  test.each([
    ['vllm', '--api-keys'],
    ['vllm', '--api-'],
    ['vllm', '--hf-'],
    ['sglang', '--ap'],
    ['llamacpp', '--api'],
  ])('%s %s is not a secret', (engine, option) => {
    expect(conflict(engine, [option, 'x'])?.code).not.toBe(`${engine}.secret-argument`);
  });
});

describe('an endpoint that Gantry would not find is refused', () => {
  test.each([
    ['vllm', '--uds'],
    ['vllm', '--headless'],
    ['vllm', '--ssl-keyfile'],
    ['vllm', '--ssl-certfile'],
    ['sglang', '--smg-grpc-mode'],
    ['sglang', '--grpc-m'],
    ['sglang', '--encoder-o'],
    ['sglang', '--ssl-k'],
    ['sglang', '--ssl-ce'],
    ['sglang', '--config'],
    ['llamacpp', '--api-prefix'],
    ['llamacpp', '--ssl-key-file'],
    ['llamacpp', '--ssl-cert-file'],
    ['llamacpp', '--models-dir'],
    ['llamacpp', '--models-preset'],
  ])('%s %s', (engine, option) => {
    expect(conflict(engine, [option, 'x'])).toMatchObject({code: `${engine}.endpoint-argument`, evidence: option});
  });
});

describe('the version of an engine', () => {
  test.each([
    ['vllm', '0.19.1', '0.19.0'],
    ['sglang', '0.5.10', '0.5.9'],
  ])('%s %s serves Kimi K2, %s does not, and any version serves another model', (engine, least, older) => {
    const {findVersionProblem} = engineOf(engine).installation;
    expect(findVersionProblem(least, 'moonshotai/Kimi-K2.7-Code')).toBeNull();
    expect(findVersionProblem(older, 'moonshotai/Kimi-K2.7-Code')).toMatchObject({code: `${engine}.too-old`});
    expect(findVersionProblem(older, 'Qwen/Qwen3-8B')).toBeNull();
  });

  test('of SGLang that is not a number is not an old one', () => {
    expect(engineOf('sglang').installation.findVersionProblem('main', 'Kimi-K2')).toBeNull();
  });

  test.each([
    ['vllm', 'INFO 01-01 loading\n0.28.1rc2\n', '0.28.1rc2'],
    ['vllm', '  v0.19.1  \n', '0.19.1'],
    ['vllm', 'no version', null],
    ['vllm', '0.28.1 is it', null],
    ['sglang', 'sglang version: 0.5.10.post1\n', '0.5.10.post1'],
    ['sglang', 'v0.5.9', '0.5.9'],
    ['sglang', 'sglang', null],
    ['llamacpp', 'version: 10573 (3f545bec)\nbuilt with cc', '10573'],
    ['llamacpp', 'built with cc', null],
  ])('%s reads %j as %s', (engine, output, version) => {
    expect(engineOf(engine).installation.parseVersion(output)).toBe(version);
  });

  test.each([
    ['0.25.1', [0, 25, 1], true],
    ['0.25.1', [0, 25, 2], false],
    ['0.25', [0, 25, 1], false],
    ['0.25', [0, 25], true],
    ['v1.0.0rc1', [0, 99, 9], true],
    ['0.9.9', [0, 10], false],
    [' 0.10.0+gabc', [0, 10, 0], true],
    ['x0.25.1', [0, 1], false],
    ['main', [0, 0], false],
  ] as const)('%s is at least %j: %s', (version, least, expected) => {
    expect(isVersionAtLeast(version, least)).toBe(expected);
  });
});

describe('which model is a Kimi K2', () => {
  test.each([
    ['moonshotai/Kimi-K2.7-Code', true],
    ['kimi_k2', true],
    ['KimiK2', true],
    ['kimi.k2', true],
    ['kimi--k2', false],
    ['Kimi-VL', false],
    ['Kimi-Linear-48B', false],
  ])('%s: %s', (name, expected) => {
    expect(isKimiK2Name(name)).toBe(expected);
  });

  test('a directory is one by its served name, a repository only by its own name', () => {
    for (const model of ['/models/m', './m', '~/m']) {
      expect(isKimiK2({model, servedModelName: 'kimi-k2.7-code'})).toBe(true);
      expect(isKimiK2({model, servedModelName: 'qwen'})).toBe(false);
    }
    expect(isKimiK2({model: 'org/m', servedModelName: 'kimi-k2.7-code'})).toBe(false);
  });
});

test('options are read as by a parser', () => {
  const argv = ['--a', '1', '-b=2', '--c_d', '--e', '-5', 'loose', '--f='];
  expect(readExtraOptions(argv, {'-b': '--bee'})).toEqual([
    {name: '--a', written: '--a', value: '1'},
    {name: '--bee', written: '-b', value: '2'},
    {name: '--c-d', written: '--c_d', value: null},
    {name: '--e', written: '--e', value: '-5'},
    {name: '--f', written: '--f', value: ''},
  ]);
});

describe('which variables of the operator are passed to a container', () => {
  const passed = ['CUDA_VISIBLE_DEVICES', 'CUDA_DEVICE_ORDER', 'NVIDIA_VISIBLE_DEVICES', 'OMP_NUM_THREADS'].concat(
    ['HTTP_PROXY', 'https_proxy', 'No_Proxy', 'HUGGING_FACE_HUB_TOKEN', 'HF_HOME', 'NCCL_DEBUG', 'TORCH_X', 'VLLM_X'],
    ['PYTORCH_CUDA_ALLOC_CONF', 'GLOO_SOCKET_IFNAME', 'UCX_TLS'],
  );
  const kept = ['PATH', 'HOME', 'CUDA_HOME', 'XHF_HOME', 'SGLANG_X', 'nccl_debug', 'HF_A-B', 'LD_LIBRARY_PATH'];

  test.each(passed)('%s does', (name) => {
    expect(passedVariables([name], 'VLLM_API_KEY')).toEqual([name]);
  });

  test.each(kept)('%s does not', (name) => {
    expect(passedVariables([name], 'VLLM_API_KEY')).toEqual([]);
  });

  test('in the order of their names', () => {
    expect(passedVariables(['NCCL_B', 'HF_A'], 'VLLM_API_KEY')).toEqual(['HF_A', 'NCCL_B']);
  });
});

describe('the environment of a launch', () => {
  const keyed = (engine: string, isModelOnDisk: boolean, apiKey: string | null) =>
    engineOf(engine).buildLaunch(settingsOf(engine, []), {...plainHost, isModelOnDisk, apiKey});

  test('has the key as a secret, if the engine reads it from a variable', () => {
    const secrets = (engine: string, apiKey: string | null) =>
      keyed(engine, false, apiKey).environment.filter(({isSecret}) => isSecret);
    expect(secrets('vllm', 'k')).toMatchObject([{name: 'VLLM_API_KEY', value: 'k'}]);
    expect(secrets('llamacpp', 'k')).toMatchObject([{name: 'LLAMA_API_KEY', value: 'k'}]);
    for (const {name} of engines) expect(secrets(name, null)).toEqual([]);
  });

  test('of SGLang has it in a file given on the command line', () => {
    const {files, arguments: groups} = keyed('sglang', false, 'k');
    expect(files).toMatchObject([{contents: expect.stringContaining('k')}]);
    const argv = groups.flatMap((group) => group.argv);
    expect(argv[argv.indexOf('--config') + 1]).toBe(files[0]?.path);
    expect(argv).not.toContain('k');
    expect(keyed('sglang', false, null).files).toEqual([]);
  });

  test('does not contact the hub for a model that is on disk', () => {
    const offline = (engine: string, isOnDisk: boolean) =>
      keyed(engine, isOnDisk, null).environment.some(({name, value}) => name === 'HF_HUB_OFFLINE' && value === '1');
    for (const engine of ['vllm', 'sglang'])
      expect([offline(engine, true), offline(engine, false)]).toEqual([true, false]);
  });
});

test('a line of one engine is not recognized by another', () => {
  const lines = {
    vllm: '(EngineCore_DP0 pid=4302) INFO 11-23 02:14:55 [core.py:82] Initializing',
    sglang: '[2026-07-01 10:00:00 TP0] Load weight begin. avail mem=139.10 GB',
    llamacpp: '0.00.026.812 I print_info: file size   = 543.90 GiB (4.55 BPW)',
  };
  for (const [name, line] of Object.entries(lines)) {
    expect(engines.filter((engine) => engine.recognizesLogLine(line)).map((engine) => engine.name)).toEqual([name]);
  }
});

describe('llama-server\u2019s dots and slots', () => {
  const read = (text: string) => engineOf('llamacpp').interpretLogLine(text, unknownLogContext);

  test('a dot is one percent', () => {
    expect(read('.'.repeat(37))).toEqual([{type: 'progress', phase: 'load-weights', ratio: 0.37}]);
    expect(read('.')).toEqual([]);
    expect(read('.'.repeat(101))).toEqual([]);
  });

  test('the time of a line is minutes, seconds and below', () => {
    expect(engineOf('llamacpp').readLogTimeMs('12.34.567.890 I x')).toBeCloseTo((12 * 60 + 34) * 1_000 + 567.89, 6);
    for (const text of [
      '12.3.567.890 I x',
      '12.34.56.890 I x',
      '12.34.567.89 I x',
      '12.34.567.890 i x',
      ' 1.34.567.890 I x',
    ]) {
      expect(engineOf('llamacpp').readLogTimeMs(text)).toBeNull();
    }
  });
});

describe('SGLang\u2019s clock', () => {
  const timeOf = (text: string) => engineOf('sglang').readLogTimeMs(text);

  test.each([
    ['2026-07-01 10:00:00', 0],
    ['2026-02-28 23:59:59', 0],
    ['2024-02-29 12:00:00', 0],
    ['2000-02-29 00:00:00', 0],
    ['2100-03-01 00:00:01', 0],
    ['2026-12-31 23:59:59.123', 123],
    ['2026-01-01 00:00:00,456', 456],
  ])('[%s] is the right moment of the calendar', (text, ms) => {
    const [date = '', time = ''] = text.split(' ');
    const expected = Date.parse(`${date}T${time.slice(0, 8)}Z`) + ms;
    const epoch = timeOf('[1970-01-01 00:00:00 TP0] x') ?? Number.NaN;
    expect((timeOf(`[${text} TP0] x`) ?? Number.NaN) - epoch).toBe(expected);
  });

  test('of old versions has no date', () => {
    expect(timeOf('[10:20:30 TP0] x')).toBe(((10 * 60 + 20) * 60 + 30) * 1_000);
    expect(timeOf('[10:20:30] x')).toBe(((10 * 60 + 20) * 60 + 30) * 1_000);
    for (const text of ['10:20:30 x', '[10:20:30 tp0] x', 'x [10:20:30] x', '[10:20:3] x'])
      expect(timeOf(text)).toBeNull();
  });
});
