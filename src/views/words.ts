import type {EngineState, StartPhase} from '../domain/lifecycle/phases.ts';
import type {Tone} from './rows.ts';

/** A state as a person says it, and its tone; the word is always there, the color only underlines it. */
export const stateWords: Readonly<Record<EngineState, {readonly word: string; readonly tone: Tone}>> = {
  stopped: {word: 'stopped', tone: 'dim'},
  preflight: {word: 'checking', tone: 'accent'},
  starting: {word: 'starting', tone: 'accent'},
  ready: {word: 'ready', tone: 'ok'},
  degraded: {word: 'not generating', tone: 'warning'},
  draining: {word: 'draining', tone: 'warning'},
  stopping: {word: 'stopping', tone: 'warning'},
  failed: {word: 'failed', tone: 'critical'},
  'backing-off': {word: 'waiting to restart', tone: 'critical'},
};

/** A phase of a start as a person says it. */
export const phaseWords: Readonly<Record<StartPhase, string>> = {
  launch: 'launching',
  resolve: 'reading the model configuration',
  download: 'downloading the model',
  'load-weights': 'loading weights',
  compile: 'compiling',
  profile: 'measuring memory',
  'kv-cache': 'setting up the KV cache',
  'capture-graphs': 'capturing CUDA graphs',
  serve: 'opening the API',
};

/** How an engine is written. */
const engineNames: Readonly<Record<string, string>> = {vllm: 'vLLM', sglang: 'SGLang', llamacpp: 'llama.cpp'};

/** `vLLM` for `vllm`; an unknown name as it is. */
export function engineTitle(name: string): string {
  return engineNames[name] ?? name;
}

/** Glyph-free words for severities, and their tones. */
export const severityTones: Readonly<Record<'critical' | 'warning' | 'info', Tone>> = {
  critical: 'critical',
  warning: 'warning',
  info: 'dim',
};
