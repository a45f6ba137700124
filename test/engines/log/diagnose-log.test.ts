import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {LogDiagnosis} from '../../../src/domain/diagnosis/log-diagnosis.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {createLogDiagnoser, type DiagnosedEngine} from '../../../src/engines/log/diagnose-log.ts';
import {unnamedEngine} from '../../../src/engines/log/unnamed-engine.ts';
import {engines} from '../../../src/engines/registry.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {engineDeadLine, outOfMemoryLine, readyStart} from '../vllm/start-log.ts';

function diagnose(lines: readonly string[], engine: DiagnosedEngine = vllm): LogDiagnosis {
  const diagnoser = createLogDiagnoser(engine);
  for (const [index, text] of lines.entries()) diagnoser.take({text, number: index + 1});
  return diagnoser.result();
}

const codesOf = ({findings}: LogDiagnosis): string[] => findings.map(({code}) => code);

/** The start up to the line that holds these words, with it. */
function upTo(argv: string): readonly string[] {
  const end = readyStart.findIndex((line) => line.includes(argv));
  expect(end).toBeGreaterThan(-1);
  return readyStart.slice(0, end + 1);
}

describe('a log that is diagnosed', () => {
  test('of a start that became ready has phases with their times, facts and the version', () => {
    const diagnosis = diagnose(readyStart);
    expect(diagnosis).toMatchObject({
      engine: 'vllm',
      version: '0.28.0',
      phase: 'serve',
      isReady: true,
      exit: 'serving',
    });
    expect(diagnosis.phases.map(({phase, seconds}) => [phase, seconds])).toEqual([
      ['launch', 10],
      ['resolve', 10],
      ['load-weights', 31],
      ['compile', 19],
      ['profile', 2],
      ['kv-cache', 18],
      ['capture-graphs', 8],
      ['serve', 0],
    ]);
    expect(diagnosis.startSeconds).toBe(98);
    expect(diagnosis.facts).toMatchObject({
      contextLengthTokens: 262_144,
      weightsBytesPerGpu: Math.round(72.31 * BYTES_PER_GIB),
      kvCapacityTokens: 771_728,
      maxConcurrency: 2.94,
      memoryFraction: 0.9,
    });
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.lastLines).toEqual([]);
  });

  test.each([
    ['Starting to load model', 'vllm.out-of-memory-loading', null],
    ['Using cache directory', 'vllm.out-of-memory-profiling', null],
    ['Available KV cache memory', 'vllm.out-of-memory-capturing', {memoryFraction: 0.85}],
    ['Application startup complete', 'vllm.out-of-memory-serving', {memoryFraction: 0.88}],
  ])('after "%s" reads a full card as %s', (argv, code, settingsChange) => {
    const diagnosis = diagnose([...upTo(argv), outOfMemoryLine, engineDeadLine]);
    expect(codesOf(diagnosis)).toEqual([code]);
    expect(diagnosis.exit).toBe('failed');
    expect(diagnosis.findings[0]?.settingsChange).toEqual(settingsChange);
    expect(diagnosis.findings[0]?.evidence).toMatch(new RegExp(`^line ${upTo(argv).length + 1}: .*896\\.00 MiB`));
  });

  test('reports the cause even if its consequences were printed first', () => {
    expect(codesOf(diagnose([...upTo('Available KV'), engineDeadLine, outOfMemoryLine]))).toEqual([
      'vllm.out-of-memory-capturing',
    ]);
  });

  test('reports what it has if there is no cause', () => {
    expect(codesOf(diagnose([...upTo('Available KV'), engineDeadLine]))).toEqual(['vllm.start-failed']);
  });

  test('of an engine that was stopped has no failure, whatever it logs about its workers', () => {
    const diagnosis = diagnose([
      ...readyStart,
      '(APIServer pid=100) INFO 11-23 03:00:00 [launcher.py:10] [shutdown] API server: shutdown triggered',
      '(APIServer pid=100) ERROR 11-23 03:00:01 [async_llm.py:704] vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue.',
    ]);
    expect(diagnosis).toMatchObject({exit: 'stopped', findings: []});
  });

  test('of several starts reports the last', () => {
    const diagnosis = diagnose([...upTo('Available KV'), outOfMemoryLine, engineDeadLine, ...readyStart]);
    expect(diagnosis).toMatchObject({startCount: 2, exit: 'serving'});
    expect(diagnosis.findings).toMatchObject([
      {
        code: 'vllm.out-of-memory-capturing',
        severity: 'warning',
        message: expect.stringMatching(/^An earlier start in this text failed: GPU 2/),
        settingsChange: null,
      },
    ]);
  });

  test('of a start that is not finished, the failure before it is critical, as nothing shows that it is over', () => {
    const diagnosis = diagnose([...upTo('Available KV'), outOfMemoryLine, engineDeadLine, ...upTo('Starting to load')]);
    expect(diagnosis).toMatchObject({startCount: 2, exit: 'starting'});
    expect(diagnosis.findings.find(({code}) => code === 'vllm.out-of-memory-capturing')?.severity).toBe('critical');
  });

  test('of an engine that ended, what follows of a start is of another engine', () => {
    const diagnosis = diagnose([...upTo('Available KV'), outOfMemoryLine, engineDeadLine, ...readyStart.slice(-4)]);
    expect(diagnosis).toMatchObject({startCount: 1, exit: 'failed', isReady: false});
    expect(codesOf(diagnosis)).toEqual(['vllm.out-of-memory-capturing']);
  });

  test('keeps the last lines and the exception of an unknown failure', () => {
    const unknown = '(EngineCore pid=200) ERROR 11-23 02:00:30 [core.py:99] QuantumFluxError: the flux is off';
    const diagnosis = diagnose([...upTo('Starting to load'), unknown, '(EngineCore pid=200) bye']);
    expect(codesOf(diagnosis)).toEqual(['log.unknown-failure']);
    expect(diagnosis.findings[0]?.evidence).toContain('QuantumFluxError');
    expect(diagnosis.exit).toBe('failed');
    expect(diagnosis.lastLines.at(-1)?.text).toBe('(EngineCore pid=200) bye');
  });

  test('that stops in the middle may be of an engine that is still starting, or was killed', () => {
    const diagnosis = diagnose(upTo('Starting to load'));
    expect(codesOf(diagnosis)).toEqual(['log.ends-while-starting']);
    expect(diagnosis.exit).toBe('starting');
    expect(diagnosis.findings[0]?.remedy).toContain('137');
  });

  test('continues over New Year', () => {
    const newYear = readyStart.map((line) =>
      line.replace('11-23 02:00', '12-31 23:59').replace('11-23 02:01', '01-01 00:00'),
    );
    expect(diagnose(newYear).startSeconds).toBe(98);
  });

  test('without times has none, and no wrong ones', () => {
    const bare = readyStart.map((line) => line.replace(/INFO \d\d-\d\d \d\d:\d\d:\d\d /, ''));
    expect(diagnose(bare)).toMatchObject({startSeconds: null, isReady: true});
  });

  test('started and cut anywhere reports nothing that is not in it', () => {
    const lines = [...readyStart, outOfMemoryLine, engineDeadLine];
    fc.assert(
      fc.property(fc.nat(lines.length), fc.nat(lines.length), (from, to) => {
        const diagnosis = diagnose(lines.slice(Math.min(from, to), Math.max(from, to)));
        for (const {seconds} of diagnosis.phases) expect(seconds ?? 0).toBeGreaterThanOrEqual(0);
        for (const code of codesOf(diagnosis)) expect(code).toMatch(/^(?:vllm\.(?:out-of-memory|start-failed)|log\.)/);
      }),
    );
  });
});

