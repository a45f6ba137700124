import {describe, expect, test} from 'vitest';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {type EngineLogEvent, type LogContext, unknownLogContext} from '../../../src/engines/engine.ts';
import {createLogInterpreter, isAnotherStart} from '../../../src/engines/log/log-interpreter.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';

function finding(code: string): Finding {
  return {code, severity: 'critical', message: `${code}.`, evidence: null, remedy: 'Look.', settingsChange: null};
}

/** An engine that makes of each line the event it is given; it keeps the context that it was asked with. */
function open(startingAt?: LogContext) {
  const contexts: LogContext[] = [];
  let next: EngineLogEvent = {type: 'ready'};
  let number = 0;
  const interpret = createLogInterpreter(
    {
      interpretLogLine: (_, context) => {
        contexts.push(context);
        return [next];
      },
    },
    startingAt,
  );
  const take = (event: EngineLogEvent, atMs = 0): EngineLogEvent | undefined => {
    number += 1;
    next = event;
    return interpret({text: `text of line ${number}`, number}, atMs)[0];
  };
  /** What the next line is read with. */
  const context = (): LogContext | undefined => {
    take({type: 'version', version: '1'});
    return contexts.at(-1);
  };
  return {take, context};
}

const phase = (name: NonNullable<LogContext['phase']>): EngineLogEvent => ({type: 'phase', phase: name});
type FailureKind = {readonly isConsequence?: boolean; readonly isPrecise?: boolean; readonly evidence?: string};
const failure = (code: string, kind: FailureKind = {}): EngineLogEvent => ({
  type: 'failure',
  finding: {...finding(code), evidence: kind.evidence ?? null},
  isConsequence: kind.isConsequence === true,
  isPrecise: kind.isPrecise === true,
});
const codeOf = (event: EngineLogEvent | undefined): string | null =>
  event?.type === 'failure' ? event.finding.code : null;

describe('the phase of a start', () => {
  test('does not go back when a rank logs an earlier one late', () => {
    const {take, context} = open();
    take(phase('profile'));
    take(phase('load-weights'));
    expect(context()?.phase).toBe('profile');
  });

  test('goes forward, and every phase is reported', () => {
    const {take, context} = open();
    expect(take(phase('load-weights'))).toEqual(phase('load-weights'));
    take(phase('profile'));
    expect(context()?.phase).toBe('profile');
  });

  test('after a late line of loading, memory that runs out for the cache is not reported as out of memory while loading', () => {
    const interpret = createLogInterpreter(vllm);
    const read = (text: string, number: number) => interpret({text, number}, 0);
    const inPhase = (late: boolean) => {
      const lines = [
        '(Worker_TP0 pid=71) INFO 07-01 10:00:00 [gpu_worker.py:298] Available KV cache memory: 46.80 GiB',
        ...(late
          ? ['(Worker_TP3 pid=74) INFO 07-01 10:00:01 [gpu_model_runner.py:2338] Starting to load model kimi...']
          : []),
        'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 3 has a total capacity of 79.10 GiB of which 1.10 GiB is free.',
      ];
      return lines
        .flatMap((line, index) => read(line, index + 1))
        .map(codeOf)
        .findLast((code) => code !== null);
    };
    expect(inPhase(false)).toBe('vllm.out-of-memory-capturing');
    expect(inPhase(true)).toBe('vllm.out-of-memory-capturing');
  });
});

describe('another start in the same log', () => {
  test('begins when an engine launches after it was ready, or after it had started to load', () => {
    expect(isAnotherStart({phase: 'serve', isReady: true})).toBe(true);
    expect(isAnotherStart({phase: null, isReady: true})).toBe(true);
    expect(isAnotherStart({phase: 'load-weights', isReady: false})).toBe(true);
    expect(isAnotherStart({phase: 'profile', isReady: false})).toBe(true);
    expect(isAnotherStart({phase: 'resolve', isReady: false})).toBe(false);
    expect(isAnotherStart({phase: null, isReady: false})).toBe(false);
  });

  test('forgets the facts, the cause and the stop of the one before', () => {
    const {take, context} = open();
    take(phase('load-weights'));
    take({type: 'fact', name: 'weightsBytesPerGpu', value: 7});
    take(failure('a'));
    take({type: 'shutdown-requested'});
    expect(take(failure('while it ends'))).toBeUndefined();
    take(phase('launch'));
    expect(codeOf(take(failure('b')))).toBe('b');
    expect(context()).toMatchObject({facts: {}, isReady: false});
  });

  test('does not begin when a second rank launches: facts and cause stay', () => {
    const {take, context} = open();
    take(phase('launch'));
    take({type: 'fact', name: 'weightsBytesPerGpu', value: 7});
    take(failure('a'));
    take(phase('launch'));
    expect(codeOf(take(failure('b')))).toBe('a');
    expect(context()).toMatchObject({phase: 'launch', facts: {weightsBytesPerGpu: 7}});
  });
});

