import type {CodePattern} from './code-pattern.ts';

/** A GPU that no program can use any more. */
export const goneCards = [
  'source.nvidia-smi.gpu-lost',
  'source.nvidia-smi.gpu-missing',
  'source.nvidia-smi.gpu-requires-reset',
  'source.nvidia-smi.unknown-error',
] as const;

/** The driver itself fails: nothing is known about any GPU. */
export const deadDriver: readonly CodePattern[] = [
  'source.nvidia-smi.driver-not-loaded',
  'source.nvidia-smi.version-mismatch',
  'source.nvidia-smi.library-missing',
  'source.nvidia-smi.driver-not-answering',
];

/** Memory of a GPU that ran out. */
export const outOfMemory: readonly CodePattern[] = [
  '*.out-of-memory',
  '*.out-of-memory-loading',
  '*.out-of-memory-profiling',
  '*.out-of-memory-kv-cache',
  '*.out-of-memory-sampler',
  '*.out-of-memory-capturing',
  '*.out-of-memory-serving',
  '*.allocation-failed',
  '*.graph-capture-failed',
];

/** An engine that does not get the memory it needs. */
export const noMemory: readonly CodePattern[] = [
  ...outOfMemory,
  '*.memory-taken',
  '*.no-kv-cache-memory',
  '*.kv-cache-too-small',
  '*.kv-cache-too-large',
  '*.weights-too-large',
  '*.compute-buffer-too-large',
];

/** An engine, or a part of it, that ended or failed: what is left to say when nothing else explains it. */
export const engineDown: readonly CodePattern[] = [
  '*.worker-died',
  '*.worker-failed',
  '*.worker-hung',
  '*.engine-core-gone',
  '*.engine-dead',
  '*.scheduler-died',
  '*.scheduler-exception',
  '*.scheduler-hung',
  '*.child-failed',
  '*.subprocess-crashed',
  '*.start-failed',
  '*.killed',
  '*.segmentation-fault',
  '*.assertion',
  '*.cublas-failed',
  '*.cuda-error-cut',
  '*.peer-closed',
  'lifecycle.engine-exited',
  'lifecycle.crash-loop',
];

/** What an engine logs that ends for certain. */
export const processEnds: readonly CodePattern[] = [
  '*.engine-core-gone',
  '*.engine-dead',
  '*.scheduler-died',
  '*.scheduler-exception',
  '*.child-failed',
  '*.start-failed',
  '*.assertion',
  '*.exiting',
];

/** Of a log without a known failure: the error that ended it. */
export const unknownErrors: readonly CodePattern[] = [
  'log.unknown-failure',
  'log.peer-lost',
  'log.process-killed',
  'log.process-crashed',
  'log.cut-in-traceback',
];

/** What processes say after another one failed, besides `engineDown`. */
export const passedOn: readonly CodePattern[] = [
  '*.nccl',
  '*.collective-timeout',
  '*.warmup-failed',
  '*.model-load-failed',
  '*.exiting',
];

/** A start that is refused, or has no plan. */
export const cannotStart: readonly CodePattern[] = [
  'memory.too-few-cards',
  'preflight.does-not-fit',
  'preflight.no-plan',
];

/** An engine, or its end, that does not get on. */
export const stuck: readonly CodePattern[] = [
  'lifecycle.not-answering',
  'lifecycle.not-generating',
  'lifecycle.processes-remain',
  'lifecycle.memory-not-freed',
  'engine.no-progress',
];
