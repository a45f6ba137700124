import type {CuredBy} from '../../../src/domain/diagnosis/cure.ts';
import type {SettingsChange} from '../../../src/domain/settings/launch-settings.ts';

/** A start that fails on the simulated node of eight H200, and what is offered then. */
export type CureRow = {
  readonly engine: 'vllm' | 'sglang' | 'llamacpp';
  readonly scenario: string;
  /** Settings of the start that differ from the demo's. */
  readonly change?: SettingsChange;
  /** The finding that names the failure. */
  readonly code: string;
  /** Settings that are offered, by the names of what changes: all critical findings together, each once. */
  readonly offered: readonly string[];
  /** Where nothing is offered: what has to change instead, as the finding that names the failure says. */
  readonly by: CuredBy;
};

const context = 'contextLengthTokens';
const fraction = 'memoryFraction';
const shared = 'decodeContextParallelSize';
const ranks = 'tensorParallelSize';

/** Engines x failing scenarios. */
export const cureRows: readonly CureRow[] = [
  {engine: 'vllm', scenario: 'oom-at-start', code: 'vllm.out-of-memory-loading', offered: [], by: 'gpus'},
  {engine: 'vllm', scenario: 'oom-at-profile', code: 'vllm.out-of-memory-profiling', offered: [], by: 'arguments'},
  {
    engine: 'vllm',
    scenario: 'oom-at-sampler',
    code: 'vllm.out-of-memory-sampler',
    offered: ['maxRunningRequests'],
    by: 'arguments',
  },
  {
    engine: 'vllm',
    scenario: 'oom-at-capture',
    code: 'vllm.out-of-memory-capturing',
    offered: [fraction],
    by: 'arguments',
  },
  {
    engine: 'vllm',
    scenario: 'kv-too-small',
    code: 'vllm.kv-cache-too-small',
    offered: [context, shared, context],
    by: 'gpus',
  },
  {engine: 'vllm', scenario: 'no-kv-memory', code: 'vllm.no-kv-cache-memory', offered: [], by: 'gpus'},
  {engine: 'vllm', scenario: 'shared-memory-full', code: 'vllm.shared-memory-full', offered: [], by: 'host'},
  {engine: 'vllm', scenario: 'port-taken', code: 'vllm.port-in-use', offered: ['port'], by: 'other-programs'},
  {
    engine: 'vllm',
    scenario: 'foreign-process',
    change: {memoryFraction: 0.97},
    code: 'vllm.memory-taken',
    // What the engine says is free, and what the check before the start had said.
    offered: [fraction, fraction],
    by: 'other-programs',
  },
  {
    engine: 'vllm',
    scenario: 'idle',
    change: {contextLengthTokens: 300_000},
    code: 'vllm.context-too-long',
    offered: [context],
    by: 'arguments',
  },
  // Four of eight divide the heads, and hold the weights of no card: eight do both.
  {
    engine: 'vllm',
    scenario: 'idle',
    change: {tensorParallelSize: 6},
    code: 'vllm.heads-not-divisible',
    offered: [ranks],
    by: 'gpus',
  },
  {
    engine: 'vllm',
    scenario: 'idle',
    change: {tensorParallelSize: 4},
    code: 'vllm.out-of-memory-loading',
    offered: [ranks],
    by: 'gpus',
  },
  {
    engine: 'vllm',
    scenario: 'idle',
    change: {tensorParallelSize: 16},
    code: 'vllm.too-few-gpus',
    offered: [ranks],
    by: 'hardware',
  },
  {engine: 'sglang', scenario: 'oom-at-start', code: 'sglang.out-of-memory-loading', offered: [], by: 'gpus'},
  {
    engine: 'sglang',
    scenario: 'oom-at-capture',
    code: 'sglang.out-of-memory-capturing',
    offered: [fraction],
    by: 'arguments',
  },
  {
    engine: 'sglang',
    scenario: 'kv-too-small',
    code: 'sglang.no-kv-cache-memory',
    offered: [`${shared}, ${fraction}`, `${context}, ${fraction}`],
    by: 'gpus',
  },
  {engine: 'sglang', scenario: 'no-kv-memory', code: 'sglang.no-kv-cache-memory', offered: [], by: 'gpus'},
  {engine: 'sglang', scenario: 'shared-memory-full', code: 'sglang.shared-memory-full', offered: [], by: 'host'},
  {engine: 'sglang', scenario: 'port-taken', code: 'sglang.port-in-use', offered: ['port'], by: 'other-programs'},
  {
    engine: 'sglang',
    scenario: 'idle',
    change: {contextLengthTokens: 300_000},
    code: 'sglang.context-too-long',
    offered: [context],
    by: 'arguments',
  },
  {
    engine: 'sglang',
    scenario: 'idle',
    change: {tensorParallelSize: 6},
    code: 'sglang.not-divisible',
    offered: [ranks],
    by: 'gpus',
  },
  {
    engine: 'sglang',
    scenario: 'idle',
    change: {tensorParallelSize: 4},
    code: 'sglang.out-of-memory-loading',
    offered: [ranks],
    by: 'gpus',
  },
  {
    engine: 'sglang',
    scenario: 'idle',
    change: {tensorParallelSize: 16},
    code: 'sglang.too-few-gpus',
    offered: [ranks],
    by: 'hardware',
  },
  {engine: 'llamacpp', scenario: 'oom-at-start', code: 'llamacpp.out-of-memory-loading', offered: [], by: 'gpus'},
  {
    engine: 'llamacpp',
    scenario: 'oom-at-capture',
    code: 'llamacpp.compute-buffer-too-large',
    offered: [],
    by: 'arguments',
  },
  {
    engine: 'llamacpp',
    scenario: 'kv-too-small',
    code: 'llamacpp.out-of-memory-kv-cache',
    offered: [context],
    by: 'gpus',
  },
  {engine: 'llamacpp', scenario: 'no-kv-memory', code: 'llamacpp.out-of-memory-kv-cache', offered: [], by: 'gpus'},
  {engine: 'llamacpp', scenario: 'port-taken', code: 'llamacpp.port-in-use', offered: ['port'], by: 'other-programs'},
];
