import {describe, expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';
import {diagnosisOf, type Row, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'sglang',
    "[2026-05-06 12:30:28 TP4] Error fetching prefill parallel info from bootstrap: HTTPConnectionPool(host='10.0.0.1', port=8998): Max retries exceeded",
    'prefill-lost',
    /same --disaggregation-bootstrap-port/,
  ],
  [
    'sglang',
    "[2026-05-06 12:30:28 TP4] Error fetching prefill parallel info from bootstrap: HTTPConnectionPool(host='none', port=8998): Max retries exceeded",
    'prefill-lost',
    /through the router/,
  ],
  [
    'vllm',
    'max_num_scheduled_tokens is set to -512, which does not allow any tokens to be scheduled',
    'limit-exceeded',
    /num_speculative_tokens/,
  ],
  [
    'vllm',
    'runc create failed: unable to start container process: exec: "vllm-server": executable file not found in $PATH: unknown.',
    'command-missing',
    /entry point/,
  ],
  [
    'vllm',
    'Error: stat nvidia.com/gpu=0: no such file or directory',
    'container-without-gpus',
    /nvidia-ctk cdi generate/,
  ],
  [
    'vllm',
    '[1749803291.555759] [pod-a:7053 :0]          tcp_ep.c:1260 UCX  ERROR tcp_ep 0x3c5 (state=CONNECTED): recv(110) failed: Connection reset by remote peer',
    'transfer-failed',
    /UCX_NET_DEVICES/,
  ],
  [
    'sglang',
    'W0613 08:28:11.555796    7053 ucx_utils.cpp:43] Unexpected UCX error: Endpoint timeout',
    'transfer-failed',
    /other server/,
  ],
  [
    'sglang',
    'E1210 03:24:54.778062 2548307 tcp_transport.cpp:581] Failed to connect to segment: 10.0.0.9:16381',
    'transfer-unreachable',
    /its ports change/,
  ],
  [
    'vllm',
    'RuntimeError: NIXL compatibility hash mismatch. Local: a, Remote: b.',
    'transfer-incompatible',
    /same release/,
  ],
  [
    'vllm',
    'RuntimeError: Remote NIXL agent engine ID mismatch. Expected a_dp0,received b_dp0.',
    'transfer-wrong-server',
    /VLLM_NIXL_SIDE_CHANNEL_HOST/,
  ],
  [
    'sglang',
    'RuntimeError: PD Disaggregation does NOT support PD different TP sizes for non-MLA SWA hybrid models yet.',
    'handover-unsupported',
    /same tensor parallel size/,
    /RDMA/,
  ],
  [
    'sglang',
    'E0506 12:30:07.441629  1555 tcp_transport.cpp:136] TcpTransport: cudaMemcpy failed. Error: an illegal memory access was encountered',
    'cuda-error',
    /Xid in the kernel log/,
  ],
  [
    'sglang',
    'RuntimeError: PD disaggregation does not support decode-only DCP',
    'handover-unsupported',
    /Remove that option/,
  ],
  [
    'sglang',
    'Lost connection with prefill instance (bootstrap_addr: 10.0.0.1:8998), 2 requests affected',
    'prefill-lost',
    /its own log/,
  ],
];

describe('KV caches that are passed between servers', () => {
  testRows(rows);
});

test('a handshake that failed follows from the wrong server', () => {
  const found = diagnosisOf('vllm', [
    '(Worker_TP0 pid=7) ERROR 10-16 17:22:56 [nixl_connector.py:815] RuntimeError: Remote NIXL agent engine ID mismatch. Expected a,received b.',
    '(Worker_TP0 pid=7) ERROR 10-16 17:22:56 [nixl_connector.py:827] Handshake failed for request chatcmpl-1',
  ]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'vllm.transfer-wrong-server'}]});
});

const ready = '[2025-11-05 16:35:02] The server is fired up and ready to roll!';
const failed = (reason: string): string =>
  `[2025-11-05 16:39:09 TP0] Decode transfer failed for request rank=0 decode_req.req.rid='7a' with exception KVTransferError(bootstrap_room=47): ${reason}`;

test('a request that was aborted before its cache had come is a warning of a server that serves', () => {
  const found = readLines([ready, failed('Aborted by AbortReq.')]);
  expect(found).toMatchObject({exit: 'serving', findings: [{code: 'sglang.request-aborted', severity: 'warning'}]});
  expect(found?.findings[0]?.message).toContain('decode side, by AbortReq');
});

test('a transfer that failed has its reason', () => {
  const found = readLines([ready, failed('Failed to get kvcache from prefill instance.')]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'sglang.kv-transfer-failed'}]});
  expect(found?.findings[0]?.message).toMatch(/decode servers: Failed to get kvcache from prefill instance\.$/);
});

test('a prefill server that was lost is why requests fail', () => {
  const found = readLines([
    ready,
    '[2025-11-05 16:39:08] Lost connection with prefill instance (bootstrap_addr: 10.0.0.1:8998), 1 requests affected',
    failed('Lost connection with prefill instance (bootstrap_addr: 10.0.0.1:8998)'),
  ]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'sglang.prefill-lost'}]});
});
