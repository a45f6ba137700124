import type {Failure} from '../log/failure-catalog.ts';

/** Limits and memory of the host. In order of precedence. */
export const hostFailures: readonly Failure[] = [
  {
    code: 'numa-binding',
    curedBy: 'host',
    words: 'RuntimeError: numa_migrate_pages failed. errno: 1',
    // PyTorch prints the same as a warning, and continues.
    pattern:
      /(?<!Warning: )\b(?:numa_migrate_pages|numa_set_\w{1,40}) failed\. errno: (\d+)|setting (?:membind|policy): |(?:numactl|libnuma): Error|\bnumactl: (?:command not found|not found)|node argument \S{1,40} is out of range/,
    details: () => ({
      message: 'The process may not be bound to the memory of a NUMA node.',
      remedy:
        'Give the container --cap-add SYS_NICE (or --security-opt seccomp=unconfined) and the nodes it is bound to, install numactl, or start without NUMA binding. The model and the GPUs are not the cause.',
    }),
  },
  {
    code: 'too-many-files',
    curedBy: 'host',
    words: 'OSError: [Errno 24] Too many open files',
    // vLLM warns of it in the same words.
    pattern:
      /(?<!like .)OSError: \[Errno 24\] Too many open files|Too many open files \(24\)|received 0 items of ancdata/,
    details: () => ({
      message: 'The engine may not open more files.',
      remedy: 'Raise the limit (ulimit -n 65536, or LimitNOFILE of the unit, or --ulimit nofile of the container).',
    }),
  },
  {
    code: 'too-many-threads',
    curedBy: 'host',
    words: "RuntimeError: can't start new thread",
    pattern: /can't start new thread|pthread_create failed|Thread creation failed: Resource temporarily unavailable/,
    details: () => ({
      message: 'The engine may not start more threads or processes.',
      remedy:
        'Raise the limit (ulimit -u, TasksMax of the unit, --pids-limit of the container), or set OMP_NUM_THREADS lower.',
    }),
  },
  {
    code: 'host-memory',
    curedBy: 'host',
    words: "RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried to allocate 939524096 bytes.",
    pattern:
      /DefaultCPUAllocator: (?:can't allocate memory|not enough memory): you tried to allocate (\d+) bytes|\[Errno 12\] Cannot allocate memory/,
    details: () => ({
      message: 'The host does not have enough memory: this is not the memory of the GPUs.',
      remedy:
        'Raise the memory limit of the container or unit, end other programs, or load with fewer readers in parallel.',
    }),
  },
];
