import {describe, expect, test} from 'vitest';
import {createLogReading} from '../../../../src/engines/log/read-log.ts';
import {engines} from '../../../../src/engines/registry.ts';

function findingsOf(...lines: readonly string[]) {
  const reading = createLogReading(engines, engines.find(({name}) => name === 'vllm') ?? null);
  for (const [index, text] of lines.entries()) reading.take({text, number: index + 1});
  return reading.result()?.findings ?? [];
}

type Row = readonly [line: string, code: string, fix: RegExp];

const containers: readonly Row[] = [
  [
    'nvidia-container-cli: initialization error: nvml error: driver/library version mismatch',
    'driver-mismatch',
    /Reboot/,
  ],
  [
    'stderr: nvidia-container-cli: initialization error: driver error: failed to process request',
    'no-gpu',
    /on the host/,
  ],
  [
    'nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot open',
    'no-gpu',
    /driver/,
  ],
  [
    'nvidia-container-cli: requirement error: unsatisfied condition: cuda>=13.0, please update',
    'driver-too-old',
    /Upgrade/,
  ],
  ['nvidia-container-cli: device error: 9: unknown device: unknown.', 'no-gpu', /NVIDIA_VISIBLE_DEVICES/],
  [
    'Error: failed to discover GPU vendor from CDI: no known GPU vendor found',
    'container-without-gpus',
    /cdi generate/,
  ],
  ['failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=3', 'container-without-gpus', /cdi generate/],
  [
    'Error response from daemon: unknown or invalid runtime name: nvidia',
    'container-without-gpus',
    /nvidia-ctk runtime/,
  ],
  [
    '0/9 nodes are available: 3 node(s) had taints, 6 Insufficient nvidia.com/gpu.',
    'container-without-gpus',
    /kubectl/,
  ],
  ['Failed to pull image "vllm/vllm-openai:v77": not found', 'image-missing', /name and tag/],
  ['Bind for 127.0.0.1:9000 failed: port is already allocated', 'port-in-use', /docker ps/],
];

const addresses: readonly Row[] = [
  [
    "[Errno 13] error while attempting to bind on address ('0.0.0.0', 443): permission denied",
    'port-not-permitted',
    /1024/,
  ],
  [
    "[Errno 99] error while attempting to bind on address ('10.9.9.9', 8000): cannot assign",
    'address-unavailable',
    /ip addr/,
  ],
  ['OSError: [Errno 99] Cannot assign requested address', 'address-unavailable', /engine\.host/],
  ['The server socket failed to bind to [::]:29500 (code: -97, name: EAFNOSUPPORT)', 'address-unavailable', /IPv4/],
  ['socket.gaierror: [Errno -3] Temporary failure in name resolution', 'name-unknown', /DNS/],
  [
    '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1)',
    'certificate-rejected',
    /clock/,
  ],
  [
    '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer',
    'certificate-rejected',
    /SSL_CERT_FILE/,
  ],
];

const models: readonly Row[] = [
  ['Revision Not Found for url: https://hub.example/api/models/o/m/revision/x', 'model-missing', /--revision/],
  [
    "HF_HUB_ENABLE_HF_TRANSFER=1 but 'hf_transfer' package is not available in your environment",
    'package-missing',
    /hf_transfer/,
  ],
  ['RuntimeError: Data processing error: CAS service error : Reqwest Error: error sending', 'download-failed', /XET=1/],
  [
    'packages: This modeling file requires the following packages that were not found in your environment: blobfile, tiktoken. Run',
    'package-missing',
    /pip install blobfile tiktoken\.$/,
  ],
  [
    'ValueError: Tokenizer class KimiTokenizer does not exist or is not currently imported.',
    'tokenizer-failed',
    /--trust-remote-code/,
  ],
  ["Can't load the tokenizer for '/m'. If you were", 'tokenizer-failed', /tokenizer_config/],
  ['data did not match any variant of untagged enum ModelWrapper at line 9', 'tokenizer-failed', /too old/],
  [
    'Cannot use chat template functions because tokenizer.chat_template is not set and no template argument was passed!',
    'template-failed',
    /--chat-template/,
  ],
];

