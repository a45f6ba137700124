import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import type {LaunchHost} from '../../../src/engines/engine.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {plainHost} from '../vllm/test-settings.ts';
import {guideSettings} from './test-settings.ts';

function wordsOf(change: Partial<LaunchSettings> = {}, host: Partial<LaunchHost> = {}): string[] {
  const launch = sglang.buildLaunch(guideSettings(change), {...plainHost, ...host});
  return launch.arguments.flatMap((argument) => argument.argv);
}

const kimiOptions = ['--trust-remote-code', '--tool-call-parser', '--reasoning-parser'];

describe('the command line of SGLang', () => {
  test('is exactly the guide\u2019s, with what Kimi K2 and a console need', () => {
    expect([sglang.installation.program, ...wordsOf()].join(' ')).toBe(
      'sglang serve --model-path moonshotai/Kimi-K2.7-Code --tp 8 --context-length 262144 --mem-fraction-static 0.9' +
        ' --served-model-name kimi-k2.7-code --host 0.0.0.0 --port 8000 --enable-metrics' +
        ' --uvicorn-access-log-exclude-prefixes /health /metrics' +
        ' --trust-remote-code --tool-call-parser kimi_k2 --reasoning-parser kimi_k2',
    );
  });

  test('is the guide\u2019s launch_server too, without the arguments that only the program accepts', () => {
    const {pythonModule} = sglang.installation;
    expect(pythonModule?.name).toBe('sglang.launch_server');
    expect(wordsOf().slice(pythonModule?.droppedArguments).join(' ')).toMatch(
      /^--model-path moonshotai\/Kimi-K2\.7-Code --tp 8 --context-length 262144 --mem-fraction-static 0\.9 /,
    );
  });

  test('gives a reason for every part', () => {
    const {
      arguments: parts,
      environment,
      files,
    } = sglang.buildLaunch(guideSettings({extraArguments: ['--page-size', '64']}), {...plainHost, apiKey: 'k'});
    for (const {why} of [...parts, ...environment, ...files]) expect(why).not.toBe('');
  });

  test.each<[string, Partial<LaunchSettings>, string]>([
    ['another number of cards', {tensorParallelSize: 4}, '--tp 4'],
    ['groups of layers', {pipelineParallelSize: 2}, '--pp-size 2'],
    ['groups of requests', {dataParallelSize: 8}, '--dp-size 8 --enable-dp-attention'],
    ['a shared KV cache', {decodeContextParallelSize: 8}, '--dcp-size 8'],
    ['the backend that a shared KV cache needs', {decodeContextParallelSize: 8}, '--attention-backend flashinfer'],
    ['whole experts', {expertParallel: true}, '--ep-size 8'],
    ['a shorter context', {contextLengthTokens: 65_536}, '--context-length 65536'],
    ['a smaller share of the card', {memoryFraction: 0.85}, '--mem-fraction-static 0.85'],
    ['a KV cache of half the size', {kvCacheDtype: 'fp8'}, '--kv-cache-dtype fp8_e4m3'],
    ['a KV cache in 16 bit', {kvCacheDtype: 'bf16'}, '--kv-cache-dtype bf16'],
    ['a bound on running requests', {maxRunningRequests: 64}, '--max-running-requests 64'],
    ['another port', {port: 8001}, '--port 8001'],
  ])('says %s', (_, change, argv) => {
    expect(wordsOf(change).join(' ')).toContain(argv);
    expect(wordsOf().join(' ')).not.toContain(argv);
  });

  test('leaves to SGLang what is not set', () => {
    const left = ['--kv-cache-dtype', '--max-running-requests', '--dp-size', '--enable-dp-attention', '--quantization'];
    for (const option of left) expect(wordsOf()).not.toContain(option);
  });

  test('omits what an old version does not support', () => {
    const option = '--uvicorn-access-log-exclude-prefixes';
    expect(wordsOf({}, {version: '0.5.6'})).not.toContain(option);
    expect(wordsOf({}, {version: '0.5.18'})).toContain(option);
    expect(wordsOf({}, {version: null})).toContain(option);
  });

  test.each([
    ['another model under the usual name', {model: 'Qwen/Qwen3-Coder'}],
    ['a Kimi of another family', {model: 'moonshotai/Kimi-VL-A3B-Thinking'}],
  ])('omits the options of Kimi K2 for %s', (_, change) => {
    for (const option of kimiOptions) expect(wordsOf(change)).not.toContain(option);
  });

  test.each([
    [['--reasoning-parser', 'none'], '--reasoning-parser'],
    [['--tool_call_parser=none'], '--tool-call-parser'],
    [['--uvicorn-access-log', '/ping'], '--uvicorn-access-log-exclude-prefixes'],
  ])('%j replaces Gantry\u2019s own', (extraArguments, own) => {
    expect(wordsOf({extraArguments}).slice(0, -extraArguments.length)).not.toContain(own);
    expect(wordsOf()).toContain(own);
  });

  test('has no empty group of arguments', () => {
    for (const {argv} of sglang.buildLaunch(guideSettings(), plainHost).arguments) expect(argv).not.toEqual([]);
  });

  test('puts extra arguments last and unchanged', () => {
    const extraArguments = ['--speculative-algorithm', 'EAGLE3', '--page-size', '64'];
    expect(wordsOf({extraArguments})).toEqual([...wordsOf(), ...extraArguments]);
  });
});

