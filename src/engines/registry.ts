// Generated from the folders next to this file: npm run generate.
import type {Engine} from './engine.ts';
import {llamacpp} from './llamacpp/llamacpp.ts';
import {sglang} from './sglang/sglang.ts';
import {vllm} from './vllm/vllm.ts';

/** Every engine Gantry knows. */
export const engines: readonly Engine[] = [llamacpp, sglang, vllm];

/** The engine with this name, as written in settings. */
export function findEngine(name: string): Engine | undefined {
  return engines.find((engine) => engine.name === name);
}
