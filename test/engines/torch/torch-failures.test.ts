import {describe, expect, test} from 'vitest';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {type LogContext, unknownLogContext} from '../../../src/engines/engine.ts';
import {findEngine} from '../../../src/engines/registry.ts';

function findingOf(engine: string, line: string, context: Partial<LogContext> = {}): Finding | null {
  const events = findEngine(engine)?.interpretLogLine(line, {...unknownLogContext, ...context}) ?? [];
  const [event] = events.flatMap((found) => (found.type === 'failure' ? [found.finding] : []));
  return event ?? null;
}

type Row = [line: string, code: string, parts?: readonly string[]];

/** The same kinds in the wordings of several versions; what else the line says is in the finding. */
const lines: readonly Row[] = [
  [
    'RuntimeError: CUDA error: system has unsupported display driver / cuda driver combination',
    'driver-library-mismatch',
  ],
  ['Error 804: forward compatibility was attempted on non supported HW', 'forward-compatibility'],
  ['RuntimeError: CUDA error: system not yet initialized', 'fabric-not-ready', ['802']],
  ['NVIDIA X with CUDA capability sm_120 is not compatible with the current PyTorch installation.', 'wrong-build'],
  ['torch.AcceleratorError: CUDA error: no kernel image is available for execution on the device', 'wrong-build'],
  ['[rank3]: RuntimeError: CUDA error: invalid device ordinal', 'too-few-gpus', ['Rank 3']],
  ["Failed: Cuda error /w/csrc/all_reduce.cuh:364 'uncorrectable ECC error encountered'", 'ecc-error'],
  ["Failed: Cuda error /w/csrc/all_reduce.cuh:455 'invalid argument'", 'cuda-error', ['invalid argument']],
  ['[2026-10-04 02:14:55 TP5] CUDA error: uncorrectable ECC error encountered', 'ecc-error', ['rank 5']],
  ["OSError: [Errno 28] No space left on device: '/dev/shm/psm_1f'", 'shared-memory-full'],
  [
    'RuntimeError: unable to mmap 1024 bytes from file </torch_12_3>: Cannot allocate memory (12)',
    'shared-memory-full',
  ],
  ["OSError: [Errno 28] No space left on device: '/data/cache/x'", 'disk-full', ['/data/cache/x']],
  [
    'safetensors_rust.SafetensorError: Error while deserializing header: header too large',
    'model-shard-broken',
    ['header too large'],
  ],
  [
    'FileNotFoundError: No such file or directory: "/m/model-00002-of-00031.safetensors"',
    'model-shard-missing',
    ['00002-of-00031'],
  ],
  [
    `zmq.error.ZMQError: ipc path "/scratch/${'x'.repeat(90)}/8b1f-44" is longer than 107 characters (sizeof(sockaddr_un.sun_path)).`,
    'socket-path-too-long',
    ['107 characters', `/scratch/${'x'.repeat(90)}.`],
  ],
  [
    "zmq.error.ZMQError: File name too long (addr='ipc:///scratch/long/8b1f')",
    'socket-path-too-long',
    ['/scratch/long.'],
  ],
  [
    'zmq.error.ZMQError: No such file or directory for ipc path "/none/8b1f". (addr=\'ipc:///none/8b1f\')',
    'socket-not-created',
    ['/none: No such file or directory'],
  ],
  [
    "zmq.error.ZMQError: No space left on device (addr='ipc:///full/8b1f')",
    'socket-not-created',
    ['/full: No space left on device'],
  ],
  ["zmq.error.ZMQError: Permission denied (addr='ipc:///ro/8b1f')", 'socket-not-created', ['Permission denied']],
  [
    "FileNotFoundError: [Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp', '/srv']",
    'no-temporary-directory',
    ['/tmp, /var/tmp, /srv'],
  ],
  ['RuntimeError: operator torchvision::nms does not exist', 'torchvision-mismatch', ['torchvision']],
  ['RuntimeError: Failed to register memory 0x7f0c: Cannot allocate memory [12]', 'rdma-registration'],
  ['mlx5_1: ibv_create_cq(cqe=4096) failed: Cannot allocate memory', 'rdma-registration'],
  [
    'E0605 rdma_context.cpp:203] Failed to register memory 0x7b: Input/output error [5]',
    'rdma-registration',
    ['input/output error'],
  ],
  [
    'The client socket has timed out after 60s while trying to connect to (head-0.svc, 29400).',
    'rendezvous-timeout',
    ['head-0.svc:29400', '1m 00s'],
  ],
  [
    '[c10d] The client socket has timed out after 600000ms while trying to connect to (fd00::12, 54485).',
    'rendezvous-timeout',
    ['fd00::12:54485', '10m 00s'],
  ],
  [
    'torch.distributed.DistStoreError: Timed out after 1801 seconds waiting for clients. 3/4 clients joined.',
    'rendezvous-timeout',
    ['3 of 4'],
  ],
  [
    'node7:13:52 [2] NCCL WARN socketStartConnect: Connect to 10.0.0.9<41231> failed : No route to host',
    'rendezvous-failed',
    ['10.0.0.9:41231'],
  ],
  [
    'The server socket has failed to listen on any local network address. useIpv6: 0, code: -98, name: EADDRINUSE',
    'port-in-use',
    ['not the port of the API'],
  ],
  ['RuntimeError: numa_migrate_pages failed. errno: 1', 'numa-binding'],
  ['set_mempolicy: Operation not permitted setting membind: Operation not permitted', 'numa-binding'],
  [
    'ValueError: Weight output_partition_size = 576 is not divisible by weight quantization block_n = 128.',
    'quantization-not-divisible',
    ['factor of 2'],
  ],
  [
    "The output_size of down's weight = 64 is not divisible by weight quantization block_k = 128.",
    'quantization-not-divisible',
  ],
  ['triton.CompilationError: type fp8e4nv not supported in this architecture.', 'format-unsupported'],
  [
    'ValueError: The quantization method modelopt is not supported for the current GPU. Minimum capability: 89. Current capability: 75.',
    'format-unsupported',
    ['8.9', '7.5'],
  ],
  [
    'Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your Tesla T4 GPU has compute capability 7.5.',
    'format-unsupported',
    ['Tesla T4', '7.5'],
  ],
  ['/bin/sh: 1: nvcc: not found', 'toolkit-missing'],
  ["FileNotFoundError: [Errno 2] No such file or directory: 'ninja'", 'compiler-missing', ['ninja']],
  [
    'RuntimeError: Failed to find C compiler. Please specify via CC environment variable.',
    'compiler-missing',
    ['C compiler'],
  ],
  ['cuda_utils.c:5:10: fatal error: Python.h: No such file or directory', 'compiler-missing', ['Python.h']],
  ["ptxas fatal   : Value 'sm_121a' is not defined for option 'gpu-name'", 'kernel-build-failed', ['sm_121a']],
  [
    'ImportError: libcudart.so.12: cannot open shared object file: No such file or directory',
    'library-missing',
    ['libcudart.so.12'],
  ],
  [
    "subprocess.CalledProcessError: Command '['ninja', '-v', '-C', '/root/.cache/x', '-f', 'build.ninja']' returned non-zero exit status 1.",
    'kernel-build-failed',
  ],
  ['RuntimeError: Ninja build failed. Ninja output:', 'kernel-build-failed'],
  ['FAILED: [code=127] gen/attention.cuda.o ', 'kernel-build-failed', ['compiler was not found']],
  ['FAILED: gen/attention.cuda.o ', 'kernel-build-failed'],
  [
    ':/opt/cuda-12.8/bin/nvcc --generate-dependencies-with-compile -c a.cu',
    'kernel-build-failed',
    ['CUDA_HOME=/opt/cuda-12.8 '],
  ],
  ['/bin/sh: 1: :/opt/cuda/bin/nvcc: not found', 'kernel-build-failed', ['CUDA_HOME=/opt/cuda ']],
  ['/bin/sh: 1: /opt/cuda/bin/nvcc: not found', 'toolkit-missing'],
  [
    '/root/.cache/x/decode.cuh(12): error: identifier "half3" is undefined',
    'kernel-build-failed',
    ['decode.cuh', 'half3'],
  ],
  ['a/b.cu:7:10: fatal error: cuda_fp4.h: No such file or directory', 'kernel-build-failed', ['b.cu', 'cuda_fp4.h']],
  [
    'torch._inductor.exc.InductorError: OutOfMemoryError: HIP out of memory. Tried to allocate 80.00 MiB. GPU 2 has a total capacity of 15.98 GiB of which 12.00 MiB is free.',
    'out-of-memory',
    ['GPU 2', '80.00 MiB', '15.98 GiB'],
  ],
  ['RuntimeError: worker 3: OutOfMemoryError: CUDA out of memory', 'out-of-memory'],
  ['torch.AcceleratorError: HIP error: out of memory', 'out-of-memory'],
  [
    'ValueError: FP8 quantized models is only supported on GPUs with compute capability >= 8.9 (e.g 4090/H100), actual = `8.6`',
    'format-unsupported',
    ['8.9', '8.6'],
  ],
  [
    'ValueError: FP8 quantized models is only supported on GPUs with compute capability >= 9.0 (e.g H100)',
    'format-unsupported',
    ['9.0'],
  ],
  [
    "Model architectures ['LlamaForCausalLM'] failed to be inspected. Please check the logs for more details.",
    'model-not-inspected',
    ['import error', 'clean environment'],
  ],
  [
    "ValueError: Model architectures ['LlamaForCausalLM'] are not supported for now. Supported architectures: dict_keys(['AquilaModel', 'LlamaForCausalLM'])",
    'model-not-inspected',
    ['import error', 'clean environment'],
  ],
  [
    "ValueError: Model architectures ['NewForCausalLM'] are not supported for now. Supported architectures: dict_keys(['AquilaModel', 'LlamaForCausalLM'])",
    'unsupported-model',
    ['newer release'],
  ],
  ["ModuleNotFoundError: No module named 'lib_a.part.c'", 'package-missing', ['lib_a', 'part.c']],
  [
    'The checkpoint you are trying to load has model type `new_model` but Transformers does not recognize this architecture.',
    'unsupported-model',
    ['new_model'],
  ],
  ['tp_size (16) is larger than the number of heads (8)', 'limit-exceeded', ['16', '8']],
  ['Please reduce `max_model_len` to at most 40960.', 'limit-exceeded', ['40,960']],
];

