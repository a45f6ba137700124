import type {EngineMemory} from '../domain/memory/engine-memory.ts';
import {llamacppMemory} from './llamacpp/memory.ts';
import {sglangMemory} from './sglang/memory.ts';
import {vllmMemory} from './vllm/memory.ts';

/** How each engine uses memory, also of engines that Gantry plans for and does not start. */
export const engineMemories: readonly EngineMemory[] = [vllmMemory, sglangMemory, llamacppMemory];
