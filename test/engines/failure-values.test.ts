import {describe, expect, test} from 'vitest';
import {unknownLogContext} from '../../src/engines/engine.ts';
import {endpointConflict} from '../../src/engines/launch/argument-conflicts.ts';
import {findEngine} from '../../src/engines/registry.ts';
import {BYTES_PER_GIB} from '../../src/shared/units.ts';
import {catalogCard, H200, knownArchitecture, usualSettings} from '../domain/memory/plan-samples.ts';
import {guideSettings} from './vllm/test-settings.ts';

function engineOf(name: string) {
  const engine = findEngine(name);
  if (engine === undefined) throw new Error(`no engine ${name}`);
  return engine;
}

function failuresOf(engine: string, line: string) {
  return engineOf(engine)
    .interpretLogLine(line, unknownLogContext)
    .flatMap((event) => (event.type === 'failure' ? [event.finding] : []));
}

describe.each(['vllm', 'sglang'])('what %s logs about the host is complete in the finding', (engine) => {
  test.each<[string, readonly string[]]>([
    ['The NVIDIA driver on your system is too old (found version 12080)', ['12.8']],
    ['Error while creating shared memory segment /dev/shm/nccl-abc (size 9)', ['/dev/shm/nccl-abc']],
    ['CUDA error: an illegal memory access was encountered', ['an illegal memory access was encountered']],
    ['CUBLAS_STATUS_EXECUTION_FAILED when calling x', ['CUBLAS_STATUS_EXECUTION_FAILED']],
    [
      'The expected file size is: 123.45 MB. The target location /models/x only has 67.89 MB free',
      ['123.45', '/models/x', '67.89'],
    ],
    ["We couldn't connect to 'https://hub.example' to load the files", ['https://hub.example']],
    ['/models/kimi is not a local folder and is not a valid model identifier', ['at /models/kimi.']],
    ['Repository Not Found for url: https://hub.example/api/models/org/kimi-2.7/revision/main.', ['at org/kimi-2.7.']],
    ['Repository Not Found for url: https://hub.example/org/kimi/resolve/main/config.json.', ['at org/kimi.']],
    ['OSError: Cannot reach https://hub.example/x: offline mode is enabled', ['https://hub.example/x']],
  ])('%s', (line, parts) => {
    const [finding, ...others] = failuresOf(engine, `RuntimeError: ${line}`);
    expect(others).toEqual([]);
    for (const part of parts) expect(finding?.message).toContain(part);
  });
});

describe('SGLang', () => {
  test.each<[string, readonly string[]]>([
    ['Not enough host memory available. Requesting 120.5 GB but only have 64.25 GB free', ['120.5', '64.25']],
    ['Rank 12 scheduler died during initialization (exit code: -6)', ['12', '-6']],
    ['Rank 3 scheduler died during initialization (exit code: 137)', ['3', '137']],
  ])('the values of %s are in the finding', (line, parts) => {
    const [finding] = failuresOf('sglang', `RuntimeError: ${line}`);
    for (const part of parts) expect(finding?.message).toMatch(new RegExp(`(?<![\\d.])${part}(?!\\d)`));
  });

  const conflict = (extraArguments: string[], change = {}) =>
    engineOf('sglang').findArgumentConflict(guideSettings({engine: 'sglang', extraArguments, ...change}));

  test.each(['kimi-k25', 'kimi-k2.5', 'Kimi_K2_7', 'Kimi-K2-9'])('a %s has vision', (name) => {
    const change = {visionMode: 'absent', model: `org/${name}`, servedModelName: 'x'};
    expect(conflict([], change)?.code).toBe('sglang.vision-mode');
  });

  test.each(['kimi-k2', 'kimi-k2.4', 'kimi-k2-0905'])('a %s does not', (name) => {
    expect(conflict([], {visionMode: 'absent', model: `org/${name}`, servedModelName: 'x'})).toBeNull();
  });

  test.each([
    ['--api-key', 'SGLANG_API_KEY'],
    ['--hf-token', 'HF_TOKEN'],
  ])('%s belongs in %s', (option, variable) => {
    expect(conflict([option, 'hush'])?.remedy).toContain(variable);
  });

  test('only a settings file has its own remedy', () => {
    const usual = (name: string) => endpointConflict('sglang', {name, written: name, value: 'x'}, '').remedy;
    expect(conflict(['--ssl-keyfile', 'x'])?.remedy).toBe(usual('--ssl-keyfile'));
    expect(conflict(['--config', 'x'])?.remedy).not.toBe(usual('--config'));
  });
});

test.each([
  ['vllm', '0.19.0', '0.19.1'],
  ['sglang', '0.5.9', '0.5.10'],
])('%s %s is too old, and the remedy has %s', (engine, version, least) => {
  const finding = engineOf(engine).installation.findVersionProblem(version, 'Kimi-K2.7-Code');
  expect(finding?.message).toContain(least);
  expect(finding?.remedy).toContain(least);
});

test.each([
  [2.08, 0],
  [2.1, 0],
  [2.12, 1],
])('on a card of %d GiB vLLM has %i fractions to offer that leave room for the context', (gib, count) => {
  const cudaVisibleBytes = Math.round(gib * BYTES_PER_GIB);
  const {findings} = engineOf('vllm').memory.terms({
    settings: {...usualSettings, memoryFraction: 0.9},
    card: {...catalogCard(H200), cudaVisibleBytes},
    gpuCount: 8,
    architecture: knownArchitecture(),
    version: null,
  });
  expect(findings.filter(({code}) => code === 'memory.fraction-too-high')).toHaveLength(count);
});
