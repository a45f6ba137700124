import {mibText} from '../../shared/quantities/bytes.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {rankSubject} from './rank.ts';
import type {TorchEngine, TorchFailure} from './torch-engine.ts';

const SHARED_MEMORY_REMEDY =
  'Give the container more (--shm-size=16g or --ipc=host; in Kubernetes an emptyDir with medium Memory at /dev/shm), or run: mount -o remount,size=16G /dev/shm.';

/** Shared memory, and the network between ranks and nodes. In order of precedence. */
export const networkFailures: readonly TorchFailure[] = [
  {
    code: 'shared-memory-full',
    curedBy: 'host',
    isPrecise: true,
    words: 'Error while creating shared memory segment /dev/shm/nccl-lNPZ0f (size 7340384)',
    pattern: /Error while (?:creating|attaching to) shared memory segment (\S{1,200})/,
    details: (match) => ({
      message: `/dev/shm is too small for the data that GPU processes share (${match[1]}).`,
      remedy: SHARED_MEMORY_REMEDY,
    }),
  },
  {
    code: 'shared-memory-full',
    curedBy: 'host',
    words: "OSError: [Errno 28] No space left on device: '/dev/shm/psm_1a2b3c'",
    pattern:
      /No space left on device(?: \(28\))?: '(\/dev\/shm\/[^'\n]{1,200})'|unable to (?:write to file|allocate shared memory\(shm\) for file|mmap \d+ bytes from file|resize file) <\/?(torch_[^>\n]{1,200})>|might be caused by insufficient shared memory \(shm\)|posix_fallocate failed\s?: No space left on device|failed to extend (\/dev\/shm\/\S{1,200}) to \d+ bytes/,
    details: () => ({
      message: '/dev/shm is too small for the data that the processes share.',
      remedy: SHARED_MEMORY_REMEDY,
    }),
  },
  {
    code: 'shared-memory-small',
    curedBy: 'host',
    severity: 'warning',
    isLasting: true,
    words:
      'WARNING: The object store is using /tmp instead of /dev/shm because /dev/shm has only 67108864 bytes available.',
    pattern: /object store is using \/tmp instead of \/dev\/shm because \/dev\/shm has only (\d+) bytes/,
    details: (match) => ({
      message: `/dev/shm has only ${mibText(Number(match[1]))}, which GPU processes of one node share their data in.`,
      remedy: SHARED_MEMORY_REMEDY,
    }),
  },
  {
    code: 'deepep-launch',
    curedBy: 'arguments',
    words:
      "RuntimeError: Failed: CUDA error DeepEP/csrc/kernels/internode_ll.cu:341 'too many blocks in cooperative launch'",
    pattern: /too many blocks in cooperative launch/,
    details: (_match, _context, {ownSettings: {otherDispatch}}) => ({
      message:
        'A kernel of DeepEP needs more blocks than these GPUs run at a time: they have too few multiprocessors for it.',
      remedy: `Install a newer DeepEP${otherDispatch === null ? '' : `, or ${otherDispatch}`}. It is not a matter of memory.`,
    }),
  },
  {
    code: 'deepep-timeout',
    curedBy: 'network',
    words: 'RuntimeError: DeepEP error: timeout (dispatch CPU)',
    pattern: /DeepEP [\w :]{0,40}timeout(?:[^\n]{0,80}src RDMA lane: (\d+))?/i,
    details: (match) => ({
      message: `DeepEP waited for data of another ${match[1] === undefined ? 'rank' : `node (RDMA lane ${match[1]})`}, which did not arrive.`,
      remedy:
        'Look at the log of the other ranks first: one that failed is the cause. Otherwise check RDMA between the nodes and NVSHMEM\u2019s settings (NVSHMEM_IB_GID_INDEX, NVSHMEM_HCA_LIST).',
    }),
  },
  {
    code: 'rdma-registration',
    curedBy: 'host',
    words:
      "ibv_reg_mr(address=0x7f10, length=20971520) failed: Cannot allocate memory : Please set max locked memory (ulimit -l) to 'unlimited' (current: 64 kbytes)",
    pattern:
      /(?:ibv_\w{1,30}|Failed to register memory)[^\n]{0,300}Cannot allocate memory|Please set max locked memory \(ulimit -l\)/,
    details: () => ({
      message: 'The network card may not register the memory that it needs: the limit on locked memory is too low.',
      remedy:
        'Set ulimit -l unlimited (LimitMEMLOCK=infinity of the unit; --ulimit memlock=-1 of the container; the runtime of each Kubernetes node). It is not GPU memory that is missing.',
    }),
  },
  {
    code: 'rdma-registration',
    curedBy: 'host',
    words: 'Failed to register memory 0x7b375b400000: Invalid argument [22]',
    pattern:
      /(?:ibv_reg_mr|Failed to register memory)[^\n]{0,300}(Bad address|Invalid argument|Input\/output error|Operation not permitted|Operation not supported)|[Mm]emory registration failed/,
    details: (match) => ({
      message: `The network card could not register memory${match[1] === undefined ? '' : `: ${match[1].toLowerCase()}`}.`,
      remedy:
        'For GPU memory, load nvidia_peermem on the host (modprobe nvidia_peermem) or use DMA-BUF. Otherwise check the card\u2019s largest region (ibv_devinfo -v, max_mr_size) and the container\u2019s access to /dev/infiniband.',
    }),
  },
  {
    code: 'rendezvous-timeout',
    curedBy: 'network',
    words: 'The client socket has timed out after 600000ms while trying to connect to (10.0.0.33, 54485).',
    pattern: /client socket has timed out after (\d+) ?(ms|s) while trying to connect to \(([^,\s)]{1,255}), (\d+)\)/,
    details: ([, waited, unit, host, port], _context, engine) => ({
      message: `This node could not reach ${host}:${port} within ${durationText(Number(waited) * (unit === 's' ? 1000 : 1))}: the ranks do not find each other.`,
      remedy: rendezvousRemedy(engine),
    }),
  },
  {
    code: 'rendezvous-timeout',
    curedBy: 'network',
    words: 'TCP client failed to connect/validate to host 10.0.0.33:54485 - timed out (try=1, timeout=600000ms)',
    pattern: /TCP client failed to connect\/validate to host (\S{1,255}):(\d+) - (?!retrying)/,
    details: ([, host, port], _context, engine) => ({
      message: `This node could not reach ${host}:${port}: the ranks do not find each other.`,
      remedy: rendezvousRemedy(engine),
    }),
  },
  {
    code: 'rendezvous-timeout',
    curedBy: 'network',
    words: 'DistStoreError: Timed out after 601 seconds waiting for clients. 1/2 clients joined.',
    pattern: /Timed out after (\d+) seconds waiting for clients\. (\d+)\/(\d+) clients joined/,
    details: ([, seconds, joined, all], _context, engine) => ({
      message: `${joined} of ${all} processes arrived within ${durationText(Number(seconds) * 1000)}.`,
      remedy: `Look at the log of the nodes that did not arrive. ${rendezvousRemedy(engine)}`,
    }),
  },
  {
    code: 'rendezvous-timeout',
    curedBy: 'network',
    words:
      'DistStoreError: Timed out initializing process group in store based barrier on rank 0, for key: store_based_barrier_key:1 (world_size=16, num_workers_joined=8, timeout=0:30:00',
    pattern:
      /Timed out initializing process group in store based barrier on rank:? (\d+), for key: \S{1,200} \(world_size=(\d+), (?:num_workers_joined|worker_count)=(\d+)/,
    details: ([, rank, all, joined], _context, engine) => ({
      message: `Rank ${rank} waited for the others to start, and ${joined} of ${all} did.`,
      remedy: `Look at the log of the ranks that did not arrive. ${rendezvousRemedy(engine)}`,
    }),
  },
  {
    code: 'rendezvous-timeout',
    curedBy: 'network',
    words:
      'DistStoreError: Timed out waiting on barrier on rank 0, for key prefix: ready (world_size=4, missing_ranks=[2, 3], timeout=300)',
    pattern:
      /Timed out waiting on barrier on rank (\d+), for key prefix: [^\n]{1,200}\(world_size=(\d+), missing_ranks=/,
    details: ([, rank, all], _context, engine) => ({
      message: `Rank ${rank} waited for the other ranks of ${all}, and some did not arrive.`,
      remedy: rendezvousRemedy(engine),
    }),
  },
  {
    // Before the general words for a time-out: this line says who waited for whom, and its own guess is the network.
    code: 'rendezvous-timeout',
    curedBy: 'network',
    isConsequence: true,
    words:
      "[3] is setting up NCCL communicator and retrieving ncclUniqueId from [0] via c10d key-value store by key '0', but store->get('0') got error: wait timeout after 600000ms",
    pattern: /\[(\d+)\] is setting up NCCL communicator and retrieving ncclUniqueId from \[(\d+)\]/,
    details: ([, rank, from], _context, engine) => ({
      message: `Rank ${rank} could not set up NCCL: rank ${from} did not give it the address to meet at.`,
      remedy: `If rank ${from} ended or hangs, its log has the cause, and the network is not to blame. ${rendezvousRemedy(engine)}`,
    }),
  },
  {
    code: 'rendezvous-timeout',
    curedBy: 'network',
    words: 'DistNetworkError: wait timeout after 600000ms, keys: /default_pg/0//cpu//0',
    pattern: /wait timeout after (\d+) ?ms, keys: (\S{1,200})|connect\(\) timed out\. Original timeout was (\d+) ms/,
    details: ([, waited, , connecting], _context, engine) => ({
      message: `Another rank did not arrive within ${durationText(Number(waited ?? connecting))}.`,
      remedy: `Look at the log of the other nodes. ${rendezvousRemedy(engine)}`,
    }),
  },
  {
    code: 'rendezvous-failed',
    curedBy: 'network',
    words: 'RuntimeError: Gloo connectFullMesh failed with [gloo/transport/tcp/pair.cc:144] no error',
    pattern:
      /Gloo connectFullMesh failed|socket(?:Start|Poll|Finalize)Connect\S{0,20}:? [^\n]{0,40}[Cc]onnect to ([^\s<]{1,255})<(\d+)>|Connect to ([^\s<]{1,255})<(\d+)> failed/,
    details: (match, _context, engine) => {
      const host = match[1] ?? match[3];
      return {
        message: `The ranks could not connect to each other${host === undefined ? '' : ` (${host}:${match[2] ?? match[4]})`}.`,
        remedy: rendezvousRemedy(engine),
      };
    },
  },
  {
    code: 'port-in-use',
    curedBy: 'other-programs',
    words:
      'The server socket has failed to listen on any local network address. port: 29500, code: -98, name: EADDRINUSE',
    pattern:
      /server socket has failed to listen on any local network address\.(?: port: (\d+)| [^\n]{0,200}\[::\]:(\d+))?/,
    details: (match, _context, {ownSettings: {rendezvousPort}}) => ({
      message: `The port${match[1] === undefined && match[2] === undefined ? '' : ` ${match[1] ?? match[2]}`}, on which the ranks meet, is in use. It is not the port of the API.`,
      remedy: `End the engine that was left over (see gantry gpus)${rendezvousPort === null ? '' : `, or choose another port for the ranks (${rendezvousPort})`}.`,
    }),
  },
];

/** What follows from the failure of another rank. */
export const networkConsequences: readonly TorchFailure[] = [
  {
    code: 'nccl',
    curedBy: 'host',
    isConsequence: true,
    words: 'NCCL error: unhandled system error (run with NCCL_DEBUG=INFO for details)',
    pattern: /NCCL error[^\n]{0,120}unhandled (?:system|cuda) error/,
    details: (_match, {isReady}) => ({
      message: `NCCL ${isReady ? 'lost contact between' : 'could not connect'} the GPUs, and this line does not say why.`,
      remedy:
        'If no other rank has an error of its own, start once with NCCL_DEBUG=INFO and NCCL_DEBUG_SUBSYS=INIT,NET,ENV in the environment of every node: the reason is the first "NCCL WARN" (with NCCL_DEBUG_FILE=/tmp/nccl.%h.%p in a file per process). TORCH_DISTRIBUTED_DEBUG=DETAIL and TORCH_CPP_LOG_LEVEL=INFO add PyTorch\u2019s side. In a container, /dev/shm is the first suspect (--shm-size=16g or --ipc=host); between nodes, the interface (NCCL_SOCKET_IFNAME).',
    }),
  },
  {
    code: 'nccl',
    curedBy: 'hardware',
    isConsequence: true,
    words:
      "[PG ID 0 PG GUID 0(default_pg) Rank 5] ProcessGroupNCCL's watchdog got stuck for 480 seconds without making progress in monitoring enqueued collectives.",
    pattern:
      /watchdog got stuck for (\d+) ?seconds without making progress|Heartbeat monitor timed out! Process will be terminated after dumping debug info/,
    details: (match) => ({
      message: `${rankSubject(match)} was blocked${match[1] === undefined ? '' : ` for ${durationText(Number(match[1]) * 1000)}`}: a call of CUDA or NCCL did not return, and PyTorch\u2019s watchdog ended the process.`,
      remedy:
        'Look for an Xid in the kernel log, for a rank that ended before, and for a file system that hung (processes in state D). A longer time-out (TORCH_NCCL_HEARTBEAT_TIMEOUT_SEC) helps only if storage was slow for that long.',
    }),
  },
  {
    code: 'nccl',
    curedBy: 'hardware',
    // When one rank dies for another reason, the other ranks fail with this message.
    isConsequence: true,
    words: '[Rank 6] Watchdog caught collective operation timeout',
    pattern:
      /Watchdog caught collective operation timeout|Timeout at NCCL work: \d|detected by watchdog at work\b|Received a (?:dump|timeout) signal (?:due to a collective timeout )?from|NCCL error|ncclSystemError|ncclRemoteError|ncclInternalError/,
    details: () => ({
      message: 'The GPUs lost contact: a collective operation failed or timed out.',
      remedy:
        'The rank that failed first, or did not arrive, is the cause: look at the log of every node. Then look for an Xid in the kernel log, and check /dev/shm. NCCL_DEBUG=INFO names the reason.',
    }),
  },
  {
    code: 'collective-timeout',
    curedBy: 'network',
    isConsequence: true,
    words: '[Rank 0]: Ranks 1, 3 failed to pass monitoredBarrier in 300000 ms',
    pattern:
      /\bRanks? [\d, ]{1,2000} failed to pass monitoredBarrier in (\d+) ms|reached monitoredBarrier, but received errors while waiting/,
    details: (match) => ({
      message: `The ranks wait for each other, and not all arrived${match[1] === undefined ? '' : ` within ${durationText(Number(match[1]))}`}.`,
      remedy: 'Look for what ended or held the ranks that did not arrive; the log of rank 0 names them.',
    }),
  },
  {
    code: 'collective-timeout',
    curedBy: 'network',
    isConsequence: true,
    words:
      'RuntimeError: [gloo/transport/tcp/unbound_buffer.cc:78] Timed out waiting 1800000ms for recv operation to complete',
    pattern: /Timed out waiting (\d+) ?ms for (?:recv|send) operation to complete/,
    details: ([, waited]) => ({
      message: `A rank waited ${durationText(Number(waited))} for another one over the network between the processes (gloo), which still has its connection.`,
      remedy:
        'The other rank hangs or does something else: look at its log, and at py-spy dump of its process. A longer time-out does not help.',
    }),
  },
  {
    code: 'peer-closed',
    curedBy: 'restart',
    isConsequence: true,
    words: 'RuntimeError: [gloo/transport/tcp/pair.cc:534] Connection closed by peer [10.0.0.33]:14748',
    pattern: /gloo\/transport\/tcp\/[^\n]{0,80}Connection (?:cl|reset)|gloo\/transport\/tcp\/[^\n]{0,40}Read error/,
    details: () => ({
      message: 'Another rank or node ended, and this one lost its connection to it.',
      remedy: 'The rank that ended first is the cause: look at the log of every node.',
    }),
  },
];

/** How the nodes find each other; NCCL and Gloo have the same variables in every engine. */
function rendezvousRemedy({ownSettings: {hostAddress}}: TorchEngine): string {
  const address = hostAddress === null ? '' : `${hostAddress} sets the address of this node; `;
  return `Start all nodes, the head first, with the same head address and port. Check from this node that the port is reachable (firewall, interface): ${address}GLOO_SOCKET_IFNAME and NCCL_SOCKET_IFNAME choose the interface. GPU memory is not the cause.`;
}
