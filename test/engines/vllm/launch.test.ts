import {describe, expect, test} from 'vitest';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {parseServeArguments} from '../../../src/simulator/vllm/flags.ts';
import {guideSettings, plainHost} from './test-settings.ts';

function wordsOf(change: Partial<LaunchSettings> = {}): string[] {
  return vllm.buildLaunch(guideSettings(change), plainHost).arguments.flatMap((argument) => argument.argv);
}

const kimiOptions = [
  '--trust-remote-code',
  '--enable-auto-tool-choice',
  '--tool-call-parser',
  '--reasoning-parser',
  '--mm-encoder-tp-mode',
];

describe('the command line of vLLM', () => {
  test('is exactly the guide\u2019s, with what Kimi K2 needs', () => {
    expect([vllm.installation.program, ...wordsOf()].join(' ')).toBe(
      'vllm serve moonshotai/Kimi-K2.7-Code --tensor-parallel-size 8 --max-model-len 262144' +
        ' --gpu-memory-utilization 0.9 --served-model-name kimi-k2.7-code --host 0.0.0.0 --port 8000' +
        ' --disable-access-log-for-endpoints /health,/metrics --trust-remote-code --enable-auto-tool-choice' +
        ' --tool-call-parser kimi_k2 --reasoning-parser kimi_k2 --mm-encoder-tp-mode data',
    );
  });

  test('disables the access log in every version', () => {
    const quiet = (version: string | null): string =>
      vllm
        .buildLaunch(guideSettings(), {...plainHost, version})
        .arguments.flatMap(({argv}) => argv)
        .filter((word) => word.includes('access-log'))
        .join(' ');
    expect(quiet('0.15.1')).toBe('--disable-uvicorn-access-log');
    expect(quiet('0.16.0')).toBe('--disable-access-log-for-endpoints');
    expect(quiet(null)).toBe('--disable-access-log-for-endpoints');
  });

  test('gives a reason for every part', () => {
    const {arguments: parts, environment} = vllm.buildLaunch(
      guideSettings({extraArguments: ['--block-size', '64']}),
      plainHost,
    );
    for (const {why} of [...parts, ...environment]) expect(why).not.toBe('');
  });

  test.each<[string, Partial<LaunchSettings>, string]>([
    ['another number of cards', {tensorParallelSize: 4}, '--tensor-parallel-size 4'],
    ['groups of layers', {pipelineParallelSize: 2}, '--pipeline-parallel-size 2'],
    ['groups of requests', {dataParallelSize: 2}, '--data-parallel-size 2'],
    ['a shared KV cache', {decodeContextParallelSize: 8}, '--decode-context-parallel-size 8'],
    ['whole experts', {expertParallel: true}, '--enable-expert-parallel'],
    ['no vision tower', {visionMode: 'absent'}, '--language-model-only'],
    ['a divided vision tower', {visionMode: 'weights'}, '--mm-encoder-tp-mode weights'],
    ['a shorter context', {contextLengthTokens: 65_536}, '--max-model-len 65536'],
    ['a larger share of the card', {memoryFraction: 0.92}, '--gpu-memory-utilization 0.92'],
    ['a KV cache of half the size', {kvCacheDtype: 'fp8'}, '--kv-cache-dtype fp8'],
    ['a KV cache in 16 bit, by vLLM\u2019s word for it', {kvCacheDtype: 'bf16'}, '--kv-cache-dtype bfloat16'],
    ['a bound on running requests', {maxRunningRequests: 64}, '--max-num-seqs 64'],
    ['another port', {port: 8001}, '--port 8001'],
  ])('says %s', (_, change, argv) => {
    expect(wordsOf(change).join(' ')).toContain(argv);
    expect(wordsOf().join(' ')).not.toContain(argv);
  });

  test('leaves to vLLM what is not set', () => {
    const argv = wordsOf();
    const left = ['--kv-cache-dtype', '--max-num-seqs', '--pipeline-parallel-size', '--data-parallel-size'];
    for (const option of [...left, '--enable-expert-parallel', '--quantization']) expect(argv).not.toContain(option);
    expect(wordsOf({visionMode: 'absent'})).not.toContain('--mm-encoder-tp-mode');
  });

  test('is understood by the simulated vLLM, option by option', () => {
    const parsed = parseServeArguments(wordsOf({kvCacheDtype: 'fp8', maxRunningRequests: 32}).slice(1), {});
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        model: 'moonshotai/Kimi-K2.7-Code',
        servedModelNames: ['kimi-k2.7-code'],
        host: '0.0.0.0',
        port: 8000,
        tensorParallelSize: 8,
        maxModelLen: 262_144,
        gpuMemoryUtilization: 0.9,
        kvCacheDtype: 'fp8',
        maxNumSeqs: 32,
        trustsRemoteCode: true,
        hasReasoningParser: true,
        hasAutoToolChoice: true,
        quietPaths: ['/health', '/metrics'],
      },
    });
  });

  test.each([
    ['an id', {model: 'moonshotai/Kimi-K2.6'}],
    ['a directory that says so', {model: '/models/kimi-k2-instruct'}],
    ['a directory of another name, by what it is served as', {model: '/data/weights', servedModelName: 'kimi-k2.7'}],
  ])('recognizes a Kimi K2 model by %s', (_, change) => {
    expect(wordsOf(change)).toEqual(expect.arrayContaining(kimiOptions));
  });

  test.each([
    ['another model under the usual name', {model: 'Qwen/Qwen3-Coder'}],
    ['a Kimi of another family', {model: 'moonshotai/Kimi-VL-A3B-Thinking'}],
    ['a directory served under another name', {model: '/data/weights', servedModelName: 'qwen'}],
  ])('omits the options of Kimi K2 for %s', (_, change) => {
    for (const option of kimiOptions) expect(wordsOf(change)).not.toContain(option);
  });
});

