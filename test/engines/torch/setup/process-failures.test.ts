import {describe} from 'vitest';
import {type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  ['vllm', "KeyError: 'getpwuid(): uid not found: 1000740000'", 'user-unknown', /Set USER .* TORCHINDUCTOR_CACHE_DIR/],
  ['sglang', "KeyError: 'getpwuid(): uid not found: 1042'", 'user-unknown', /root is not needed/],
  [
    'vllm',
    "ValueError: VLLM_PORT 'tcp://172.20.4.7:8000' appears to be a URI. This may be caused by a Kubernetes service discovery issue,check the warning in: https://docs.vllm.ai",
    'service-variable',
    /enableServiceLinks: false.*not that of the API/,
  ],
  [
    'vllm',
    "ValueError: invalid literal for int() with base 10: 'tcp://10.43.7.39:8000'",
    'service-variable',
    /another name/,
  ],
  [
    'vllm',
    "zmq.error.ZMQError: Address already in use (addr='tcp://127.0.0.1:5557')",
    'port-in-use',
    /left over.*VLLM_PORT/,
  ],
  ['sglang', 'zmq.error.ZMQError: Address already in use', 'port-in-use', /--nccl-port/],
  ['vllm', 'BlockingIOError: [Errno 11] Resource temporarily unavailable', 'resource-unavailable', /flock/],
];

describe('the environment of a process', () => {
  testRows(rows);

  testHealthy([
    'WARNING 11-23 02:00:05 [envs.py:2188] Unknown vLLM environment variable detected: VLLM_SERVICE_PORT_8000_TCP',
    'INFO 11-23 02:00:05 [parallel_state.py:1] distributed_init_method=tcp://127.0.0.1:54953 backend=nccl',
    'INFO 11-23 02:00:05 [utils.py:1] Port 5557 is already in use, trying port 5558',
  ]);
});