describe.each(['vllm', 'sglang'])('%s reports', (engine) => {
  test.each<Row>([...lines])('%s as %s', (line, code, parts = []) => {
    const finding = findingOf(engine, line);
    expect(finding?.code).toBe(`${engine}.${code}`);
    for (const part of parts) expect(`${finding?.message} ${finding?.remedy}`).toContain(part);
  });

  test.each([
    '[W1214 20:43:07.729406999 utils.cpp:82] Warning: numa_migrate_pages failed. errno: 1',
    'get_mempolicy: Operation not permitted',
    'This can cause fd limit errors like `OSError: [Errno 24] Too many open files`. Consider increasing with ulimit -n',
    'TCP client failed to connect/validate to host 10.0.0.3:54485 - retrying (try=0, timeout=600000ms, delay=84662ms)',
    'ConnectionResetError: [Errno 104] Connection reset by peer',
    'Your GPU does not have native support for FP8 computation but FP8 quantization is being used. Weight-only FP8 compression will be used leveraging the Marlin kernel.',
  ])('nothing for %s', (line) => {
    expect(findingOf(engine, line)).toBeNull();
  });

  test('a limit that the engine states is offered as a setting', () => {
    const line =
      'ValueError: max_num_seqs (1024) exceeds available Mamba cache blocks (635). Each decode sequence needs one';
    expect(findingOf(engine, line)?.settingsChange).toEqual({maxRunningRequests: 635});
    expect(findingOf(engine, 'max_unknown_thing (9) exceeds available things (3)')?.settingsChange).toBeNull();
    expect(findingOf(engine, 'max_num_seqs (4) exceeds available Mamba cache blocks (0)')?.settingsChange).toBeNull();
  });

  test('a coarser split is offered where the present one is known and can be divided', () => {
    const line =
      'ValueError: Weight input_size_per_partition = 192 is not divisible by weight quantization block_k = 128.';
    expect(findingOf(engine, line)?.settingsChange).toBeNull();
    expect(findingOf(engine, line, {facts: {tensorParallelSize: 16}})?.settingsChange).toEqual({tensorParallelSize: 8});
    expect(findingOf(engine, line, {facts: {tensorParallelSize: 1}})?.settingsChange).toBeNull();
  });

  test('memory that other processes hold, and weights that fill the GPU, come before settings', () => {
    const error =
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.00 GiB. GPU 0 has a total capacity of 79.10 GiB of which 10.00 MiB is free.';
    const others = `${error} Process 41 has 61.00 GiB memory in use. Process 42 has 18.00 GiB memory in use. Of the allocated memory 17.20 GiB is allocated by PyTorch, and 0.1 GiB is reserved`;
    const served = {isReady: true, facts: {memoryFraction: 0.9}} as const;
    expect(findingOf(engine, error, served)?.settingsChange).not.toBeNull();
    const held = findingOf(engine, others, served);
    expect(held).toMatchObject({settingsChange: null, cure: {by: 'other-programs'}});
    expect(held?.message).toContain('61.0 GiB');
    const full = findingOf(engine, error, {phase: 'kv-cache', facts: {weightsBytesPerGpu: 75 * 2 ** 30}});
    expect(full).toMatchObject({settingsChange: null, cure: {by: 'gpus'}});
    expect(full?.message).toContain('75.0 GiB');
  });
});

