import {describe, expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';
import {diagnosisOf, findingOf, type Row, testRows} from '../torch-findings.ts';

const unfulfilled = (request: string): string =>
  `(autoscaler +34s) Error: No available node types can fulfill resource request ${request}. Add suitable node types to this cluster to resolve this issue.`;

const rows: readonly Row[] = [
  ['vllm', unfulfilled("{'node:gpu-a.internal': 0.001, 'GPU': 1.0}"), 'ray-node-unknown', /VLLM_HOST_IP/],
  ['sglang', unfulfilled("{'node:10.0.0.7': 0.001}"), 'ray-node-unknown', /ray status/],
  [
    'vllm',
    unfulfilled("defaultdict(<class 'float'>, {'CPU': 8.0, 'GPU': 4.0})"),
    'ray-no-resources',
    /lower the tensor parallel size/,
  ],
  [
    'vllm',
    '(raylet) node_manager.cc:3219: 3 Workers (tasks / actors) killed due to memory pressure (OOM), 0 Workers crashed due to other reasons at node (ID: 1a)',
    'host-memory',
    /it does not create memory/,
  ],
];

const lost: readonly Row[] = [
  [
    'vllm',
    '(raylet) The node with node id: 5f1b and address: 10.0.0.9 and node name: 10.0.0.9 has been marked dead because the detector has missed too many heartbeats from it. This can happen when a raylet has crashed.',
    'ray-node-lost',
    /dmesg -T/,
  ],
  [
    'vllm',
    '[2025-04-01 10:00:00,123 E 1 1] gcs_client.cc:99: Failed to connect to GCS at address 10.0.0.1:6379 within 5 seconds.',
    'ray-head-unreachable',
    /ray start --head/,
  ],
  ['sglang', 'RuntimeError: Failed to connect to GCS.', 'ray-head-unreachable', /every node/],
];

test('a node that was lost is why its workers died', () => {
  const found = readLines([lost[0]?.[1] ?? '', 'ray.exceptions.ActorDiedError: The actor died unexpectedly.']);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'common.ray-node-lost'}]});
  expect(found?.findings[0]?.message).toBe(
    'The Ray cluster lost the node 10.0.0.9: the detector has missed too many heartbeats from it.',
  );
});

describe('Ray', () => {
  testRows(lost);
  testRows(rows);
});

test('a text that names no engine: the advice of Ray to add nodes is not repeated', () => {
  const found = readLines([unfulfilled("{'GPU': 1.0, 'node:gpu-a.internal': 0.001}")]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'common.ray-node-unknown'}]});
  expect(found?.findings[0]?.remedy).not.toMatch(/[Aa]dd suitable/);
});

test('workers that Ray ended for memory are the cause of one that "was killed by an unexpected error"', () => {
  const found = readLines([
    '(raylet) A worker died or was killed while executing a task by an unexpected system error. To troubleshoot, check the logs.',
    '(raylet) node_manager.cc:3219: 1 Workers (tasks / actors) killed due to memory pressure (OOM), 0 Workers crashed',
  ]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'common.host-memory'}]});
  expect(found?.findings[0]?.message).toMatch(/^Ray ended a worker/);
});

test('no worker was killed for memory', () => {
  expect(
    findingOf('vllm', 'node_manager.cc:3219: 0 Workers (tasks / actors) killed due to memory pressure (OOM)')?.code,
  ).not.toBe('vllm.host-memory');
});

test('a start that waits for GPUs of the cluster says so, with the wait so far', () => {
  const wait = (seconds: number): string =>
    `INFO 04-01 02:46:00 ray_utils.py:214] Waiting for creating a placement group of specs for ${seconds} seconds. specs=[{'GPU': 1.0}].`;
  const found = diagnosisOf('vllm', [wait(10), wait(30), wait(150)]);
  expect(found).toMatchObject({exit: 'starting', findings: [{code: 'log.ends-while-starting', severity: 'warning'}]});
  expect(found?.findings[0]?.message).toContain('150 seconds so far');
});

test('a start that waits for more GPUs than the cluster has says so, and has not failed', () => {
  const read = readLines([
    '(EngineCore_DP0 pid=34) INFO 05-06 12:31:09 [ray_utils.py:331] No current placement group found. Creating a new placement group.',
    '(EngineCore_DP0 pid=34) WARNING 05-06 12:31:10 [ray_utils.py:352] Tensor parallel size (16) exceeds available GPUs (8). This may result in Ray placement group allocation failures.',
  ]);
  expect(read?.exit).toBe('starting');
  expect(read?.findings).toContainEqual(
    expect.objectContaining({
      code: 'vllm.ray-waits',
      severity: 'warning',
      message: expect.stringContaining('has 8 GPUs'),
    }),
  );
});
