import {expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';
import {findingOf, type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    'ValueError: MTP speculative decoding layer 61 weights missing from checkpoint.',
    'no-draft-weights',
    /without speculative/,
    /download it again/,
  ],
  [
    'vllm',
    'ValueError: Nova draft layer weights missing from checkpoint: [61, 62]',
    'no-draft-weights',
    /without speculative/,
  ],
  [
    'sglang',
    "AttributeError: 'DeepseekV3Config' object has no attribute 'num_nextn_predict_layers'",
    'no-draft-weights',
    /checkpoint/,
  ],
  [
    'sglang',
    "ValueError: functional_call got multiple values for keys ['a.bias', 'b.bias'], which are tied. Consider using tie_weights=False",
    'offload-unsupported',
    /Remove --cpu-offload-gb/,
    /tie_weights/,
  ],
  [
    'vllm',
    'AssertionError: Cannot re-initialize the input batch when CPU weight offloading is enabled.',
    'offload-unsupported',
    /--cpu-offload-gb/,
  ],
  [
    'vllm',
    'RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!',
    'offload-unsupported',
    /offloaded/,
  ],
  [
    'sglang',
    "AttributeError: 'ImportError' object has no attribute 'get_num_sms'",
    'package-missing',
    /SGLANG_ENABLE_JIT_DEEPGEMM=0/,
  ],
  [
    'vllm',
    "AttributeError: 'ModuleNotFoundError' object has no attribute 'Buffer'",
    'package-missing',
    /published image/,
  ],
  [
    'sglang',
    'ImportError: DeepEP is not installed. Please install DeepEP package from https://github.com/org/DeepEP.',
    'package-missing',
    /--moe-a2a-backend none/,
  ],
  [
    'vllm',
    'ImportError: DeepEP is not installed. Please install DeepEP package from https://github.com/org/DeepEP.',
    'package-missing',
    /--all2all-backend/,
  ],
  ['vllm', 'ImportError: nixl is not available', 'package-missing', /remove the option/],
  [
    'sglang',
    'ImportError: Please install mooncake by following the instructions at https://github.com/org/m.',
    'package-missing',
    /Install it/,
  ],
  ['sglang', 'RuntimeError: open: Address family not supported by protocol', 'address-family', /IPv6/],
  [
    'sglang',
    'E0617 14:02:14.685174 355565 transfer_metadata_plugin.cpp:543] SocketHandShakePlugin: bind (port 340): Permission denied [13]',
    'address-unusable',
    /IPv4/,
  ],
  [
    'vllm',
    'E20261110 20:25:57.753341 124570 transfer_metadata_plugin.cpp:969] SocketHandShakePlugin: failed to get IP address of peer server node7:16051, check DNS',
    'address-unusable',
    /hosts/,
  ],
];
testRows(rows);

test('that the transfer engine was not set up is the consequence of what it logged before', () => {
  const lines = [
    'E0617 14:02:14.685174 355565 transfer_metadata_plugin.cpp:543] SocketHandShakePlugin: bind (port 340): Permission denied [13]',
    '[2026-06-17 14:02:14] Mooncake Transfer Engine initialization failed.',
  ];
  expect(findingOf('sglang', ...lines)?.code).toBe('sglang.address-unusable');
});

test('an identifier in CUDA_VISIBLE_DEVICES is the only finding, also where someone left out a part of it', () => {
  const found = readLines([
    "ValueError: invalid literal for int() with base 10: 'GPU-7f3a...'",
    '  then: Model architectures [...] failed to be inspected',
  ]);
  expect(found?.findings.map(({code}) => code)).toEqual(['common.visible-devices']);
});

testHealthy([
  'WARNING 05-06 12:00:00 [socket.cpp:755] The client socket cannot be initialized (errno: 97 - Address family not supported by protocol).',
  'INFO 05-06 12:00:00 [kernels.py:1] DeepEP is not installed, using another backend',
]);