describe('a parser that is not there', () => {
  test('is in the first release that is known to have it', () => {
    const line = "KeyError: 'invalid tool call parser: kimi_k2 (chose from { hermes,mistral })'";
    expect(findingOf('vllm', line)?.remedy).toContain('0.10.0');
    const choice =
      "sglang: error: argument --reasoning-parser: invalid choice: 'kimi_k2' (choose from 'qwen3', 'kimi')";
    expect(findingOf('sglang', choice)?.remedy).toContain('0.5.5');
    const harmony = "KeyError: 'invalid tool call parser: openai (chose from { hermes,mistral })'";
    expect(findingOf('vllm', harmony)?.remedy).toContain('0.10.2');
    const other = "vllm: error: argument --tool-call-parser: invalid choice: 'kimi_k3' (choose from 'hermes')";
    expect(findingOf('vllm', other)?.remedy).toContain('0.27.0');
  });

  test('may only be spelled otherwise: that is no reason for another release', () => {
    const line = "KeyError: 'invalid tool call parser: pythonic-2 (chose from { hermes,pythonic_2 })'";
    expect(findingOf('vllm', line)).toMatchObject({cure: {by: 'arguments'}});
    expect(findingOf('vllm', line)?.remedy).toContain('pythonic_2');
  });

  test('is unknown otherwise, also if its name is that of something in JavaScript', () => {
    for (const name of ['never_heard', 'constructor', 'toString']) {
      const line = `KeyError: "Reasoning parser '${name}' not found. Available parsers: qwen3"`;
      expect(findingOf('vllm', line)?.remedy).toMatch(/newer release of vLLM, or correct the name/);
    }
  });

  test.each([
    ['vllm', 'KimiK25ForConditionalGeneration', '0.15.0', '0.19.1'],
    ['sglang', 'KimiK25ForConditionalGeneration', '0.5.9', '0.5.10'],
  ])('%s has %s since %s, but not for every model of it', (engine, name, first, later) => {
    const remedy = findingOf(engine, `Model architectures ['${name}'] are not supported for now.`)?.remedy;
    expect(remedy).toContain(`${first} or newer`);
    expect(remedy).toContain(`Kimi K2.7 needs ${later}`);
  });

  test('an architecture that vLLM no longer has needs an older release', () => {
    const line =
      'ValueError: Model architecture Grok1ForCausalLM was supported in vLLM until v0.24.0, and is not supported anymore.';
    expect(findingOf('vllm', line)).toMatchObject({code: 'vllm.unsupported-model', cure: {by: 'installation'}});
    expect(findingOf('vllm', line)?.remedy).toMatch(/Install vLLM 0\.24\.0, the last/);
    const plugin =
      'ValueError: Model architecture BartForConditionalGeneration is not supported in-tree anymore. Please install the plugin at https://plugins.example/bart if you want to use this model architecture.';
    expect(findingOf('vllm', plugin)?.remedy).toContain('https://plugins.example/bart');
  });

  test('an architecture has its first release, too', () => {
    const line = "ValueError: Model architectures ['GlmMoeDsaForCausalLM'] are not supported for now.";
    expect(findingOf('vllm', line)?.remedy).toContain('0.16.0');
    expect(findingOf('sglang', line)?.remedy).toContain('0.5.9');
    const both = "Model architectures ['NewDraft', 'SeedOssForCausalLM'] are not supported for now.";
    expect(findingOf('vllm', both)?.remedy).toContain('0.10.2');
  });
});
