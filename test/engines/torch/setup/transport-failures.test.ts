import {describe} from 'vitest';
import {type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    "node-a:12098:12141 [2] transport/nvls.cc:244 NCCL WARN Cuda failure 1 'invalid argument'",
    'nccl-multicast',
    /NCCL_NVLS_ENABLE=0/,
    /--ipc=host/,
  ],
  [
    'vllm',
    'RuntimeError: NCCL error: Failed to CUDA calloc 10485760 bytes',
    'nccl-memory',
    /lower the fraction/,
    /NCCL_SOCKET_IFNAME|shm/,
  ],
  ['sglang', 'node-a:71:90 [0] NCCL WARN Failed to CUDA calloc async 2097152 bytes', 'nccl-memory', /gantry gpus/],
  [
    'vllm',
    'node-a:3468:3905 [4] ib_plugin.c:1615 NCCL WARN NET/IB : Got completion from peer 10.0.4.7<54862> with status=12 opcode=0 len=0 vendor err 129 (Recv)',
    'rdma-lost',
    /that node first/,
    /no line in this text/,
  ],
  [
    'sglang',
    'node-a:1:2 [0] NCCL WARN NET/IB: Got completion from peer 10.0.4.7<1> with status=IBV_WC_RETRY_EXC_ERR(12) opcode=IBV_WC_SEND(0)',
    'rdma-lost',
    /NCCL_IB_TIMEOUT/,
  ],
];

describe('what NCCL says of its ways', () => {
  testRows(rows);
  // Completions that only follow from a connection that is being closed.
  testHealthy([
    'node-a:3468:3905 [4] NCCL INFO NET/IB : Got completion from peer 10.0.4.7<54862> with status=5 opcode=0 len=0',
    'node-a:3468:3905 [4] NCCL INFO CUDA calloc of 10485760 bytes done',
  ]);
});
