import {describe, expect, test} from 'vitest';
import {settingsChangeSchema} from '../../../src/domain/settings/launch-settings.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {guideSettings} from './test-settings.ts';

describe('conflicts of extra arguments', () => {
  test.each([
    ['--api-key', 'sk-hush'],
    ['--api-key=sk-hush'],
    ['--api_key', 'sk-hush'],
    ['--api-k=sk-hush'],
    ['--admin-api-key', 'hush'],
    ['--admin=hush'],
    ['--hf-token', 'hf_hush'],
    ['--ssl-keyfile-password', 'hush'],
  ])('%s: a secret is refused, and the finding does not repeat it', (...extraArguments) => {
    const finding = sglang.findArgumentConflict(guideSettings({extraArguments}));
    expect(finding).toMatchObject({code: 'sglang.secret-argument', severity: 'critical'});
    expect(JSON.stringify(finding)).not.toContain('hush');
  });

  test('recommends the variable for the key', () => {
    const finding = sglang.findArgumentConflict(guideSettings({extraArguments: ['--api-key', 'k']}));
    expect(finding?.remedy).toContain(sglang.apiKeyVariable);
  });

  test.each([
    [['--port', '9000'], 'engine.port'],
    [['--host=127.0.0.1'], 'engine.host'],
    [['--served_model_name', 'other'], 'engine.servedModelName'],
    [['--model', 'Qwen/Qwen3'], 'engine.model'],
    [['--model-path', 'Qwen/Qwen3'], 'engine.model'],
    [['--tp', '4'], 'engine.tensorParallelSize'],
    [['--tp-size', '4'], 'engine.tensorParallelSize'],
    [['--tensor-parallel', '4'], 'engine.tensorParallelSize'],
    [['--dp', '8'], 'engine.dataParallelSize'],
    [['--pipeline-parallel-size', '2'], 'engine.pipelineParallelSize'],
    [['--decode-context-parallel-size', '8'], 'engine.decodeContextParallelSize'],
    [['--context-len', '65536'], 'engine.contextLengthTokens'],
    [['--mem-fraction-static', '0.95'], 'engine.memoryFraction'],
    [['--mem-frac=0.8'], 'engine.memoryFraction'],
  ])('%j conflicts with the setting %s', (extraArguments, setting) => {
    const finding = sglang.findArgumentConflict(guideSettings({extraArguments}));
    expect(finding).toMatchObject({
      code: 'sglang.argument-conflict',
      evidence: extraArguments.join(' ').replace('=', ' '),
    });
    expect(finding?.message).toContain(setting);
    expect(finding?.remedy).toContain(setting);
  });

  test.each([
    ['--smg-grpc-mode'],
    ['--grpc-mode'],
    ['--ssl-certfile', '/etc/cert.pem'],
    ['--ssl-keyfile', '/etc/key.pem'],
    ['--config', '/etc/sglang.yaml'],
  ])('%s: an endpoint or a file unknown to Gantry is refused', (...extraArguments) => {
    expect(sglang.findArgumentConflict(guideSettings({extraArguments}))).toMatchObject({
      code: 'sglang.endpoint-argument',
    });
  });

  test.each([
    [[]],
    [['--port', '8000', '--context-length=262144', '--mem-fraction-static', '0.90', '--tp', '8']],
    [['--kv-cache-dtype', 'fp8_e5m2', '--max-running-requests', '32', '--ep', '8']],
    [['--page-size', '64', '--disable-cuda-graph', '--random-seed', '-1', '--model-loader-extra-config', '{}']],
    [['--tokenizer-worker-num', '2', '--max-prefill-tokens', '8192', '--pp-max-micro-batch-size', '8']],
  ])('%j does not contradict the settings', (extraArguments) => {
    expect(sglang.findArgumentConflict(guideSettings({extraArguments}))).toBeNull();
  });

  test('an option is refused if a setting decides it, and accepted if the setting leaves it open', () => {
    const extraArguments = ['--kv-cache-dtype', 'fp8_e5m2'];
    expect(sglang.findArgumentConflict(guideSettings({extraArguments, kvCacheDtype: 'fp8'}))?.message).toContain(
      'engine.kvCacheDtype',
    );
    expect(sglang.findArgumentConflict(guideSettings({extraArguments, kvCacheDtype: 'auto'}))).toBeNull();
  });
});

describe('the vision tower', () => {
  test('of a Kimi with vision cannot be omitted: the plan would count on memory that is not free', () => {
    const finding = sglang.findArgumentConflict(guideSettings({visionMode: 'absent'}));
    expect(finding).toMatchObject({code: 'sglang.vision-mode', severity: 'critical'});
    expect(settingsChangeSchema.parse(finding?.settingsChange)).toEqual({visionMode: 'weights'});
  });

  test('does not matter if there is none', () => {
    const change = {visionMode: 'absent', model: 'moonshotai/Kimi-K2-Instruct', servedModelName: 'kimi-k2'} as const;
    expect(sglang.findArgumentConflict(guideSettings(change))).toBeNull();
  });
});
