import {describe, expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';
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
  [
    'vllm',
    'E0506 12:30:07.602991 31963 transfer_metadata_plugin.cpp:224] Error from http client, GET http://10.0.0.2:8080/metadata?key=mooncake%2Fram%2F10.0.0.3%3A12516 error: Failed initialization',
    'store-unreachable',
    /HTTP metadata server/,
  ],
  [
    'sglang',
    "E0506 12:30:07.602991 31963 transfer_metadata_plugin.cpp:340] PUT http://10.0.0.2:8080/metadata?key=mooncake%2Fram curl: Couldn't connect to server err: refused",
    'store-unreachable',
    /HTTP metadata server/,
  ],
  [
    'sglang',
    'E0506 12:30:07.602991 31963 transfer_metadata_plugin.cpp:83] RedisStoragePlugin: unable to connect 10.0.0.2:6379: Connection refused',
    'store-unreachable',
    /Redis/,
  ],
];

describe('the transfer of KV caches', () => {
  testRows(rows);

  testHealthy([
    'INFO 11-23 02:00:21 [nixl_connector.py:1] Initialized NIXL agent with backend UCX',
    'I0617 08:42:42.471800   413 rdma_context.cpp:125] RDMA device: mlx5_6, LID: 8, GID: (GID_Index 0) fe:80',
  ]);

  test('a segment whose address was never announced is a consequence', () => {
    const read = readLines([
      'E0506 12:30:07.607991 31963 transfer_metadata_plugin.cpp:224] Error from http client, GET http://10.0.0.2:8080/metadata?key=ram error: Failed initialization',
      'W0506 12:30:07.608021 31963 transfer_metadata.cpp:423] Failed to retrieve segment descriptor, name 10.0.0.3:12516',
      'E0506 12:30:07.608029 31963 transfer_task.cpp:469] Failed to open segment 10.0.0.3:12516',
    ]);
    expect(read).toMatchObject({exit: 'failed', findings: [{code: 'common.store-unreachable'}]});
    expect(read?.findings[0]?.message).toContain('http://10.0.0.2:8080/metadata: Failed initialization');
  });
});