describe('the key of the API', () => {
  const apiKey = 'sk-"hush": #1 \\ yes';
  const launch = sglang.buildLaunch(guideSettings(), {...plainHost, apiKey, runDirectory: '/run/gantry/7'});

  test('is only in a file that SGLang reads', () => {
    const [file] = launch.files;
    expect(launch.files).toHaveLength(1);
    expect(parse(file?.contents ?? '')).toEqual({'api-key': apiKey});
    expect(JSON.stringify([launch.arguments, launch.environment])).not.toContain('hush');
  });

  test('the file is on the command line, in the run\u2019s own directory, as YAML', () => {
    const argv = launch.arguments.flatMap((argument) => argument.argv);
    const path = argv[argv.indexOf('--config') + 1];
    expect(path).toBe(launch.files[0]?.path);
    expect(path).toMatch(/^\/run\/gantry\/7\/[\w-]+\.yaml$/);
  });

  test('needs no file without a key', () => {
    expect(sglang.buildLaunch(guideSettings(), plainHost).files).toEqual([]);
    expect(wordsOf()).not.toContain('--config');
  });
});

describe('the environment of SGLang', () => {
  const names = (host: Partial<LaunchHost>): string[] =>
    sglang.buildLaunch(guideSettings(), {...plainHost, ...host}).environment.map(({name}) => name);

  test('switches telemetry and colors off', () => {
    expect(names({})).toEqual(['DO_NOT_TRACK', 'HF_HUB_DISABLE_TELEMETRY', 'NO_COLOR']);
  });

  test('does not contact the hub if the model is on this disk', () => {
    expect(names({isModelOnDisk: true})).toContain('HF_HUB_OFFLINE');
  });
});

describe('the installation', () => {
  test.each([
    ['sglang version: 0.5.18\ngit revision: 71de97b\n', '0.5.18'],
    ['0.5.10.post1', '0.5.10.post1'],
    ['usage: sglang [-h]', null],
  ])('reads the version in %j', (output, version) => {
    expect(sglang.installation.parseVersion(output)).toBe(version);
  });

  test('says before a start that a version is too old for the model', () => {
    const {findVersionProblem} = sglang.installation;
    expect(findVersionProblem('0.5.9', 'moonshotai/Kimi-K2.7-Code')).toMatchObject({code: 'sglang.too-old'});
    expect(findVersionProblem('0.5.10rc0', 'moonshotai/Kimi-K2.7-Code')).toBeNull();
    expect(findVersionProblem('0.5.18', 'moonshotai/Kimi-K2.7-Code')).toBeNull();
    expect(findVersionProblem('0.4.1', 'Qwen/Qwen3-8B')).toBeNull();
    expect(findVersionProblem('unknown', 'moonshotai/Kimi-K2.7-Code')).toBeNull();
  });
});
