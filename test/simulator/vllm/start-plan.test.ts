import {describe, expect, test} from 'vitest';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {findGpuType} from '../../../src/simulator/node/gpu-catalog.ts';
import {memoryFault} from '../../../src/simulator/node/memory-faults.ts';
import {NOMINAL_START_MS, type ScenarioName} from '../../../src/simulator/node/scenarios.ts';
import {parseServeArguments} from '../../../src/simulator/vllm/flags.ts';
import {layOutMemory} from '../../../src/simulator/vllm/memory-layout.ts';
import {planStart} from '../../../src/simulator/vllm/start/start-plan.ts';
import type {StartContext, StartStep} from '../../../src/simulator/vllm/start/start-step.ts';

function context(line = '', change: Partial<StartContext> = {}, scenario: ScenarioName = 'idle'): StartContext {
  const argv = `moonshotai/Kimi-K2.7-Code --tensor-parallel-size 8 --mm-encoder-tp-mode data --trust-remote-code ${line}`;
  const parsed = parseServeArguments(argv.trim().split(' '), {});
  if (!parsed.ok) throw new Error(parsed.error);
  const options = parsed.value;
  const layout = layOutMemory({...options, gpu: findGpuType('NVIDIA H200'), fault: memoryFault(scenario, 'vllm')});
  const heldByOthersBytes = Array.from({length: 8}, () => 0);
  return {options, layout, speed: 1, heldByOthersBytes, isSharedMemoryFull: false, routes: [], ...change};
}

function texts(steps: readonly StartStep[]): readonly string[] {
  return steps.flatMap(({action}) => ('text' in action ? [action.text] : []));
}

describe('planStart', () => {
  test('logs a complete start in the order of its phases and ends ready after six minutes', () => {
    const steps = planStart(context()).toSorted((left, right) => left.atMs - right.atMs);
    const told = texts(steps);
    const landmarks = [
      'non-default args:',
      'Resolved architecture:',
      'Initializing a V1 LLM engine (v0.28.0)',
      'Starting to load model',
      'Loading safetensors checkpoint shards: 100% Completed | 64/64',
      'Loading weights took 230.00 seconds',
      'Model loading took 72.02 GiB memory and',
      'torch.compile took',
      'Estimated CUDA graph memory: 1.76 GiB total',
      'Available KV cache memory: 48.90 GiB',
      'GPU KV cache size: 747,200 tokens, Maximum concurrency for 262,144 tokens per request: 2.85x',
      'Graph capturing finished in',
      'init engine (profile, create kv cache, warmup model) took',
      'Starting vLLM server on http://',
    ];
    const places = landmarks.map((landmark) => told.findIndex((text) => text.startsWith(landmark)));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places.toSorted((left, right) => left - right)).toEqual(places);
    expect(steps.at(-1)).toEqual({atMs: NOMINAL_START_MS, action: {type: 'ready'}});
  });

  test('states durations at its speed', () => {
    expect(texts(planStart(context('', {speed: 20})))).toContain('Loading weights took 11.50 seconds');
  });

  test('reports all 64 shards and both graph captures on one line each', () => {
    const steps = planStart(context());
    expect(texts(steps).filter((text) => text.startsWith('Loading safetensors'))).toHaveLength(65);
    const redraws = steps.flatMap(({action}) => (action.type === 'redraw' ? [action] : []));
    expect(redraws.filter(({isFirst}) => isFirst)).toHaveLength(2);
    expect(redraws.filter(({isLast}) => isLast)).toHaveLength(2);
  });

  test('fails with the cache arithmetic when one request does not fit', () => {
    const steps = planStart(context('', {}, 'kv-too-small'));
    expect(
      texts(steps).some((text) =>
        text.startsWith("ValueError: To serve at least one request with the model's max seq len (262144)"),
      ),
    ).toBe(true);
    expect(texts(steps)).toContain('EngineCore failed to start.');
    expect(steps.at(-1)?.action.type).toBe('fail');
  });

  test('fails before loading when another process uses the memory', () => {
    const heldByOthersBytes = [0, 0, 40 * BYTES_PER_GIB, 0, 0, 0, 0, 0];
    const told = texts(planStart(context('', {heldByOthersBytes})));
    expect(
      told.some((text) =>
        text.includes(
          'Free memory on device cuda:2 (99.28/139.81 GiB) on startup is less than desired GPU memory utilization (0.92, 128.62 GiB).',
        ),
      ),
    ).toBe(true);
    expect(told.some((text) => text.startsWith('Loading safetensors'))).toBe(false);
  });

  test('runs out of memory while loading when the weights do not fit, at TP4 as in the scenario', () => {
    for (const steps of [planStart(context('-tp 4')), planStart(context('', {}, 'oom-at-start'))]) {
      expect(texts(steps).some((text) => text.startsWith('Failed to load model - not enough GPU memory.'))).toBe(true);
      expect(texts(steps).some((text) => text.startsWith('torch.OutOfMemoryError: CUDA out of memory.'))).toBe(true);
      expect(steps.at(-1)?.action.type).toBe('fail');
    }
  });

  test.each<readonly [scenario: ScenarioName, cure: string, text: string]>([
    ['oom-at-profile', '--max-num-batched-tokens 2048', 'torch.OutOfMemoryError: CUDA out of memory.'],
    ['oom-at-sampler', '--max-num-seqs 64', 'occurred when warming up sampler with 1024 dummy requests'],
    ['oom-at-capture', '--gpu-memory-utilization 0.86', 'torch.OutOfMemoryError: CUDA out of memory.'],
  ])('fails in %s, and gets through with %s, which takes less', (scenario, cure, text) => {
    const failed = planStart(context('', {}, scenario));
    expect(failed.at(-1)?.action.type).toBe('fail');
    expect(texts(failed).join('\n')).toContain(text);
    expect(planStart(context(cure, {}, scenario)).at(-1)?.action.type).toBe('ready');
  });

  test('a full /dev/shm ends workers that share, and one alone needs none', () => {
    const steps = planStart(context('', {isSharedMemoryFull: true}));
    expect(texts(steps).join('\n')).toContain('Error while creating shared memory segment /dev/shm/nccl-');
    expect(steps.at(-1)?.action.type).toBe('fail');
    expect(texts(planStart(context('-tp 1', {isSharedMemoryFull: true}))).join('\n')).not.toContain('/dev/shm');
  });
});
