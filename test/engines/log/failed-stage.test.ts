import {describe, expect, test} from 'vitest';
import type {LogDiagnosis} from '../../../src/domain/diagnosis/log-diagnosis.ts';
import type {Engine} from '../../../src/engines/engine.ts';
import {createLogDiagnoser} from '../../../src/engines/log/diagnose-log.ts';
import {stageOf} from '../../../src/engines/log/failed-stage.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';

const exhausted = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.25 GiB.';

function diagnose(engine: Engine, lines: readonly string[]): LogDiagnosis {
  const diagnoser = createLogDiagnoser(engine);
  for (const [index, text] of lines.entries()) diagnoser.take({text, number: index + 1});
  return diagnoser.result();
}

/** A traceback of these functions, with the code of each, as a logger writes it: its prefix in front of every line. */
function traceback(prefix: string, functions: readonly string[], error: string = exhausted): readonly string[] {
  const frames = functions.flatMap((name, index) => [
    `  File "/opt/venv/lib/python3.12/site-packages/engine/module_${index}.py", line ${100 + index}, in ${name}`,
    `    self.worker.${name}(x)`,
  ]);
  return ['Traceback (most recent call last):', ...frames, error].map((line) => prefix + line);
}

const worker = '(Worker_TP2 pid=881) ERROR 11-12 04:01:09 [multiproc_executor.py:772] ';
const begun = 'INFO 11-12 04:00:01 [gpu_model_runner.py:4011] Starting to load model moonshotai/Kimi-K2.7-Code...';
const sized = '(EngineCore pid=870) INFO 11-12 04:01:00 [gpu_worker.py:298] Available KV cache memory: 31.20 GiB';
const captured =
  '(Worker_TP0 pid=879) Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  10%|#         | 5/51 [00:02<00:18]';

describe('the stage in which vLLM ran out of memory', () => {
  test.each([
    ['init_device', 'loading', 'before any weights', [begun]],
    ['load_model', 'loading', 'while loading the weights', [begun, sized, captured]],
    ['determine_available_memory', 'profiling', 'in the profile run', [begun, sized, captured]],
    ['determine_num_available_blocks', 'profiling', 'in the profile run', []],
    ['initialize_from_config', 'kv-cache', 'while the KV cache was allocated', [begun, captured]],
    ['compile_or_warm_up_model', 'capturing', 'in the warm-up', [begun]],
    ['execute_model', 'serving', 'while serving', [begun]],
  ])('is that of %s, whatever phase the other processes are in', (name, code, says, before) => {
    const inner = ['_dummy_run', 'forward', '_call_impl', name === 'execute_model' ? 'forward' : 'execute_model'];
    const lines = [...before, ...traceback(worker, ['worker_busy_loop', name, ...inner])];
    const {findings} = diagnose(vllm, lines);
    expect(findings.map((finding) => finding.code)).toEqual([`vllm.out-of-memory-${code}`]);
    expect(findings[0]?.message).toContain(says);
  });

  test('of a remote worker is that of its frames, which Ray has in its own error', () => {
    const lines = [
      '(EngineCore pid=870) ERROR 11-12 04:01:09 [core.py:1010] Traceback (most recent call last):',
      '(EngineCore pid=870) ERROR 11-12 04:01:09 [core.py:1010]   File "/opt/vllm/v1/engine/core.py", line 90, in __init__',
      '(EngineCore pid=870) ERROR 11-12 04:01:09 [core.py:1010] ray.exceptions.RayTaskError(OutOfMemoryError): ray::RayWorkerWrapper.execute_method() (pid=4411, ip=10.0.0.7)',
      ...traceback('(EngineCore pid=870) ERROR 11-12 04:01:09 [core.py:1010] ', ['execute_method', 'load_model']).slice(
        1,
      ),
    ];
    expect(diagnose(vllm, [sized, ...lines]).findings.map(({code}) => code)).toEqual(['vllm.out-of-memory-loading']);
  });

  test('of a pool of processes is that of the remote traceback, which stands above the one that passes it on', () => {
    const lines = [
      'concurrent.futures.process._RemoteTraceback: ',
      '"""',
      ...traceback('', ['_process_worker', 'initialize_from_config', '_allocate_kv_cache_tensors']),
      '"""',
      '',
      'The above exception was the direct cause of the following exception:',
      '',
      ...traceback('', ['main', 'result', '__get_result']),
    ];
    expect(diagnose(vllm, [begun, ...lines]).findings.map(({code}) => code)).toEqual(['vllm.out-of-memory-kv-cache']);
  });

  test('of two workers whose tracebacks are mixed is that of the one that failed first', () => {
    const loading = traceback('(Worker_TP0 pid=879) ERROR 11-12 04:01:09 [multiproc_executor.py:772] ', ['load_model']);
    const warming = traceback(worker, ['capture_model']);
    const mixed = warming.flatMap((line, index) => [line, ...loading.slice(index, index + 1)]);
    const [first] = diagnose(vllm, mixed).findings;
    expect(first?.code).toBe('vllm.out-of-memory-capturing');
  });

  test('is not told by a traceback of an earlier phase, which it survived', () => {
    const lines = [begun, ...traceback(worker, ['load_model'], 'ImportError: no deep_gemm'), captured, exhausted];
    expect(diagnose(vllm, lines).findings.map(({code}) => code)).toEqual(['vllm.out-of-memory-capturing']);
  });

  test('is named as far as the phases tell if there is no traceback', () => {
    expect(diagnose(vllm, [begun, sized, worker + exhausted]).findings[0]?.message).toContain(
      'after the size of the KV cache was computed',
    );
  });
});

describe('the stage in which SGLang ran out of memory', () => {
  const rank = '[2026-11-12 04:01:09 TP3] ';

  test.each([
    ['init_torch_distributed', 'loading', 'before any weights'],
    ['load_model', 'loading', 'while loading the weights'],
    ['init_memory_pool', 'kv-cache', 'while the KV cache was allocated'],
    ['init_device_graphs', 'capturing', 'after weights and KV cache'],
    ['event_loop_overlap', 'serving', 'while serving'],
  ])('is that of %s, whatever phase the other ranks are in', (name, code, says) => {
    const lines = [
      '[2026-11-12 04:00:40 TP0] Load weight begin. avail mem=138.40 GB',
      '[2026-11-12 04:01:08 TP0] Capture cuda graph begin. This can take up to several minutes. avail mem=10.10 GB',
      `${rank}Scheduler hit an exception: Traceback (most recent call last):`,
      ...traceback('', ['run_scheduler_process', '__init__', name, 'forward']).slice(1),
    ];
    const [finding] = diagnose(sglang, lines).findings;
    expect(finding?.code).toBe(`sglang.out-of-memory-${code}`);
    expect(finding?.message).toContain(says);
  });
});

test('the outermost function that belongs to a stage decides; others tell nothing', () => {
  const stages = [
    [/^measure$/, 'measuring'],
    [/^run$/, 'running'],
  ] as const;
  expect(stageOf(['main', 'measure', 'run'], stages)).toBe('measuring');
  expect(stageOf(['main', 'run', 'measure'], stages)).toBe('running');
  expect(stageOf(['main'], stages)).toBeNull();
  expect(stageOf([], stages)).toBeNull();
});
