import {beforeEach, describe, expect, test} from 'vitest';
import type {RunEvent} from '../../../src/domain/lifecycle/lifecycle.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import type {LoggedTraffic} from '../../../src/samples/logged-traffic.ts';
import type {WithoutTime} from '../../../src/supervisor/loop/clock.ts';
import {createLogReader} from '../../../src/supervisor/watch/log-reader.ts';

let nowMs = 0;
let events: WithoutTime<RunEvent>[] = [];
let logged: LoggedTraffic[] = [];
let read: (...texts: string[]) => void = () => undefined;

beforeEach(() => {
  nowMs = 0;
  events = [];
  logged = [];
  let number = 0;
  const reader = createLogReader(
    'run-1',
    vllm,
    {monotonicMs: () => nowMs},
    {
      post: (event) => events.push(event),
      observe: (observation) => {
        if (observation.type === 'logged-traffic') logged.push(observation.traffic);
      },
    },
  );
  read = (...texts) => {
    reader(
      texts.map((text) => {
        number += 1;
        return {number, offsetBytes: 0, text};
      }),
    );
  };
});

function codes(): string[] {
  return events.flatMap((event) => (event.type === 'log-failure' ? [event.finding.code] : []));
}

const outOfMemory = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB.';
const watchdog = '[Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7) ran for 600001 ms';
const coreFailed = 'ERROR [core.py:1346] EngineCore failed to start.';
const tooSmall =
  "To serve at least one request with the model's max seq len (262144), (18.35 GiB KV cache is needed, which is larger than the available KV cache memory (8.72 GiB).";

describe('the log reader', () => {
  test('passes on logged traffic, which is not a lifecycle event', () => {
    read(
      'Engine 000: Avg prompt throughput: 1200.5 tokens/s, Avg generation throughput: 310.0 tokens/s, Running: 4 reqs, Waiting: 1 reqs, GPU KV cache usage: 12.5%, Prefix cache hit rate: 40.0%',
    );
    expect(events).toEqual([]);
    expect(logged).toEqual([
      {
        promptTokensPerSecond: 1200.5,
        generationTokensPerSecond: 310,
        runningRequests: 4,
        waitingRequests: 1,
        kvUsageRatio: 0.125,
        prefixCacheHitRatio: 0.4,
      },
    ]);
  });

  test('emits phase, progress, facts and version as lifecycle events', () => {
    read(
      'Initializing a V1 LLM engine (v0.28.0) with config: model=x',
      'Model loading took 71.83 GiB memory and 402.1 seconds',
    );
    expect(events.map((event) => event.type)).toEqual(['log-version', 'log-phase', 'log-progress', 'log-fact']);
  });

  test('replaces a consequence by the cause that is printed after it, and keeps the cause', () => {
    read(coreFailed, `ValueError: ${tooSmall}`, coreFailed, 'RuntimeError: Engine core initialization failed.');
    expect(codes().at(0)).toBe('vllm.start-failed');
    expect(codes().slice(1)).toEqual(Array(3).fill('vllm.kv-cache-too-small'));
  });

  test('keeps the first cause when the same failure is logged again with less detail', () => {
    read(
      `Failed to load model - not enough GPU memory. Try lowering --gpu-memory-utilization (original error: ${outOfMemory})`,
      outOfMemory,
      `RuntimeError: Worker failed with error '${outOfMemory}'`,
    );
    expect(new Set(codes())).toEqual(new Set(['vllm.out-of-memory-loading']));
  });

  test('still reports the cause when the watchdog of the peers fires ten minutes later', () => {
    read(outOfMemory);
    nowMs = 10 * 60_000;
    read(watchdog);
    expect(codes()).toEqual(['vllm.out-of-memory', 'vllm.out-of-memory']);
  });

  test('reports a watchdog without an earlier cause', () => {
    read(watchdog);
    expect(codes()).toEqual(['vllm.nccl']);
  });

  test('reports a new cause once the old one is past', () => {
    read('OSError: [Errno 28] No space left on device');
    nowMs = 60 * 60_000;
    read(outOfMemory);
    expect(codes()).toEqual(['vllm.disk-full', 'vllm.out-of-memory']);
    nowMs += 60 * 60_000;
    read('EngineDeadError: EngineCore encountered an issue.');
    expect(codes().at(-1)).toBe('vllm.engine-dead');
  });

  test('an engine core that ended by a signal is named so, whatever the server logs after it', () => {
    read(
      'WARNING 11-27 00:06:48 [core_client.py:817] [shutdown] MPClient: engine core exited unexpectedly; starting cleanup',
    );
    read('ERROR 11-27 00:06:48 [async_llm.py:906] AsyncLLM output_handler failed.');
    read(
      'ERROR 11-27 00:06:48 [async_llm.py:906] vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue.',
    );
    expect(new Set(codes())).toEqual(new Set(['vllm.engine-core-gone']));
  });

  test('a warning that quotes an error is none', () => {
    read(
      '(APIServer pid=1) WARNING 11-26 03:19:47 [system_utils.py:255] Found ulimit of 20000 and failed to automatically increase with error current limit exceeds maximum limit. This can cause fd limit errors like `OSError: [Errno 24] Too many open files`. Consider increasing with ulimit -n',
    );
    expect(codes()).toEqual([]);
  });

  test('an engine core that logged its error before it ended is not', () => {
    read(outOfMemory);
    read(
      'WARNING 11-27 00:06:48 [core_client.py:817] [shutdown] MPClient: engine core exited unexpectedly; starting cleanup',
    );
    expect(new Set(codes())).toEqual(new Set(['vllm.out-of-memory']));
  });

  test('reports nothing that follows a requested stop', () => {
    read('[shutdown] API server: shutdown triggered', 'AsyncLLM output_handler failed.', 'EngineDeadError: dead');
    expect(codes()).toEqual([]);
  });

  test('takes of the past what an engine says of itself, and nothing that happened then', () => {
    const lines = (...texts: string[]) => texts.map((text, index) => ({number: index + 1, offsetBytes: 0, text}));
    const reader = createLogReader(
      'run-1',
      vllm,
      {monotonicMs: () => 0},
      {
        post: (event) => events.push(event),
        observe: ({type}) => {
          if (type === 'logged-traffic' || type === 'log-notice') throw new Error(`${type} of the past`);
        },
      },
    );
    const loaded = 'Model loading took 71.83 GiB memory and 402.1 seconds';
    const throughput =
      'Engine 000: Avg prompt throughput: 1.0 tokens/s, Avg generation throughput: 2.0 tokens/s, Running: 1 reqs, Waiting: 0 reqs';
    reader(lines(loaded, outOfMemory, throughput), true);
    expect(codes()).toEqual([]);
    expect(events.map(({type}) => type)).toContain('log-fact');
    reader(lines('OSError: [Errno 28] No space left on device'));
    expect(codes()).toHaveLength(1);
  });

  test('has the line number of the evidence', () => {
    read('nothing', outOfMemory);
    expect(events).toMatchObject([{finding: {evidence: `line 2: ${outOfMemory}`}}]);
  });
});
