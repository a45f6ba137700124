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
    code: 'ray-node-lost',
    curedBy: 'network',
    words:
      'The node with node id: 5f1b and address: 10.0.0.9 and node name: 10.0.0.9 has been marked dead because the detector has missed too many heartbeats from it.',
    pattern:
      /The node with node id: \w{1,80} and address: (\S{1,100}) .{0,200}?has been marked dead because ([^.\n]{1,160})/,
    details: ([, place, reason]) => ({
      message: `The Ray cluster lost the node ${place}: ${reason}.`,
      remedy:
        'On that node: does it run, is ray running there (ray status), does dmesg -T show "Out of memory" or an Xid? Otherwise the network between it and the head failed, or it was too busy to answer. What the other nodes report follows from this.',
    }),
  },
  {
    code: 'ray-head-unreachable',
    curedBy: 'network',
    words: 'gcs_client.cc:99: Failed to connect to GCS at address 10.0.0.1:6379 within 5 seconds.',
    pattern:
      /[Ff]ailed to connect to GCS(?: at address (\S{1,100}?))?(?: within|[.,]?\s|[.,]?$)|Unable to connect to GCS(?: at (\S{1,100}?))?(?:[.,]?\s|[.,]?$)|GCS (?:has been|is) unavailable/,
    details: ([, first, second]) => ({
      message: `The head of the Ray cluster is not reached${(first ?? second) === undefined ? '' : `: ${first ?? second}`}.`,
      remedy:
        'Does it run there (ray start --head), and is its port reached from this host (6379, and those of --node-manager-port and --object-manager-port)? A head that was started again is another cluster: start Ray again on every node.',
    }),
  },
  {
    code: 'worker-died',
    curedBy: 'restart',
    isConsequence: true,
    words: '(raylet) A worker died or was killed while executing a task by an unexpected system error.',
    pattern:
      /A worker died or was killed while executing a task|its worker process has died\. Worker exit type: SYSTEM_ERROR/,
    details: () => ({
      message: 'A process of the Ray cluster ended; Ray does not know why.',
      remedy:
        'Its own log has the reason (/tmp/ray/session_latest/logs, worker-*.err on that node). Otherwise a signal ended it: look for "Out of memory: Killed process" and for an Xid in dmesg -T there.',
    }),
  },
];
