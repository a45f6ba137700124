import path from 'node:path';
import {writeGgufModel} from './models/gguf-model.ts';
import {writeHuggingFaceModel} from './models/hugging-face-model.ts';
import type {RealEngine} from './real-engine.ts';

/** vLLM for the CPU with a model that is written into this directory. */
export function vllmOnCpu(executable: string, directory: string): RealEngine {
  return {
    name: 'vllm',
    executable,
    model: writeHuggingFaceModel(path.join(directory, 'tiny-words')),
    memoryFraction: 0.1,
    extraArguments: ['--enforce-eager', '--dtype', 'bfloat16'],
    // GiB.
    environment: {VLLM_CPU_KVCACHE_SPACE: '1'},
  };
}

/** llama-server on the CPU with a model that is written into this directory. */
export function llamaServerOnCpu(executable: string, directory: string): RealEngine {
  return {
    name: 'llamacpp',
    executable,
    model: writeGgufModel(path.join(directory, 'tiny-words.gguf')),
    memoryFraction: null,
    extraArguments: [],
    environment: {},
  };
}
