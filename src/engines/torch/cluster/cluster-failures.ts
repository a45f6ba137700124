import {grouped} from '../../log/failure-catalog.ts';
import type {TorchFailure} from '../torch-engine.ts';

/** What Ray says of the nodes that an engine runs on. In order of precedence. */
export const clusterFailures: readonly TorchFailure[] = [
  {
    // A resource of each node is its own address; more nodes do not help.
    code: 'ray-node-unknown',
    curedBy: 'arguments',
    words:
      "Error: No available node types can fulfill resource request {'node:head.example': 0.001, 'GPU': 1.0}. Add suitable node types to this cluster to resolve this issue.",
    pattern: /No available node types can fulfill resource request [^\n]{0,80}?'node:([^'\n]{1,255})'/,
    details: ([, node], _context, {ownSettings: {hostAddress}}) => ({
      message: `The Ray cluster has no node with the address ${node}, which the engine asks for.`,
      remedy: `It must be the address by which Ray knows that node: compare it with ray status or ray list nodes. On each node, start Ray with --node-ip-address and set ${hostAddress ?? 'the host address of the engine'} to the same IP address, not to a name. More GPUs or nodes do not help.`,
    }),
  },
  {
    code: 'ray-no-resources',
    curedBy: 'hardware',
    words:
      "Error: No available node types can fulfill resource request {'CPU': 8.0, 'GPU': 8.0}. Add suitable node types to this cluster to resolve this issue.",
    pattern: /No available node types can fulfill resource request [^\n]{0,120}?'GPU': (\d{1,4})(?:\.\d)?/,
    details: ([, count]) => ({
      message: `No node of the Ray cluster has ${count === '1' ? 'the GPU' : `the ${count} GPUs`} that ${count === '1' ? 'is' : 'are'} asked for in one place.`,
      remedy:
        'Compare with ray status (Usage: GPU): a node counts the GPUs that Ray saw when it was started there (CUDA_VISIBLE_DEVICES, --num-gpus, --gpus all of its container). Start Ray again with all of them, or lower the tensor parallel size to what one node has.',
    }),
  },
  {
    code: 'host-memory',
    curedBy: 'host',
    words: 'ray.exceptions.OutOfMemoryError: Task was killed due to the node running low on memory.',
    pattern:
      /was killed due to the node running low on memory|ray\.exceptions\.OutOfMemoryError|\b([1-9]\d{0,6}) Workers \(tasks \/ actors\) killed due to memory pressure/,
    details: ([, count = '1']) => ({
      message: `Ray ended ${count === '1' ? 'a worker' : `${grouped(count)} workers`} because the host ran low on memory (RAM). It is not GPU memory.`,
      remedy:
        'End other programs, raise the memory limit of the container, or load with fewer readers in parallel. RAY_memory_usage_threshold moves the limit; it does not create memory.',
    }),
  },
  {
    code: 'worker-died',
    curedBy: 'restart',
    isConsequence: true,
    words: '(raylet) A worker died or was killed while executing a task by an unexpected system error.',
    pattern: /A worker died or was killed while executing a task/,
    details: () => ({
      message: 'A process of the Ray cluster ended; Ray does not know why.',
      remedy:
        'Its own log has the reason (/tmp/ray/session_latest/logs, worker-*.err on that node). Otherwise a signal ended it: look for "Out of memory: Killed process" and for an Xid in dmesg -T there.',
    }),
  },
];
