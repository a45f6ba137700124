import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {CardDetails} from './details/card-details.ts';
import {detailsOf} from './details/details.ts';
import type {Finding} from './finding.ts';

/** A code, or `*.name`: the failure of that name of any engine. */
export type CodePattern = string;

/** That each of the causes explains each of the effects. */
export type CauseRule = {
  readonly causes: readonly CodePattern[];
  readonly effects: readonly CodePattern[];
  /** What the facts of both must agree on. Without it, the codes are enough. */
  readonly given?: (cause: Finding, effect: Finding) => boolean;
};

/** Plans leave more than this free on a card; a display or a monitor holds less. */
const MUCH_BYTES = BYTES_PER_GIB;

/** A GPU that no program can use any more. */
const goneCards = [
  'source.nvidia-smi.gpu-lost',
  'source.nvidia-smi.gpu-missing',
  'source.nvidia-smi.gpu-requires-reset',
  'source.nvidia-smi.unknown-error',
] as const;

/** The driver itself fails: nothing is known about any GPU. */
const deadDriver = [
  'source.nvidia-smi.driver-not-loaded',
  'source.nvidia-smi.version-mismatch',
  'source.nvidia-smi.library-missing',
  'source.nvidia-smi.driver-not-answering',
];

const outOfMemory = [
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
const noMemory = [
  ...outOfMemory,
  '*.memory-taken',
  '*.no-kv-cache-memory',
  '*.kv-cache-too-small',
  '*.kv-cache-too-large',
  '*.weights-too-large',
  '*.compute-buffer-too-large',
];

/** An engine, or a part of it, that ended or failed: what is left to say when nothing else explains it. */
const engineDown = [
  '*.worker-died',
  '*.worker-failed',
  '*.worker-hung',
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
  'lifecycle.engine-exited',
  'lifecycle.crash-loop',
];

const cannotStart = ['memory.too-few-cards', 'preflight.does-not-fit', 'preflight.no-plan'];

const stuck = [
  'lifecycle.not-generating',
  'lifecycle.processes-remain',
  'lifecycle.memory-not-freed',
  'engine.no-progress',
];

/**
 * Which finding explains which, the strongest evidence first: the first rule that applies decides. No code explains
 * itself, however indirectly.
 */
export const causeRules: readonly CauseRule[] = [
  {
    causes: goneCards,
    effects: ['host.xid', 'source.nvidia-smi.recovery-action', 'source.nvidia-smi.driver-event'],
    given: isSameCard,
  },
  {
    causes: [...goneCards, 'host.xid', 'source.nvidia-smi.fabric-not-ready', 'source.nvidia-smi.fabric-unhealthy'],
    effects: [
      '*.cuda-error',
      '*.ecc-error',
      '*.nccl',
      '*.fabric-not-ready',
      '*.no-gpu',
      '*.too-few-gpus',
      ...engineDown,
      ...cannotStart,
      ...stuck,
    ],
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
  {causes: ['host.out-of-memory'], effects: ['*.host-memory', ...engineDown]},
  {causes: ['gpu.foreign-process'], effects: ['preflight.gpu-memory-taken'], given: holdsNeededMemory},
  {causes: ['preflight.gpu-memory-taken'], effects: ['*.memory-taken', ...outOfMemory]},
  {
    causes: ['gpu.foreign-process'],
    effects: ['memory.cards-in-use', '*.memory-taken', '*.memory-changed', '*.memory-unbalanced', ...outOfMemory],
    given: holdsMuch,
  },
  {
    // The plan is calibrated by the start that failed.
    causes: [...outOfMemory, '*.weights-too-large', '*.no-kv-cache-memory', '*.kv-cache-too-small'],
    effects: ['memory.weights-do-not-fit', 'memory.kv-cache-too-small', 'memory.fraction-too-high'],
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
    effects: ['memory.weights-do-not-fit', 'memory.kv-cache-too-small', 'memory.fits-only-on-paper', 'memory.tight'],
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
      'history.unusable',
      'history.not-read',
      'memory.calibration-unread',
      'supervisor.log-not-rotated',
      'source.log.unreadable',
    ],
  },
  {
    causes: ['preflight.model-incomplete', 'preflight.model-not-found'],
    effects: ['*.model-missing', '*.model-incomplete'],
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
    ],
    effects: engineDown,
  },
  {causes: ['gpu.foreign-process'], effects: ['gpu.memory-growing'], given: isGrower},
  {causes: ['gpu.memory-growing'], effects: ['*.out-of-memory', '*.out-of-memory-serving', '*.allocation-failed']},
  {
    causes: ['lifecycle.not-generating'],
    effects: ['engine.no-progress', 'source.metrics.timeout', 'source.metrics.broken-off', 'source.metrics.refused'],
  },
  {
    causes: ['lifecycle.not-generating', 'engine.no-progress'],
    effects: ['engine.requests-waiting', 'engine.first-token-slow'],
  },
  {causes: ['*.kv-cache-full', '*.kv-cache-exhausted'], effects: ['engine.requests-waiting']},
  {causes: ['engine.requests-waiting'], effects: ['engine.first-token-slow']},
];

