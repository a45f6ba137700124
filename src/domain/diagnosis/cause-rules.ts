import {
  cannotStart,
  deadDriver,
  engineDown,
  goneCards,
  noMemory,
  outOfMemory,
  passedOn,
  stuck,
  unknownErrors,
} from './cause-codes.ts';
import {
  heldBeforeLoading,
  holdsMuch,
  holdsNeededMemory,
  isGrower,
  isMemoryCrash,
  isSmallerCard,
  mayBeSameCard,
  shiftsOverhead,
  wasGoneThen,
  wasRolledBack,
} from './cause-conditions.ts';
import type {CodePattern} from './code-pattern.ts';
import type {Finding} from './finding.ts';

/** That each of the causes explains each of the effects. */
export type CauseRule = {
  readonly causes: readonly CodePattern[];
  readonly effects: readonly CodePattern[];
  /** What the facts of both must agree on. Without it, the codes are enough. */
  readonly given?: (cause: Finding, effect: Finding) => boolean;
};

/**
 * Which finding explains which, the strongest evidence first: the first rule that applies decides. No code explains
 * itself, however indirectly.
 */
export const causeRules: readonly CauseRule[] = [
  {causes: ['*.rdma-registration'], effects: ['*.kv-transfer-failed']},
  {
    causes: goneCards,
    effects: ['host.xid', 'source.nvidia-smi.recovery-action', 'source.nvidia-smi.driver-event'],
    given: mayBeSameCard,
  },
  {
    causes: [...goneCards, 'host.xid', 'source.nvidia-smi.fabric-not-ready', 'source.nvidia-smi.fabric-unhealthy'],
    effects: [
      '*.cuda-error',
      '*.ecc-error',
      '*.nccl',
      '*.collective-timeout',
      '*.fabric-not-ready',
      '*.no-gpu',
      '*.too-few-gpus',
      ...engineDown,
      ...cannotStart,
      ...stuck,
    ],
    given: wasGoneThen,
  },
  {causes: ['source.nvidia-smi.ecc-uncorrected'], effects: ['*.ecc-error']},
  {
    causes: deadDriver,
    effects: [
      'source.nvidia-smi.timeout',
      'preflight.cards-unread',
      '*.no-gpu',
      '*.driver-too-old',
      '*.cuda-error',
      ...cannotStart,
      ...stuck,
      ...engineDown,
    ],
  },
  {causes: ['host.iommu-fault'], effects: ['host.xid'], given: mayBeSameCard},
  {causes: ['host.out-of-memory'], effects: ['host.killed-for-memory']},
  {
    causes: ['host.out-of-memory', 'host.killed-for-memory'],
    effects: ['*.host-memory', 'log.process-killed', ...engineDown],
  },
  {causes: ['gpu.foreign-process'], effects: ['preflight.gpu-memory-taken'], given: holdsNeededMemory},
  {causes: ['preflight.gpu-memory-taken'], effects: ['*.memory-taken', ...outOfMemory]},
  {
    causes: ['gpu.foreign-process'],
    effects: ['*.memory-taken', '*.memory-changed', '*.memory-unbalanced', ...outOfMemory],
    given: holdsMuch,
  },
  {
    causes: ['gpu.memory-growing', 'gpu.memory-grew'],
    effects: ['*.out-of-memory', '*.out-of-memory-serving', '*.allocation-failed'],
  },
  {
    // The plan is calibrated by the start that failed.
    causes: [...outOfMemory, '*.weights-too-large', '*.no-kv-cache-memory', '*.kv-cache-too-small'],
    effects: ['memory.weights-do-not-fit', 'memory.kv-cache-too-small', 'memory.fraction-too-high'],
  },
  {causes: ['plan.gpu-memory-differs'], effects: ['plan.gpu-memory-in-use'], given: isSmallerCard},
  {causes: ['gpu.foreign-process'], effects: ['plan.gpu-memory-in-use'], given: heldBeforeLoading},
  {
    causes: [
      'plan.checkpoint-differs',
      'plan.weights-differ',
      'plan.gpu-memory-differs',
      'plan.gpu-memory-in-use',
      'plan.kv-pool-differs',
      'plan.kv-pool-reduced',
    ],
    effects: ['plan.overhead-implausible'],
    given: shiftsOverhead,
  },
  {
    causes: [
      'plan.gpu-memory-in-use',
      'plan.gpu-memory-differs',
      'plan.checkpoint-differs',
      'plan.weights-differ',
      'plan.overhead-implausible',
    ],
    effects: [...noMemory, 'lifecycle.crash-loop'],
    given: isMemoryCrash,
  },
  // Plans learn from a failed start: what they lack then is that start's failure, said again.
  {
    causes: [...noMemory, 'lifecycle.crash-loop'],
    effects: ['memory.weights-do-not-fit', 'memory.kv-cache-too-small', 'memory.not-one-pool', 'memory.tight'],
    given: (cause) => isMemoryCrash(cause, cause),
  },
  {
    causes: ['memory.weights-do-not-fit', 'memory.kv-cache-too-small', 'memory.fraction-too-high'],
    effects: ['preflight.does-not-fit'],
  },
  {
    // A small /dev/shm alone does not end an engine: the log must say that it was full.
    causes: ['*.shared-memory-full'],
    effects: ['*.nccl', ...engineDown],
  },
  {causes: ['preflight.shared-memory-small'], effects: ['*.shared-memory-full', '*.nccl']},
  {
    causes: ['preflight.disk-low', 'preflight.disk-too-small'],
    effects: ['*.disk-full'],
  },
  {
    causes: ['*.disk-full', 'preflight.disk-low', 'preflight.state-unwritable'],
    effects: [
      'journal.unusable',
      'journal.stop-noted',
      'journal.stop-unrecorded',
      'history.unusable',
      'history.not-read',
      'memory.calibration-unread',
      'supervisor.log-not-rotated',
      'source.log.unreadable',
    ],
  },
  {
    causes: ['preflight.model-incomplete', 'preflight.model-not-found', 'preflight.no-weights'],
    effects: ['*.model-missing', '*.model-incomplete'],
  },
  // What the engine expected before it tried is no cause of its own.
  {causes: [...noMemory, '*.host-memory'], effects: ['*.memory-not-fitted', '*.memory-projected']},
  {
    causes: ['*.no-latent-tensors'],
    effects: ['*.out-of-memory-kv-cache', '*.kv-cache-too-large'],
  },
  {causes: ['preflight.port-in-use', 'preflight.port-unusable'], effects: ['*.port-in-use']},
  {
    causes: [
      ...outOfMemory,
      '*.memory-taken',
      '*.no-kv-cache-memory',
      '*.kv-cache-too-small',
      '*.weights-too-large',
      '*.compute-buffer-too-large',
      '*.cuda-error',
      '*.ecc-error',
      '*.nccl',
      '*.collective-timeout',
    ],
    effects: engineDown,
  },
  // An error that no catalog knows stands above what the other processes say about it.
  {causes: unknownErrors, effects: [...engineDown, ...passedOn]},
  {causes: ['gpu.foreign-process'], effects: ['gpu.memory-growing'], given: isGrower},
  {
    causes: ['lifecycle.not-answering', 'lifecycle.not-generating'],
    effects: [
      'engine.no-progress',
      'source.metrics.timeout',
      'source.metrics.broken-off',
      'source.metrics.refused',
      'source.metrics.not-http',
    ],
  },
  {
    causes: ['lifecycle.not-answering', 'lifecycle.not-generating', 'engine.no-progress'],
    effects: ['engine.requests-waiting', 'engine.first-token-slow', '*.step-slow', '*.health-check-failed'],
  },
  {causes: ['*.kv-cache-full', '*.kv-cache-exhausted'], effects: ['engine.requests-waiting']},
  {causes: ['engine.requests-waiting'], effects: ['engine.first-token-slow']},
  {causes: ['lifecycle.rolled-back'], effects: ['configuration.differs'], given: wasRolledBack},
];
