import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {ScenarioName} from './scenarios.ts';

/** Additional memory that an engine uses on each of eight GPUs in a scenario. Settings decide the rest. */
export type MemoryFault = {
  /** The weights are kept in a wider format than the checkpoint: this many times the bytes. */
  readonly weightsFactor: number;
  /** Buffers allocated before the KV cache, bytes. */
  readonly residentBytes: number;
  /** Activations of the profile run with 8,192 tokens per batch; proportional for fewer. */
  readonly activationBytes: number;
  /** The sampler's warm-up, per concurrent request. */
  readonly samplerBytesPerRequest: number;
  /** Memory for graph capture, or llama.cpp's compute buffers, after the KV cache. */
  readonly captureBytes: number;
};

export const noMemoryFault: MemoryFault = {
  weightsFactor: 1,
  residentBytes: 0,
  activationBytes: 0,
  samplerBytesPerRequest: 0,
  captureBytes: 0,
};

/** Engines leave different amounts of an H200 for the cache, so "too small" needs different amounts. */
const residentGib = {
  // 6 GiB remain, and one request of full length needs 17.
  'kv-too-small': {vllm: 39.9, sglang: 52.5, llamacpp: 65.9},
  // Nothing remains at any memory fraction.
  'no-kv-memory': {vllm: 60, sglang: 60, llamacpp: 68},
} as const;

/** The effect of this scenario on this engine's memory; fixed amounts, so that settings which need less succeed. */
export function memoryFault(scenario: ScenarioName, engine: 'vllm' | 'sglang' | 'llamacpp'): MemoryFault {
  switch (scenario) {
    case 'oom-at-start':
      // Without kernels for the packed format, experts are unpacked from 4 to 16 bit.
      return {...noMemoryFault, weightsFactor: 3.6};
    case 'oom-at-profile':
      return {...noMemoryFault, activationBytes: gib(70)};
    case 'oom-at-sampler':
      return {...noMemoryFault, samplerBytesPerRequest: gib(0.07)};
    case 'oom-at-capture':
      return {...noMemoryFault, captureBytes: gib(engine === 'llamacpp' ? 70 : 17)};
    case 'kv-too-small':
    case 'no-kv-memory':
      return {...noMemoryFault, residentBytes: gib(residentGib[scenario][engine])};
    default:
      return noMemoryFault;
  }
}

function gib(count: number): number {
  return Math.round(count * BYTES_PER_GIB);
}
