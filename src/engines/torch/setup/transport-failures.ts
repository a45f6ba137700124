import {mibText} from '../../../shared/quantities/bytes.ts';
import type {TorchFailure} from '../torch-engine.ts';

/** Completion statuses of a send or receive that tell of the peer or the path (`ibv_wc_status` of libibverbs); 5 only follows from another one. */
const completionTexts: Readonly<Partial<Record<number, string>>> = {
  4: 'an access that the local card did not permit',
  8: 'a bad response',
  9: 'an invalid request',
  10: 'an access that the remote card did not permit',
  12: 'it did not acknowledge, and the retries are used up',
  13: 'it was not ready to receive, and the retries are used up',
};

/** What NCCL says about its ways between GPUs and nodes while it sets them up. In order of precedence. */
export const transportFailures: readonly TorchFailure[] = [
  {
    code: 'duplicate-gpu',
    curedBy: 'arguments',
    words: 'Duplicate GPU detected : rank 1 and rank 0 both on CUDA device 1b000',
    pattern: /Duplicate GPU detected : rank (\d+) and rank (\d+) both on CUDA device (\w{1,20})/,
    details: ([, one, other, device]) => ({
      message: `Ranks ${other} and ${one} were given the same GPU (${device}).`,
      remedy:
        'Each rank needs a GPU of its own: correct CUDA_VISIBLE_DEVICES and NVIDIA_VISIBLE_DEVICES of each process or container, and let no more ranks run than there are GPUs. Data parallel servers that are started one by one need different GPUs. Two MIG instances of one GPU cannot use NCCL.',
    }),
  },
  {
    code: 'custom-all-reduce',
    curedBy: 'arguments',
    words: "Failed: Cuda error /workspace/csrc/custom_all_reduce.cuh:455 'invalid argument'",
    pattern:
      /Cuda error \S{0,200}custom_all_reduce\.cuh:\d+ '(invalid argument|invalid resource handle|operation not (?:supported|permitted)|peer access[^'\n]{1,60})'/,
    details: ([, reason]) => ({
      message: `The GPUs could not share memory for the engine's own all-reduce: ${reason}.`,
      remedy:
        'Remove expandable_segments from PYTORCH_CUDA_ALLOC_CONF, whose memory cannot be shared this way; ranks in several containers need --ipc=host. Otherwise add --disable-custom-all-reduce to engine.extraArguments: NCCL does it then. It is not the hardware.',
    }),
  },
  {
    code: 'multicast-unsupported',
    curedBy: 'arguments',
    words: 'cuMulticastCreate failed with error: operation not supported',
    pattern:
      /cuMulticast\w{2,30}\b[^\n]{0,80}(?:fail|error)|[Mm]ulticast (?:is )?not supported[^\n]{0,40}(?:device|GPU|fabric|system)/,
    details: () => ({
      message:
        'The GPUs have no memory that NVSwitch writes to all of them (multicast), which a fast all-reduce wants to use.',
      remedy:
        'With NVSwitch, check the fabric with gantry gpus, and restart nvidia-fabricmanager while nothing uses the GPUs; a virtual machine needs it on its host. To start without it, set TORCH_SYMM_MEM_DISABLE_MULTICAST=1 and NCCL_NVLS_ENABLE=0.',
    }),
  },
  {
    code: 'nccl-multicast',
    curedBy: 'driver',
    words:
      "NCCL WARN Failed to bind NVLink SHARP (NVLS) Multicast memory of size 2097152 : CUDA error 401 'the operation cannot be performed in the present state'",
    pattern:
      /Failed to bind NVLink SHARP \(NVLS\)|NVLS[^\n]{0,80}(?:[Ff]ailed|error)|\bnvls\.cc:\d{1,6} [^\n]{0,20}NCCL WARN Cuda failure/,
    details: () => ({
      message: 'NCCL could not use the multicast memory of NVSwitch (NVLS): its fabric is not in order.',
      remedy:
        'Check the fabric with gantry gpus, and restart nvidia-fabricmanager while nothing uses the GPUs; after a restart of it, all GPUs have to be reset (nvidia-smi -r) or the node rebooted. To start without it, set NCCL_NVLS_ENABLE=0.',
    }),
  },
  {
    code: 'nccl-shared-memory',
    curedBy: 'arguments',
    words: "NCCL WARN Cuda failure 800 'operation not permitted'",
    pattern:
      /NCCL WARN [^\n]{0,80}Cuda failure (?:\d+ )?'(operation not permitted|operation not supported|invalid argument)'|\bcuMem(?:Create|ImportFromShareableHandle|ExportToShareableHandle)\b[^\n]{0,80}(?:fail|error)/,
    details: ([, reason]) => ({
      message: `NCCL could not share GPU memory between processes${reason === undefined ? '' : `: ${reason}`}.`,
      remedy:
        'In a container, permit it (--ipc=host, --cap-add SYS_PTRACE) and give all ranks the same devices. Otherwise start with NCCL_CUMEM_ENABLE=0, and if that does not help, NCCL_P2P_DISABLE=1 (slower).',
    }),
  },
  {
    code: 'nccl-memory',
    curedBy: 'arguments',
    words: 'NCCL WARN Failed to CUDA calloc async 10485760 bytes',
    pattern: /Failed to CUDA (?:calloc|malloc|cuMem alloc)(?: async)? (\d{1,15}) bytes/,
    details: ([, bytes]) => ({
      message: `NCCL could not allocate ${mibText(Number(bytes))} on a GPU: its memory is full.`,
      remedy:
        'NCCL allocates buffers outside the memory fraction, some only with the first large message: lower the fraction by 0.02, and check gantry gpus for other processes. It is not the network.',
    }),
  },
  {
    code: 'rdma-lost',
    curedBy: 'network',
    words:
      'NCCL WARN NET/IB : Got completion from peer 10.0.4.7<54862> with status=12 opcode=0 len=0 vendor err 129 (Recv)',
    pattern:
      /NET\/IB ?: (?:[^\n]{0,60} )?Got completion from peer (\S{1,80}) with status=(?:IBV_WC_\w{1,30}\()?(4|8|9|10|12|13)\b/,
    details: ([, peer, status]) => ({
      message: `The network card (RDMA) gave up on the peer ${peer}: ${completionTexts[Number(status)] ?? 'an error of the transport'} (status ${status}).`,
      remedy:
        'Look at that node first: if its process ended, its own log has the cause. Otherwise check the link between the two (ibstat, ib_write_bw, dmesg for mlx5), on Ethernet flow control (PFC) and NCCL_IB_GID_INDEX. NCCL_IB_TIMEOUT=22 tolerates a slow fabric; NCCL_IB_DISABLE=1 uses TCP (slow).',
    }),
  },
  {
    code: 'rdma-unreachable',
    curedBy: 'network',
    words: 'NCCL WARN Call to ibv_modify_qp failed with error Connection timed out',
    pattern: /Call to (ibv_modify_qp|ibv_create_ah) failed with error ([^\n,]{1,80})/,
    details: ([, , reason]) => ({
      message: `NCCL could not connect the network cards of two nodes (RDMA): ${reason?.trim().toLowerCase()}.`,
      remedy:
        'The cards must reach each other: on Ethernet (RoCE) check NCCL_IB_GID_INDEX, choose the cards with NCCL_IB_HCA, and test with ib_write_bw. NCCL_IB_DISABLE=1 uses TCP (slow).',
    }),
  },
];