test('a start that fails for an unknown reason in a worker shows the exception of the worker', () => {
  const worker = '(Worker_TP0 pid=71) ERROR 11-26 14:09:50 [multiproc_executor.py:870]';
  const {findings} = diagnose([
    ...upTo('Initializing'),
    `${worker} WorkerProc failed to start.`,
    `${worker} ValueError: head size 63 is not supported`,
    'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
  ]);
  expect(findings).toMatchObject([
    {
      code: 'log.unknown-failure',
      message: expect.stringContaining('ValueError: head size 63 is not supported'),
      evidence: expect.stringContaining('head size 63'),
    },
    {code: 'vllm.start-failed', explainedBy: 0},
  ]);
});

describe('a download of llama.cpp that failed', () => {
  const failed = 'common_download_file_single: HEAD failed, status: 503';
  const loading = ['build: 9001 (0abc) with cc', failed, 'main: loading model'];
  const loaded = [...loading, 'load_tensors:        CUDA0 model buffer size =  1000.00 MiB'];
  const ready = 'main: server is listening on http://127.0.0.1:8080';

  test('is the cause while no model is loaded', () => {
    expect(codesOf(diagnose(loading, llamacpp))).toEqual(['llamacpp.download-failed']);
    expect(codesOf(diagnose([loading[0] ?? '', ready, failed], llamacpp))).toEqual(['llamacpp.download-failed']);
  });

  test('did no harm once the model is loaded', () => {
    expect(diagnose([...loaded, ready], llamacpp)).toMatchObject({exit: 'serving', findings: []});
    expect(diagnose([...loaded, failed, ready, failed], llamacpp)).toMatchObject({exit: 'serving', findings: []});
    const later = 'llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache';
    expect(codesOf(diagnose([...loaded, later], llamacpp))).toEqual(['llamacpp.kv-cache-too-large']);
  });
});

