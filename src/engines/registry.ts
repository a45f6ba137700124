import type {Engine} from './engine.ts';
import {llamacpp} from './llamacpp/llamacpp.ts';
import {sglang} from './sglang/sglang.ts';
import {vllm} from './vllm/vllm.ts';

/** Every engine Gantry knows. */
export const engines: readonly Engine[] = [vllm, sglang, llamacpp];

/** The engine of this name, as settings have it. */
export function findEngine(name: string): Engine | undefined {
  return engines.find((engine) => engine.name === name);
}

/** The words that settings know the engines by. */
export const engineNames: readonly string[] = engines.map(({name}) => name);

/** The engine of a configuration that names none: the one that the model's own recipe starts with. */
export const defaultEngineName: string = vllm.name;