describe('extra arguments', () => {
  test('come last and unchanged', () => {
    const extraArguments = ['--speculative-config', '{"method": "eagle3"}', '--block-size', '64'];
    expect(wordsOf({extraArguments}).slice(-4)).toEqual(extraArguments);
    expect(wordsOf({extraArguments}).slice(0, -4)).toEqual(wordsOf());
  });

  test.each([
    [['--reasoning-parser', 'none'], '--reasoning-parser'],
    [['--reasoning_parser=none'], '--reasoning-parser'],
    [['--no-enable-auto-tool-choice'], '--enable-auto-tool-choice'],
    [['--disable-access-log-for-endpoints', '/ping'], '--disable-access-log-for-endpoints'],
  ])('%j replaces Gantry\u2019s own', (extraArguments, own) => {
    const before = wordsOf({extraArguments}).slice(0, -extraArguments.length);
    expect(before).not.toContain(own);
    expect(wordsOf()).toContain(own);
  });
});

describe('conflicts of extra arguments', () => {
  test.each([
    ['--api-key', 'sk-hush'],
    ['--api-key=sk-hush'],
    ['--api_key', 'sk-hush'],
    ['--api-ke=sk-hush'],
    ['--hf-token', 'hf_hush'],
    ['--ssl-keyfile-password', 'hush'],
  ])('%s: a secret is refused, and the finding does not repeat it', (...extraArguments) => {
    const finding = vllm.findArgumentConflict(guideSettings({extraArguments}));
    expect(finding).toMatchObject({code: 'vllm.secret-argument', severity: 'critical'});
    expect(JSON.stringify(finding)).not.toContain('hush');
  });

  test('recommends the variable for the key', () => {
    const finding = vllm.findArgumentConflict(guideSettings({extraArguments: ['--api-key', 'k']}));
    expect(finding?.remedy).toContain(vllm.apiKeyVariable);
  });

  test.each([
    [['--port', '9000'], 'engine.port'],
    [['--port=9000'], 'engine.port'],
    [['--host', '127.0.0.1'], 'engine.host'],
    [['--served-model-name', 'other'], 'engine.servedModelName'],
    [['--served_model_name', 'other'], 'engine.servedModelName'],
    [['--model', 'Qwen/Qwen3'], 'engine.model'],
    [['-tp', '4'], 'engine.tensorParallelSize'],
    [['--max-model-len', '65536'], 'engine.contextLengthTokens'],
    [['--gpu-memory-utilization', '0.95'], 'engine.memoryFraction'],
  ])('%j conflicts with the setting %s', (extraArguments, setting) => {
    const finding = vllm.findArgumentConflict(guideSettings({extraArguments}));
    expect(finding).toMatchObject({
      code: 'vllm.argument-conflict',
      evidence: extraArguments.join(' ').replace('=', ' '),
    });
    expect(finding?.message).toContain(setting);
    expect(finding?.remedy).toContain(setting);
  });

  test.each([['--uds', '/run/vllm.sock'], ['--headless'], ['--ssl-certfile', '/etc/cert.pem']])(
    '%s: an endpoint that Gantry would not find is refused',
    (...extraArguments) => {
      expect(vllm.findArgumentConflict(guideSettings({extraArguments}))).toMatchObject({
        code: 'vllm.endpoint-argument',
      });
    },
  );

  test.each([
    [[]],
    [['--port', '8000', '--max-model-len=262144']],
    [['--kv-cache-dtype', 'fp8_ds_mla', '--max-num-seqs', '32']],
    [['--block-size', '64', '--enforce-eager', '--api-server-count', '1', '--seed', '-1']],
  ])('%j does not contradict the settings', (extraArguments) => {
    expect(vllm.findArgumentConflict(guideSettings({extraArguments}))).toBeNull();
  });

  test('an option is refused if a setting decides it, and accepted if the setting leaves it open', () => {
    const extraArguments = ['--kv-cache-dtype', 'fp8_e4m3'];
    expect(vllm.findArgumentConflict(guideSettings({extraArguments, kvCacheDtype: 'fp8'}))?.message).toContain(
      'engine.kvCacheDtype',
    );
    expect(vllm.findArgumentConflict(guideSettings({extraArguments, kvCacheDtype: 'auto'}))).toBeNull();
  });
});

describe('the environment of vLLM', () => {
  const {environment} = vllm.buildLaunch(guideSettings(), plainHost);
  const valueIn = (name: string) => environment.find((variable) => variable.name === name)?.value;

  test('switches telemetry off', () => {
    for (const name of ['VLLM_NO_USAGE_STATS', 'VLLM_DO_NOT_TRACK', 'DO_NOT_TRACK']) expect(valueIn(name)).toBe('1');
  });

  test('gives a model of half a terabyte enough time to load: by default vLLM gives up after ten minutes', () => {
    expect(Number(valueIn('VLLM_ENGINE_READY_TIMEOUT_S'))).toBeGreaterThanOrEqual(3600);
  });

  test('keeps colors out of the log and contains no secret', () => {
    expect(valueIn('NO_COLOR')).toBe('1');
    expect(environment.filter((variable) => variable.isSecret)).toEqual([]);
    expect(wordsOf()).not.toContain('--api-key');
  });
});