test('of a failed build of kernels, the line with the reason counts, in any order', () => {
  const general = [
    "subprocess.CalledProcessError: Command '['ninja', '-v']' returned non-zero exit status 1.",
    'RuntimeError: Ninja build failed. Ninja output:',
  ];
  const reason = '/root/x/decode.cuh(12): error: identifier "half3" is undefined';
  expect(codesOf(diagnose(general))).toEqual(['vllm.kernel-build-failed']);
  const dead = '(EngineCore pid=200) ERROR 11-23 02:00:30 [core.py:99] EngineCore failed to start.';
  expect(codesOf(diagnose([dead, ...general]))).toEqual(['vllm.kernel-build-failed']);
  for (const lines of [
    [...general, reason],
    [reason, ...general],
  ]) {
    const {findings} = diagnose(lines);
    expect(findings.map(({code}) => code)).toEqual(['vllm.kernel-build-failed']);
    expect(findings[0]?.message).toContain('half3');
  }
});

test('without the name of an engine the sentences are correct, and host memory is not that of GPUs', () => {
  const unnamed = unnamedEngine(engines);
  const advice = diagnose(['ValueError: the flux must be set. Please set --flux 3.'], unnamed);
  expect(advice.findings[0]?.remedy).toMatch(/^The advice of the program itself: /);
  const host = diagnose(['alloc_tensor_range: failed to allocate CPU buffer of size 68719476736'], unnamed);
  expect(codesOf(host)).toEqual(['common.host-memory']);
});

describe('an excerpt without a start', () => {
  const idle =
    'INFO 04-16 10:35:27 [loggers.py:87] Engine 000: Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 0.0 tokens/s, Running: 0 reqs, Waiting: 0 reqs, GPU KV cache usage: 0.0%';

  test('serves if it is idle again and again, or has work', () => {
    expect(diagnose([idle])).toMatchObject({exit: 'starting'});
    expect(diagnose([idle, idle])).toMatchObject({exit: 'serving'});
    expect(diagnose([idle.replace('Running: 0', 'Running: 2')])).toMatchObject({exit: 'serving'});
  });

  test('in which Ray shuts the workers down has failed, whatever is logged after it', () => {
    const down = '2025-04-16 10:35:25,965 INFO compiled_dag_node.py:2109 -- Tearing down compiled DAG';
    const found = diagnose([down, idle, idle]);
    expect(found).toMatchObject({exit: 'failed'});
    expect(codesOf(found)).toEqual(['vllm.exiting']);
  });

  test('of a server that ends within a traceback of its engine has failed, and not within that of a request', () => {
    const prefix = '(Worker_TP0 pid=587) ERROR 11-26 03:20:57 [multiproc_executor.py:1063]';
    const frame = '  File "/venv/vllm/v1/worker/gpu_worker.py", line 4, in step';
    expect(
      codesOf(diagnose([...readyStart, `${prefix} Traceback (most recent call last):`, `${prefix} ${frame}`])),
    ).toEqual(['log.cut-in-traceback']);
    expect(diagnose([...readyStart, 'Traceback (most recent call last):', frame])).toMatchObject({exit: 'serving'});
  });
});
