import {describe} from 'vitest';
import {type Row, testHealthy, testRows} from './torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    'OSError: Error no file named model.safetensors, or pytorch_model.bin, found in directory /models/kimi.',
    'model-missing',
    /download is complete/,
  ],
  [
    'vllm',
    "huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/models/kimi'. Use `repo_type` argument if needed.",
    'model-missing',
    /mounted/,
  ],
  [
    'sglang',
    'safetensors_rust.SafetensorError: Error while opening file: No such device (os error 19)',
    'mmap-unsupported',
    /local disk/,
    /broken one again/,
  ],
  [
    'vllm',
    'RuntimeError: unable to mmap 23802932552 bytes from file </models/kimi/model-1.safetensors>: Cannot allocate memory (12)',
    'host-memory',
    /overcommit/,
    /shm-size/,
  ],
  [
    'vllm',
    'RuntimeError: unable to open file </models/kimi/model-00001-of-00064.safetensors> in read-only mode: No such file or directory (2)',
    'model-shard-missing',
    /this file/,
  ],
  ['sglang', "OSError: [Errno 107] Transport endpoint is not connected: '/mnt/kimi/x'", 'disk-error', /mount/],
  ['vllm', "OSError: [Errno 110] Connection timed out: '/mnt/kimi/x'", 'disk-error', /mount/],
  [
    'vllm',
    "requests.exceptions.ReadTimeout: (ReadTimeoutError(\"HTTPSConnectionPool(host='huggingface.co', port=443): Read timed out. (read timeout=10)\"), '(Request ID: 1)')",
    'hub-unreachable',
    /Copy the model/,
  ],
  [
    'vllm',
    'requests.exceptions.ConnectionError: (MaxRetryError("HTTPSConnectionPool(host=\'huggingface.co\', port=443): Max retries exceeded with url: /m (Caused by NameResolutionError(\\"<urllib3>: Failed to resolve \'huggingface.co\' ([Errno -3] Temporary failure in name resolution)\\"))"))',
    'name-unknown',
    /DNS/,
  ],
  ['sglang', 'httpx.ConnectError: [Errno 101] Network is unreachable', 'network-unreachable', /firewall/],
  ['vllm', 'botocore.exceptions.NoCredentialsError: Unable to locate credentials', 'credentials-missing', /bucket/],
  [
    'vllm',
    'docker: failed to register layer: write /usr/local/lib/libx.so: no space left on device.',
    'disk-full',
    /docker system prune/,
    /HF_HOME/,
  ],
];

describe('disks, buckets and the hub', () => {
  testRows(rows);

  testHealthy([
    "'(ReadTimeoutError(\"HTTPSConnectionPool(host='huggingface.co', port=443): Read timed out. (read timeout=10)\"), '(Request ID: 1)')' thrown while requesting HEAD https://huggingface.co/m/resolve/main/config.json",
    '2026-11-23 02:00:05 Retrying in 1s [Retry 1/5].',
  ]);
});
