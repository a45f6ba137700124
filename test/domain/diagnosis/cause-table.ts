/** A finding of the left side, present together with one of the right side, is the cause of it. */
export type CauseRow = readonly [causes: readonly string[], effects: readonly string[]];

const gpuThatIsGone = [
  'source.nvidia-smi.gpu-lost',
  'source.nvidia-smi.gpu-missing',
  'source.nvidia-smi.gpu-requires-reset',
  'source.nvidia-smi.unknown-error',
];
const driverThatFails = [
  'source.nvidia-smi.driver-not-loaded',
  'source.nvidia-smi.version-mismatch',
  'source.nvidia-smi.library-missing',
  'source.nvidia-smi.driver-not-answering',
];
const engineThatFailed = [
  'vllm.worker-died',
  'vllm.worker-failed',
  'vllm.worker-hung',
  'vllm.engine-core-gone',
  'vllm.engine-dead',
  'vllm.start-failed',
  'sglang.scheduler-died',
  'sglang.scheduler-exception',
  'sglang.scheduler-hung',
  'sglang.child-failed',
  'sglang.subprocess-crashed',
  'sglang.start-failed',
  'sglang.killed',
  'sglang.segmentation-fault',
  'llamacpp.assertion',
  'vllm.cublas-failed',
  'vllm.cuda-error-cut',
  'vllm.peer-closed',
  'lifecycle.engine-exited',
  'lifecycle.crash-loop',
];
const startThatIsImpossible = ['memory.too-few-cards', 'preflight.does-not-fit', 'preflight.no-plan'];
const engineThatDoesNothing = [
  'lifecycle.not-answering',
  'lifecycle.not-generating',
  'lifecycle.processes-remain',
  'lifecycle.memory-not-freed',
  'engine.no-progress',
];
const memoryThatRanOut = [
  'vllm.out-of-memory',
  'vllm.out-of-memory-loading',
  'vllm.out-of-memory-profiling',
  'vllm.out-of-memory-sampler',
  'vllm.allocation-failed',
  'sglang.out-of-memory-capturing',
  'sglang.out-of-memory-serving',
  'sglang.graph-capture-failed',
  'llamacpp.out-of-memory-kv-cache',
];
const memoryThatIsTooSmall = [
  'vllm.no-kv-cache-memory',
  'vllm.kv-cache-too-small',
  'sglang.no-kv-cache-memory',
  'llamacpp.weights-too-large',
  'llamacpp.compute-buffer-too-large',
];
const fileThatCannotBeWritten = [
  'journal.unusable',
  'journal.stop-noted',
  'journal.stop-unrecorded',
  'history.unusable',
  'history.not-read',
  'memory.calibration-unread',
  'supervisor.log-not-rotated',
  'source.log.unreadable',
];
const engineThatIsDown = [...engineThatFailed, ...engineThatDoesNothing];