describe('a failure', () => {
  test('is reported as the first cause for two minutes, and as itself after that', () => {
    const {take} = open();
    expect(codeOf(take(failure('a'), 1_000))).toBe('a');
    expect(codeOf(take(failure('b'), 121_000))).toBe('a');
    expect(codeOf(take(failure('c'), 121_001))).toBe('c');
  });

  test('that is a consequence is reported as its cause for a quarter of an hour', () => {
    const {take} = open();
    take(failure('a'), 1_000);
    expect(codeOf(take(failure('b', {isConsequence: true}), 901_000))).toBe('a');
    expect(codeOf(take(failure('b', {isConsequence: true}), 901_001))).toBe('b');
  });

  test('of several consequences without a cause is the first, for two minutes', () => {
    const {take} = open();
    const codeAt = (code: string, atMs: number) => codeOf(take(failure(code, {isConsequence: true}), atMs));
    expect([codeAt('not-loaded', 0), codeAt('exiting', 1_000), codeAt('exiting', 119_000)]).toEqual([
      'not-loaded',
      'not-loaded',
      'not-loaded',
    ]);
    expect(codeAt('exiting', 121_000)).toBe('exiting');
  });

  test('that is a consequence is not the cause of what follows', () => {
    const {take} = open();
    expect(codeOf(take(failure('b', {isConsequence: true}), 0))).toBe('b');
    expect(codeOf(take(failure('a'), 1))).toBe('a');
  });

  test('that repeats the one before it in more detail replaces it, once', () => {
    const {take} = open();
    expect(codeOf(take(failure('rough')))).toBe('rough');
    expect(codeOf(take(failure('precise', {isPrecise: true})))).toBe('precise');
    expect(codeOf(take(failure('other', {isPrecise: true})))).toBe('precise');
    expect(codeOf(take(failure('rough')))).toBe('precise');
  });

  test('has its line number, and quotes the line if it has no other evidence', () => {
    const {take} = open();
    const event = take(failure('a'));
    expect(event).toMatchObject({finding: {evidence: 'line 1: text of line 1'}});
    expect(open().take(failure('a', {evidence: 'free: 1 GiB'}))).toMatchObject({
      finding: {evidence: 'line 1: free: 1 GiB'},
    });
  });

  test('before the engine was ready did not prevent the start: a later one is reported as itself', () => {
    const {take} = open();
    take(failure('a'), 0);
    take({type: 'ready'});
    expect(codeOf(take(failure('b'), 1))).toBe('b');
  });
});

describe('what is passed on unchanged', () => {
  test('readiness, facts and progress change the context of the next line', () => {
    const {take, context} = open({...unknownLogContext, phase: 'load-weights'});
    expect(take({type: 'ready'})).toEqual({type: 'ready'});
    take({type: 'fact', name: 'weightsBytesPerGpu', value: 7});
    take({type: 'fact', name: 'kvCachePoolBytesPerGpu', value: 9});
    expect(context()).toMatchObject({
      phase: 'serve',
      isReady: true,
      facts: {weightsBytesPerGpu: 7, kvCachePoolBytesPerGpu: 9},
    });
    const progress: EngineLogEvent = {type: 'progress', phase: 'load-weights', ratio: 0.5};
    expect(take(progress)).toEqual(progress);
  });

  test('a notice has its line number and is not a failure', () => {
    const {take} = open();
    const notice = take({type: 'notice', finding: {...finding('n'), evidence: 'seen'}});
    expect(notice).toMatchObject({type: 'notice', finding: {code: 'n', evidence: 'line 1: seen'}});
    expect(codeOf(take(failure('a')))).toBe('a');
  });
});

describe('a version', () => {
  test('has the name of its release, whatever its build is called', () => {
    expect(open().take({type: 'version', version: '0.32.0+cpu'})).toEqual({type: 'version', version: '0.32.0'});
  });
});

