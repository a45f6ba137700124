import fc from 'fast-check';

const size = fc.constantFrom(1, 2, 3, 4, 6, 8, 16, 1_000);

/** Settings that nobody would choose, most of them with several faults at once. */
export const hostileChange = fc.record({
  engine: fc.constantFrom('vllm', 'sglang', 'llamacpp'),
  model: fc.constantFrom('moonshotai/Kimi-K2.7-Code', 'moonshotai/Kimi-K2.7-Code', 'MiniMaxAI/MiniMax-M2'),
  format: fc.constantFrom('auto', 'auto', 'fp8'),
  tensorParallelSize: size,
  pipelineParallelSize: fc.constantFrom(1, 1, 2, 3, 100),
  dataParallelSize: fc.constantFrom(1, 1, 2, 3, 8, 100),
  decodeContextParallelSize: fc.constantFrom(1, 1, 2, 3, 8, 64),
  expertParallel: fc.boolean(),
  contextLengthTokens: fc.constantFrom(5, 1_024, 8_192, 131_072, 262_144, 262_145, 1_048_576, 1e9),
  memoryFraction: fc.constantFrom(0.01, 0.3, 0.5, 0.66, 0.8, 0.9, 0.97, 0.99, 1),
  kvCacheDtype: fc.constantFrom('auto' as const, 'bf16' as const, 'fp8' as const),
  maxRunningRequests: fc.constantFrom(null, 1, 4_096),
  extraArguments: fc.constantFrom<string[]>(
    [],
    [],
    ['--tensor-parallel-size', '3'],
    ['--kv-cache-memory-bytes', '1000'],
    ['--speculative-config', '{"method":"eagle3"}'],
  ),
});