/** Every pair of codes of which one explains the other, with agreeing facts. Whatever is not here explains nothing. */
export const causeTable: readonly CauseRow[] = [
  [gpuThatIsGone, ['host.xid', 'source.nvidia-smi.recovery-action', 'source.nvidia-smi.driver-event']],
  [
    [...gpuThatIsGone, 'host.xid', 'source.nvidia-smi.fabric-not-ready', 'source.nvidia-smi.fabric-unhealthy'],
    [
      'vllm.cuda-error',
      'llamacpp.cuda-error',
      'vllm.ecc-error',
      'sglang.nccl',
      'sglang.collective-timeout',
      'vllm.fabric-not-ready',
      'vllm.no-gpu',
      'llamacpp.no-gpu',
      'vllm.too-few-gpus',
      ...startThatIsImpossible,
      ...engineThatIsDown,
    ],
  ],
  [['source.nvidia-smi.ecc-uncorrected'], ['vllm.ecc-error']],
  [
    driverThatFails,
    [
      'source.nvidia-smi.timeout',
      'preflight.cards-unread',
      'vllm.no-gpu',
      'llamacpp.no-gpu',
      'vllm.driver-too-old',
      'vllm.cuda-error',
      'llamacpp.cuda-error',
      ...startThatIsImpossible,
      ...engineThatIsDown,
    ],
  ],
  [['host.iommu-fault'], ['host.xid']],
  [['host.out-of-memory'], ['host.killed-for-memory']],
  [
    ['host.out-of-memory', 'host.killed-for-memory'],
    ['sglang.host-memory', 'llamacpp.host-memory', 'log.process-killed', ...engineThatFailed],
  ],
  [['gpu.foreign-process'], ['preflight.gpu-memory-taken', 'plan.gpu-memory-in-use', 'gpu.memory-growing']],
  [['gpu.foreign-process'], ['vllm.memory-taken', 'vllm.memory-changed', 'sglang.memory-unbalanced']],
  [['gpu.foreign-process', 'preflight.gpu-memory-taken'], memoryThatRanOut],
  [['preflight.gpu-memory-taken'], ['vllm.memory-taken']],
  [
    [
      ...memoryThatRanOut,
      'llamacpp.weights-too-large',
      'vllm.no-kv-cache-memory',
      'sglang.no-kv-cache-memory',
      'vllm.kv-cache-too-small',
    ],
    ['memory.weights-do-not-fit', 'memory.kv-cache-too-small', 'memory.fraction-too-high'],
  ],
  [['plan.gpu-memory-differs'], ['plan.gpu-memory-in-use']],
  [
    [
      'plan.checkpoint-differs',
      'plan.weights-differ',
      'plan.gpu-memory-differs',
      'plan.gpu-memory-in-use',
      'plan.kv-pool-differs',
      'plan.kv-pool-reduced',
    ],
    ['plan.overhead-implausible'],
  ],
  [
    [
      'plan.gpu-memory-in-use',
      'plan.gpu-memory-differs',
      'plan.checkpoint-differs',
      'plan.weights-differ',
      'plan.overhead-implausible',
    ],
    [
      ...memoryThatRanOut,
      ...memoryThatIsTooSmall,
      'vllm.memory-taken',
      'llamacpp.kv-cache-too-large',
      'lifecycle.crash-loop',
    ],
  ],
  [
    [
      ...memoryThatRanOut,
      ...memoryThatIsTooSmall,
      'vllm.memory-taken',
      'llamacpp.kv-cache-too-large',
      'lifecycle.crash-loop',
    ],
    ['memory.weights-do-not-fit', 'memory.kv-cache-too-small', 'memory.not-one-pool', 'memory.tight'],
  ],
  [['memory.weights-do-not-fit', 'memory.kv-cache-too-small', 'memory.fraction-too-high'], ['preflight.does-not-fit']],
  [
    [
      ...memoryThatRanOut,
      ...memoryThatIsTooSmall,
      'vllm.memory-taken',
      'llamacpp.kv-cache-too-large',
      'sglang.host-memory',
      'llamacpp.host-memory',
    ],
    ['llamacpp.memory-not-fitted', 'llamacpp.memory-projected'],
  ],
  [['llamacpp.no-latent-tensors'], ['llamacpp.out-of-memory-kv-cache', 'llamacpp.kv-cache-too-large']],
  [['vllm.shared-memory-full'], ['sglang.nccl', ...engineThatFailed]],
  [['preflight.shared-memory-small'], ['vllm.shared-memory-full', 'sglang.nccl']],
  [['preflight.disk-low', 'preflight.disk-too-small'], ['vllm.disk-full']],
  [['vllm.disk-full', 'preflight.disk-low', 'preflight.state-unwritable'], fileThatCannotBeWritten],
  [
    ['preflight.model-incomplete', 'preflight.model-not-found', 'preflight.no-weights'],
    ['vllm.model-missing', 'llamacpp.model-missing', 'llamacpp.model-incomplete'],
  ],
  [
    ['preflight.port-in-use', 'preflight.port-unusable'],
    ['vllm.port-in-use', 'llamacpp.port-in-use'],
  ],
  [
    [
      ...memoryThatRanOut,
      ...memoryThatIsTooSmall,
      'vllm.memory-taken',
      'vllm.cuda-error',
      'llamacpp.cuda-error',
      'vllm.ecc-error',
      'sglang.nccl',
      'sglang.collective-timeout',
    ],
    engineThatFailed,
  ],
  [
    ['gpu.memory-growing', 'gpu.memory-grew'],
    ['vllm.out-of-memory', 'sglang.out-of-memory-serving', 'vllm.allocation-failed'],
  ],
  [
    ['lifecycle.not-answering', 'lifecycle.not-generating'],
    [
      'engine.no-progress',
      'source.metrics.timeout',
      'source.metrics.broken-off',
      'source.metrics.refused',
      'source.metrics.not-http',
    ],
  ],
  [
    ['lifecycle.not-answering', 'lifecycle.not-generating', 'engine.no-progress'],
    ['engine.requests-waiting', 'engine.first-token-slow', 'sglang.step-slow', 'sglang.health-check-failed'],
  ],
  [['llamacpp.kv-cache-full', 'sglang.kv-cache-full', 'sglang.kv-cache-exhausted'], ['engine.requests-waiting']],
  [['engine.requests-waiting'], ['engine.first-token-slow']],
  [
    ['log.unknown-failure', 'log.peer-lost', 'log.process-killed', 'log.process-crashed', 'log.cut-in-traceback'],
    [
      ...engineThatFailed,
      'sglang.nccl',
      'sglang.collective-timeout',
      'sglang.warmup-failed',
      'llamacpp.model-load-failed',
      'llamacpp.exiting',
    ],
  ],
  [['lifecycle.rolled-back'], ['configuration.differs']],
  [['sglang.rdma-registration', 'vllm.rdma-registration'], ['sglang.kv-transfer-failed']],
];

/** Codes that neither explain anything nor are explained, although their names or their subjects are near. */
export const unrelatedCodes: readonly string[] = [
  'engine.idle',
  'engine.output-collapsed',
  'history.newer',
  'llamacpp.model-not-gguf',
  'log.exit-code',
  'log.ends-while-starting',
  'plan.kv-tokens-differ',
  'preflight.limit-low',
  'sglang.context-too-long',
  'sglang.too-many-requests',
  'source.log.flood',
  'vllm.invalid-argument',
  'vllm.hub-unreachable',
  'vllm.wrong-build',
];