describe('the evidence of a consequence without a known cause', () => {
  const worker = '(Worker_TP0 pid=71) ERROR 11-26 14:09:50 [multiproc_executor.py:870]';
  const wrapper = 'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}';
  const read = (lines: readonly (readonly [text: string, atMs: number])[]): (string | null)[] => {
    const interpret = createLogInterpreter(vllm);
    return lines
      .flatMap(([text, atMs], index) => interpret({text, number: index + 1}, atMs))
      .flatMap((event) => (event.type === 'failure' ? [event.finding.evidence] : []));
  };

  test('is the first exception, that of a worker, and not the one that passes it on', () => {
    const evidence = read([
      [`${worker} WorkerProc failed to start.`, 0],
      [`${worker} Traceback (most recent call last):`, 0],
      [`${worker} ValueError: head size 63 is not supported`, 0],
      ['(EngineCore pid=70) ERROR 11-26 14:09:51 [core.py:1100] OSError: the pipe is closed', 1_000],
      [wrapper, 2_000],
    ]);
    expect(evidence[0]).toMatch(/^line 1: /);
    expect(evidence[1]).toBe(`line 3: ${worker} ValueError: head size 63 is not supported`);
  });

  test('is its own line without an exception shortly before it', () => {
    const own = `line 2: ${wrapper}`;
    expect(
      read([
        ['INFO an ordinary line', 0],
        [wrapper, 1_000],
      ]),
    ).toEqual([own]);
    expect(
      read([
        [`${worker} ValueError: of an earlier request`, 0],
        [wrapper, 121_000],
      ]),
    ).toEqual([own]);
  });

  describe('once the engine is ready', () => {
    const ready = '(APIServer pid=1) INFO:     Application startup complete.';
    const fatal = '(EngineCore pid=70) ERROR 11-26 14:09:51 [core.py:1332] EngineCore encountered a fatal error.';
    const dead =
      '(APIServer pid=1) ERROR 11-26 14:09:51 [async_llm.py:704] vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue.';
    const client = 'ValueError: Unknown role: foo';
    const core = '(EngineCore pid=70) ERROR 11-26 14:09:51 [core.py:1332] KeyError: 7';
    const failures = (lines: readonly (readonly [text: string, atMs: number])[]) => {
      const interpret = createLogInterpreter(vllm);
      return lines
        .flatMap(([text, atMs], index) => interpret({text, number: index + 1}, atMs))
        .flatMap((event) =>
          event.type === 'failure' ? [[event.finding.evidence?.split(':')[0], event.isPrecise] as const] : [],
        );
    };

    test('is not the exception of a request some time before', () => {
      expect(
        failures([
          [ready, 0],
          [client, 100_000],
          [fatal, 200_000],
        ]),
      ).toEqual([['line 3', false]]);
    });

    test('a log without its beginning is that of an engine that serves once it reports traffic', () => {
      const traffic =
        '(APIServer pid=1) INFO 11-26 14:08:00 [loggers.py:335] Engine 000: Avg prompt throughput: 6.7 tokens/s, Avg generation throughput: 1.4 tokens/s, Running: 1 reqs, Waiting: 0 reqs, GPU KV cache usage: 1.0%, Prefix cache hit rate: 0.0%';
      const end = [
        [client, 100_000],
        [fatal, 200_000],
      ] as const;
      expect(failures([[traffic, 0], ...end])).toEqual([['line 3', false]]);
      expect(failures(end), 'while that is unknown, it may be the cause of a failed start').toEqual([['line 1', true]]);
    });

    test('is the newest exception of the engine, not the first of the last two minutes', () => {
      expect(
        failures([
          [ready, 0],
          [client, 100_000],
          [`${worker} ValueError: of a step that was repeated`, 150_000],
          [`${worker} RuntimeError: the step failed`, 199_000],
          ['(EngineCore pid=70) ERROR 11-26 14:09:51 [core.py:1100] OSError: the pipe is closed', 199_500],
          [fatal, 200_000],
        ]),
      ).toEqual([['line 4', true]]);
    });

    test('is the exception of the engine, not that of a request at the same moment', () => {
      expect(
        failures([
          [ready, 0],
          [client, 199_000],
          [`(APIServer pid=1) ${client}`, 199_100],
          [fatal, 200_000],
          [core, 200_000],
          [client, 200_000],
          [dead, 200_100],
        ]),
      ).toEqual([
        ['line 2', false],
        ['line 5', true],
      ]);
    });

    test('requests that fail all the time do not hide it', () => {
      const requests = Array.from({length: 40}, (_, index) => [client, index * 3_000] as const);
      expect(failures([[ready, 0], ...requests, [fatal, 120_000], [core, 120_000], [dead, 120_100]]).at(-1)).toEqual([
        'line 43',
        true,
      ]);
    });

    test('of another engine is the traceback that its own line begins', () => {
      const interpret = createLogInterpreter(sglang);
      const lines = [
        ['[2026-05-06 12:35:00] The server is fired up and ready to roll!', 0],
        ['[2026-05-06 12:35:08 TP0] Scheduler hit an exception: Traceback (most recent call last):', 8_000],
        ['  File "scheduler.py", line 1, in run', 8_000],
        ['AssertionError: too many blocks', 8_000],
        [client, 8_000],
        ['[2026-05-06 12:35:08] Received sigquit from a child process. It usually means the child failed.', 8_100],
      ] as const;
      const seen = lines
        .flatMap(([text, atMs], index) => interpret({text, number: index + 1}, atMs))
        .flatMap((event) => (event.type === 'failure' ? [event] : []));
      expect(seen.at(-1)).toMatchObject({finding: {evidence: expect.stringMatching(/^line 4: /)}, isPrecise: true});
    });
  });
});
