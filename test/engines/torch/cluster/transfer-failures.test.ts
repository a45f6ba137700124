import {describe} from 'vitest';
import {type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'sglang',
    'E0110 16:55:35.140089 281933 rdma_context.cpp:387] ibv_get_device_list failed',
    'rdma-missing',
    /\/dev\/infiniband/,
  ],
  ['vllm', 'nixl._bindings.nixlBackendError: NIXL_ERR_BACKEND', 'transfer-failed', /UCX_LOG_LEVEL/],
  [
    'sglang',
    'E1120 11:10:27.133715 203020 transfer_task.cpp:305] Failed to complete transfers after 60 seconds for batch 258673',
    'transfer-failed',
    /other server first/,
  ],
  [
    'sglang',
    'E0110 16:55:35.139716 281933 transfer_metadata_plugin.cpp:290] EtcdStoragePlugin: unable to set mooncake/rpc_meta/10.0.0.2:1 from 10.0.0.1:2379: connections failing',
    'store-unreachable',
    /etcd/,
  ],
];

describe('the transfer of KV caches', () => {
  testRows(rows);

  testHealthy([
    'INFO 11-23 02:00:21 [nixl_connector.py:1] Initialized NIXL agent with backend UCX',
    'I0617 08:42:42.471800   413 rdma_context.cpp:125] RDMA device: mlx5_6, LID: 8, GID: (GID_Index 0) fe:80',
  ]);
});