const libraries: readonly Row[] = [
  ['ImportError: libcuda.so.1: cannot open shared object file', 'no-gpu', /--gpus all/],
  ['ImportError: libnvidia-ml.so.1: cannot open shared object file', 'no-gpu', /--gpus all/],
  [
    "ImportError: /lib64/libm.so.6: version `GLIBC_2.29' not found (required by /x.so)",
    'library-too-old',
    /operating system/,
  ],
  ["libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /x.so)", 'library-too-old', /LD_LIBRARY_PATH/],
  ["ImportError: /c/lib/libstdc++.so.6: version `CXXABI_1.3.15' not found", 'library-too-old', /LD_LIBRARY_PATH/],
  ["ValueError: invalid literal for int() with base 10: 'GPU-52a3a85d-1111'", 'visible-devices', /numbers/],
  ["ValueError: invalid literal for int() with base 10: 'MIG-52a3a85d-1111'", 'visible-devices', /MIG instance/],
  ['RuntimeError: CUDA driver initialization failed, you might not have a CUDA gpu.', 'no-gpu', /--gpus all/],
];

const transports: readonly Row[] = [
  [
    'n1:9:9 [0] transport/nvls.cc:300 NCCL WARN Failed to bind NVLink SHARP (NVLS) Multicast memory of size 4',
    'nccl-multicast',
    /NVLS_ENABLE=0/,
  ],
  ["n1:9:9 [3] NCCL WARN Cuda failure 1 'invalid argument'", 'nccl-shared-memory', /CUMEM_ENABLE=0/],
  [
    "n1:9:9 [3] misc/cudawrap.cc NCCL WARN Cuda failure 801 'operation not supported'",
    'nccl-shared-memory',
    /P2P_DISABLE/,
  ],
  ['n1:9:9 [0] NCCL WARN Call to ibv_modify_qp failed with error Invalid argument', 'rdma-unreachable', /GID_INDEX/],
  [
    'n1 NCCL WARN Error: failed to extend /dev/shm/nccl-aB12 to 9 bytes, error: No space left on device (28)',
    'shared-memory-full',
    /shm-size/,
  ],
  ["NCCL WARN Cuda failure 'system not yet initialized'", 'fabric-not-ready', /fabricmanager/],
];

describe.each([
  ['containers', containers],
  ['addresses', addresses],
  ['models', models],
  ['libraries', libraries],
  ['transports', transports],
])('what comes before a start: %s', (_kind, rows) => {
  test.each(rows)('%s', (line, code, fix) => {
    const [finding] = findingsOf(line);
    expect(finding?.code).toBe(`vllm.${code}`);
    expect(finding?.remedy).toMatch(fix);
  });
});

test('a program in the image that may not be executed is not one that is missing', () => {
  const started = (reason: string): string =>
    `runc create failed: unable to start container process: exec: "/start.sh": ${reason}: unknown`;
  const [denied] = findingsOf(started('permission denied'));
  expect(denied).toMatchObject({code: 'vllm.command-missing', message: expect.stringContaining('/start.sh')});
  expect(denied?.remedy).toContain('chmod +x');
  expect(findingsOf(started('no such file or directory'))[0]?.remedy).toContain('image name');
});

test('the reason of a failed hook is in the line after the one of Docker', () => {
  const daemon =
    "docker: Error response from daemon: failed to create task for container: OCI runtime create failed: runc create failed: error running prestart hook #0: exit status 1, stdout: , stderr: Auto-detected mode as 'legacy'";
  const [finding] = findingsOf(daemon, 'nvidia-container-cli: device error: 7: unknown device: unknown');
  expect(finding?.message).toContain('no GPU 7');
});

test('a port that only root may use gets another one, a higher port does not', () => {
  const at = (port: number) =>
    findingsOf(`[Errno 13] error while attempting to bind on address ('::', ${port}): permission denied`)[0];
  expect(at(80)?.settingsChange).toEqual({port: 8080});
  expect(at(8000)?.settingsChange).toBeNull();
});

test('a warning that the driver is missing is not the cause where another error ends the start', () => {
  const warning =
    "WARNING 11-02 09:00:00 [_custom_ops.py:20] Failed to import from vllm._C with ImportError('libcuda.so.1: cannot open shared object file: No such file or directory')";
  const bind = "ERROR: [Errno 98] error while attempting to bind on address ('0.0.0.0', 9000): address already in use";
  expect(findingsOf(warning, bind)[0]?.code).toBe('vllm.port-in-use');
  expect(findingsOf(warning, 'RuntimeError: Failed to infer device type')[0]?.code).toBe('vllm.no-gpu');
});