/** Crashes count as what the last one was. */
function isMemoryCrash(_: Finding, effect: Finding): boolean {
  const crash = detailsOf(effect, 'lifecycle.crash-loop');
  if (crash === null) return true;
  const name = crash.cause.code.slice(crash.cause.code.indexOf('.') + 1);
  return noMemory.includes(`*.${name}`);
}

/** True unless both say which card they are about, and it is not the same. */
function isSameCard(cause: Finding, effect: Finding): boolean {
  const one = cardIn(cause);
  const other = cardIn(effect);
  if (one === null || other === null) return true;
  if (one.index !== null && other.index !== null) return one.index === other.index;
  if (one.pciBusId !== null && other.pciBusId !== null) return shortBusId(one.pciBusId) === shortBusId(other.pciBusId);
  return one.uuid === null || other.uuid === null || one.uuid === other.uuid;
}

function cardIn(finding: Finding): CardDetails | null {
  const xid = detailsOf(finding, 'host.xid');
  if (xid !== null) return {index: null, pciBusId: xid.pciBusId, uuid: null};
  for (const code of [...goneCards, 'source.nvidia-smi.recovery-action', 'source.nvidia-smi.driver-event'] as const) {
    const card = detailsOf(finding, code);
    if (card !== null) return card;
  }
  return null;
}

/** `00000000:5D:00.0` as nvidia-smi has it, `0000:5d:00` as the kernel does: bus and device without the domain. */
function shortBusId(pciBusId: string): string {
  return /([0-9a-f]{2}:[0-9a-f]{2})(?:\.[0-9a-f])?$/i.exec(pciBusId)?.[1]?.toLowerCase() ?? pciBusId;
}

/** The process holds so much of the engine's cards that an engine which takes a planned share of them may lack it. */
function holdsMuch(cause: Finding): boolean {
  const held = detailsOf(cause, 'gpu.foreign-process');
  return held === null || (held.plannedBytes ?? held.usedBytes) >= MUCH_BYTES;
}

/** The process holds memory of a card that has too little left. */
function holdsNeededMemory(cause: Finding, effect: Finding): boolean {
  const held = detailsOf(cause, 'gpu.foreign-process');
  const taken = detailsOf(effect, 'preflight.gpu-memory-taken');
  if (held === null || taken === null) return true;
  return taken.cards.some(({index}) => held.gpuIndexes.includes(index));
}

/** The memory that grows belongs to another program, on a GPU that this process uses. */
function isGrower(cause: Finding, effect: Finding): boolean {
  const held = detailsOf(cause, 'gpu.foreign-process');
  const growing = detailsOf(effect, 'gpu.memory-growing')?.gpus ?? [];
  return growing.some(({index, grower}) => grower === 'other-programs' && held?.gpuIndexes.includes(index) === true);
}
