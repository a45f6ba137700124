import {describe, expect, test} from 'vitest';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {plainHost} from '../vllm/test-settings.ts';
import {ggufSettings} from './test-settings.ts';

function wordsOf(change: Partial<LaunchSettings> = {}): string[] {
  return llamacpp.buildLaunch(ggufSettings(change), plainHost).arguments.flatMap(({argv}) => argv);
}

describe('the command line of llama-server', () => {
  test('serves a split GGUF on eight cards with what the console needs', () => {
    expect([llamacpp.installation.program, ...wordsOf()].join(' ')).toBe(
      'llama-server --model /models/Kimi-K2.7-Code-Q4_K_M-00001-of-00013.gguf --ctx-size 262144' +
        ' --parallel 4 --kv-unified --split-mode layer --tensor-split 1,1,1,1,1,1,1,1 --alias kimi-k2.7-code' +
        ' --host 0.0.0.0 --port 8080 --n-gpu-layers 999 --metrics --log-verbosity 4 --jinja',
    );
  });

  test('gives a reason for every part', () => {
    const {arguments: parts, environment} = llamacpp.buildLaunch(ggufSettings({kvCacheDtype: 'fp8'}), plainHost);
    for (const {why} of [...parts, ...environment]) expect(why).not.toBe('');
  });

  test.each<[string, Partial<LaunchSettings>, string]>([
    [
      'a repository of GGUF files',
      {model: 'unsloth/Kimi-K2.7-Code-GGUF:Q4_K_M'},
      '--hf-repo unsloth/Kimi-K2.7-Code-GGUF:Q4_K_M',
    ],
    ['the quantization of the name first', {model: 'org/K-GGUF:Q4_K_M', format: 'Q8_0'}, '--hf-repo org/K-GGUF:Q4_K_M'],
    ['no quantization where none is set', {model: 'org/K-GGUF', format: 'auto'}, '--hf-repo org/K-GGUF --ctx-size'],
    ['the quantization that is set', {model: 'unsloth/K-GGUF', format: 'Q8_0'}, '--hf-repo unsloth/K-GGUF:Q8_0'],
    ['a shorter context', {contextLengthTokens: 65_536}, '--ctx-size 65536'],
    ['a bound on running requests', {maxRunningRequests: 16}, '--parallel 16 --kv-unified'],
    ['two cards', {tensorParallelSize: 2}, '--split-mode layer --tensor-split 1,1 '],
    ['one card', {tensorParallelSize: 1}, '--split-mode none'],
    ['another port', {port: 9931}, '--port 9931'],
  ])('says %s', (_, change, argv) => {
    expect(wordsOf(change).join(' ')).toContain(argv);
    expect(wordsOf().join(' ')).not.toContain(argv);
  });

  test('quantizes the cache only if requested, with the attention that this needs', () => {
    expect(wordsOf({kvCacheDtype: 'fp8'}).join(' ')).toContain('--cache-type-k q8_0 --alias');
    const other = {model: '/models/qwen3-Q4.gguf', servedModelName: 'qwen3', kvCacheDtype: 'fp8'} as const;
    expect(wordsOf(other).join(' ')).toContain('--cache-type-k q8_0 --cache-type-v q8_0 --flash-attn on');
  });

  test('has no argument for a memory fraction', () => {
    expect(wordsOf({memoryFraction: 0.5})).toEqual(wordsOf({memoryFraction: 0.9}));
  });

  test('an extra argument replaces a default, by any of its names', () => {
    const argv = wordsOf({extraArguments: ['-ngl', '40', '-lv', '3']});
    expect(argv).not.toContain('--n-gpu-layers');
    expect(argv).not.toContain('--log-verbosity');
    expect(argv.slice(-4)).toEqual(['-ngl', '40', '-lv', '3']);
  });

  test('the key is in the environment, marked as a secret', () => {
    const {arguments: parts, environment} = llamacpp.buildLaunch(ggufSettings(), {...plainHost, apiKey: 'gk-1'});
    expect(parts.flatMap(({argv}) => argv).join(' ')).not.toContain('gk-1');
    expect(environment).toContainEqual(expect.objectContaining({name: 'LLAMA_API_KEY', value: 'gk-1', isSecret: true}));
  });
});

describe('what cannot be started', () => {
  test.each<[string, Partial<LaunchSettings>, string]>([
    ['a key on the command line', {extraArguments: ['--api-key', 'gk-1']}, 'llamacpp.secret-argument'],
    ['another place of the API', {extraArguments: ['--api-prefix', '/llm']}, 'llamacpp.endpoint-argument'],
    ['a context that gainsays the setting', {extraArguments: ['-c', '8192']}, 'llamacpp.argument-conflict'],
    ['a port that gainsays the setting', {extraArguments: ['--port=1']}, 'llamacpp.argument-conflict'],
    ['another model', {extraArguments: ['-m', 'other.gguf']}, 'llamacpp.argument-conflict'],
  ])('%s', (_, change, code) => {
    const finding = llamacpp.findArgumentConflict(ggufSettings(change));
    expect(finding).toMatchObject({code, severity: 'critical'});
    expect(JSON.stringify(finding)).not.toContain('gk-1');
  });

  test.each<[string, Partial<LaunchSettings>]>([
    ['a key in a file', {extraArguments: ['--api-key-file', '/run/keys']}],
    ['experts in host memory', {extraArguments: ['--n-cpu-moe', '20']}],
    ['the same port again', {extraArguments: ['--port', '8080']}],
  ])('%s can', (_, change) => {
    expect(llamacpp.findArgumentConflict(ggufSettings(change))).toBeNull();
  });
});

describe('its version', () => {
  test.each([
    ['version: 10573 (3f545bec)\nbuilt with GNU 12.2.0', '3f545bec is no number', '10573'],
    ['version: 0.7.0 (11669)\nbuilt with', 'as Debian has it', '11669'],
    ['version: 0.7.0 (build 11669)', 'as Debian has it', '11669'],
    ['version: 0.7.0 (build 11669, commit Debian)\nbuilt with GNU 16.2.0', 'as Debian has it', '11669'],
    ['version: 0 (unknown)', 'built outside a repository', null],
    ['ggml_cuda_init: found 1 CUDA devices:\nversion: 5489 (abc)', 'after other lines', '5489'],
    ['llama-server: not found', 'nothing', null],
  ])('in %j (%s)', (output, _, version) => {
    expect(llamacpp.installation.parseVersion(output)).toBe(version);
  });
});
