import {H100, H200} from '../plan-samples.ts';
import {type PublishedStart, start} from './published-start.ts';

const A100 = 'NVIDIA A100-SXM4-80GB';
const GB10 = 'NVIDIA GB10';
const RTX = 'NVIDIA RTX PRO 6000 Blackwell Server Edition';
const RTX4090 = 'NVIDIA GeForce RTX 4090';
const RTX5090 = 'NVIDIA GeForce RTX 5090';

const cloudera = 'dennislee22/vLLM-benchmarking, log';
const glmRig = 'local-inference-lab/rtx6kpro, models/glm5.1/benchmarks';
const tutorial = 'a public tutorial on local models, vLLM 0.23.0 on an RTX 4090 D';
const studyA100 = 'public study notes on vLLM 0.28.0 on an A100, 2026-09-08';
const ownH200 = 'a start by Gantry on one H200, vLLM 0.26.0 with generated weights, 2026-11-27';
const baseline70b = 'a public baseline of one 96 GB GPU, 2026-06-28';

/**
 * Starts found on 2026-11-27. What the engines logged was written down here before any of these plans was computed; every
 * start that was found and states model, card, version, fraction and sizes is in the list. Those that a mend came from are `seen`.
 */
export const laterStarts: readonly PublishedStart[] = [
  start('check', 'Llama 3.1 8B, vLLM 0.26.0, 1x H200', ownH200, '0.26.0', H200, 'Llama 3.1 8B', {
    change: {contextLengthTokens: 8192, memoryFraction: 0.9},
    weightsGib: 15,
    poolGib: 109.49,
    tokens: 896_912,
  }),
  ...([0.25, 0.5] as const).map((memoryFraction) =>
    start(
      'seen',
      `Qwen2 7B, vLLM 0.10.1, 1x A100, fraction ${memoryFraction}`,
      cloudera,
      '0.10.1',
      A100,
      'Qwen2.5 7B',
      {
        change: {memoryFraction, contextLengthTokens: 16_384},
        weightsGib: 14.2488,
        poolGib: memoryFraction === 0.25 ? 5.01 : 24.83,
        tokens: memoryFraction === 0.25 ? 93_872 : 464_848,
      },
    ),
  ),
  ...([0.25, 0.5] as const).map((memoryFraction) =>
    start(
      'seen',
      `Qwen2 7B, vLLM 0.10.1, 2x A100, fraction ${memoryFraction}`,
      cloudera,
      '0.10.1',
      A100,
      'Qwen2.5 7B',
      {
        change: {memoryFraction, contextLengthTokens: 16_384, tensorParallelSize: 2},
        weightsGib: 7.1217,
        poolGib: memoryFraction === 0.25 ? 12.02 : 31.83,
        tokens: memoryFraction === 0.25 ? 450_192 : 1_192_160,
      },
    ),
  ),
  start(
    'seen',
    'Qwen2 7B, vLLM 0.10.1, 2x A100 40 GB on two nodes, fraction 0.50',
    cloudera,
    '0.10.1',
    'NVIDIA A100-SXM4-40GB',
    'Qwen2.5 7B',
    {
      change: {memoryFraction: 0.5, contextLengthTokens: 16_384, tensorParallelSize: 2},
      weightsGib: 7.1217,
      poolGib: 11.03,
      tokens: 412_944,
    },
  ),
  start(
    'seen',
    'gpt-oss 120B, vLLM 0.10.1, 4x A100 on four nodes, fraction 0.80',
    cloudera,
    '0.10.1',
    A100,
    'gpt-oss 120B',
    {
      change: {memoryFraction: 0.8, contextLengthTokens: 16_384, tensorParallelSize: 4},
      weightsGib: 17.2217,
      // It printed 2,640,144 tokens: before 0.21 the blocks are divided by the kinds of layers.
      poolGib: 45.32,
    },
  ),
  start(
    'check',
    'Qwen3 Next 80B A3B, vLLM 0.10.2, 2x H200',
    'a public log of a start, 2025-10-23',
    '0.10.2',
    H200,
    'Qwen3 Next',
    {
      change: {tensorParallelSize: 2, contextLengthTokens: 262_144},
      weightsGib: 74.2812,
      // It printed 973,760 tokens: before 0.21 the blocks are divided by the kinds of layers.
      poolGib: 44.59,
    },
  ),
  start(
    'seen',
    'Qwen3 30B A3B FP8, vLLM 0.13.0, 1x GB10, fraction 0.30, FP8 cache',
    'a public log of a start on DGX Spark, 2026-03-18',
    '0.13.0',
    GB10,
    'Qwen3 30B A3B FP8',
    {
      // Its graphs and batches are those of a small GPU: 2,048 tokens and 256 requests.
      change: {memoryFraction: 0.3, contextLengthTokens: 32_768, kvCacheDtype: 'fp8'},
      weightsGib: 29.0435,
      poolGib: 4.04,
      tokens: 88_176,
    },
  ),
  start(
    'check',
    'GLM-5.1 FP8, vLLM 0.19.1, 8x H200, eager',
    'a public bisection of GLM-5.1, 2026-05-19',
    '0.19.1',
    H200,
    'GLM-5.1 FP8',
    // Its fraction is not in the published part of the log.
    {
      change: {tensorParallelSize: 8, contextLengthTokens: 202_752, extraArguments: ['--enforce-eager']},
      weightsGib: 89.39,
    },
  ),
  ...glmOnRtx(),
  start(
    'seen',
    'Qwen3.6 27B NVFP4, vLLM 0.23.1, 1x GB10, fraction 0.70, FP8 cache',
    'a public log of a start on DGX Spark, 2026-07-02',
    '0.23.1',
    GB10,
    'Qwen3.6 27B NVFP4',
    {
      change: {
        visionMode: 'data',
        memoryFraction: 0.7,
        contextLengthTokens: 262_144,
        maxRunningRequests: 8,
        kvCacheDtype: 'fp8',
        extraArguments: ['--max-num-batched-tokens', '65536', '--enable-prefix-caching'],
      },
      weightsGib: 19.78,
      poolGib: 47.84,
      tokens: 1_505_068,
    },
  ),
  start('seen', 'Qwen3.5 4B, vLLM 0.23.0, 1x RTX 4090', tutorial, '0.23.0', RTX4090, 'Qwen3.5 4B', {
    change: {visionMode: 'data', contextLengthTokens: 4096},
    weightsGib: 8.61,
    poolGib: 10.21,
    tokens: 235_706,
  }),
  start('seen', 'MiniCPM5 1B, vLLM 0.23.0, 1x RTX 4090, fraction 0.60', tutorial, '0.23.0', RTX4090, 'MiniCPM5 1B', {
    change: {memoryFraction: 0.6, contextLengthTokens: 4096},
    weightsGib: 2.09,
    poolGib: 11.54,
    tokens: 504_192,
  }),
  ...([0.9, 0.875, 0.75] as const).map((memoryFraction) => {
    const [poolGib, tokens] = {0.9: [14.54, 47_648], 0.875: [12.17, 39_872], 0.75: [0.3, null]}[memoryFraction] as [
      number,
      number | null,
    ];
    const name = `Llama 3.1 70B as FP8, vLLM 0.23.0, 1x RTX PRO 6000, fraction ${memoryFraction}`;
    return start('check', name, baseline70b, '0.23.0', RTX, 'Llama 3.3 70B FP8', {
      // Started from Python, where a batch has twice the tokens.
      change: {memoryFraction, contextLengthTokens: 16_384, extraArguments: ['--max-num-batched-tokens', '16384']},
      weightsGib: 67.7,
      poolGib,
      tokens,
      didStart: tokens !== null,
    });
  }),
  start(
    'seen',
    'Llama 3.1 8B, vLLM 0.26.0, 1x A40, 256 requests',
    'a public comparison of engines on an A40, 2026-08-10',
    '0.26.0',
    'NVIDIA A40',
    'Llama 3.1 8B',
    {change: {contextLengthTokens: 4096, maxRunningRequests: 256}, poolGib: 23.9, tokens: 195_760},
  ),
  // Started from Python with 8,192 tokens in a batch, as its log says.
  start('seen', 'Qwen3.5 0.8B, vLLM 0.28.0, 1x A100, fraction 0.92', studyA100, '0.28.0', A100, 'Qwen3.5 0.8B', {
    change: {
      visionMode: 'data',
      memoryFraction: 0.92,
      contextLengthTokens: 262_144,
      extraArguments: ['--max-num-batched-tokens', '8192'],
    },
    weightsGib: 1.72,
    poolGib: 67.08,
    tokens: 5_788_118,
  }),
  start('seen', 'Qwen3.5 0.8B, vLLM 0.28.0, 1x A100, 32 requests', studyA100, '0.28.0', A100, 'Qwen3.5 0.8B', {
    change: {visionMode: 'data', memoryFraction: 0.85, contextLengthTokens: 8192, maxRunningRequests: 32},
    weightsGib: 1.72,
    poolGib: 61.82,
    tokens: 3_697_198,
  }),
  start('seen', 'Qwen3.8 27B, vLLM 0.28.0, 1x A100, fraction 0.92', studyA100, '0.28.0', A100, 'Qwen3.5 27B', {
    change: {
      visionMode: 'data',
      memoryFraction: 0.92,
      contextLengthTokens: 262_144,
      extraArguments: ['--max-num-batched-tokens', '8192'],
    },
    weightsGib: 51.1,
    poolGib: 18.61,
    tokens: 298_275,
  }),
  start(
    'check',
    'Qwen3 32B, SGLang 0.5.13, 4x RTX 5090, fraction 0.88',
    'a public report on Qwen3 32B on four RTX 5090',
    '0.5.13',
    RTX5090,
    'Qwen3 32B',
    {
      change: {engine: 'sglang', tensorParallelSize: 4, memoryFraction: 0.88, contextLengthTokens: 40_960},
      tokens: 187_069,
    },
  ),
  start(
    'check',
    'Qwen3 32B, SGLang 0.5.19, 1x H100, fraction 0.90',
    'a public benchmark of snapshots, SGLang 0.5.19',
    '0.5.19',
    H100,
    'Qwen3 32B',
    {
      change: {engine: 'sglang', memoryFraction: 0.9, contextLengthTokens: 8192},
      poolGib: 9.54,
      tokens: 39_078,
    },
  ),
  start(
    'check',
    'Qwen3 0.6B, SGLang 0.5.18, 1x H100, fraction 0.30',
    'a public guide to rerankers, 2026-08-22',
    '0.5.18',
    H100,
    'Qwen3 0.6B',
    {
      change: {engine: 'sglang', memoryFraction: 0.3, contextLengthTokens: 40_960},
      tokens: 208_651,
    },
  ),
];

/** One rig's eight starts, of a build with kernels of its own. */
function glmOnRtx(): PublishedStart[] {
  const logged = [
    {ranks: 1, mtp: false, fraction: 0.865, poolGib: 19.55, tokens: 341_504},
    {ranks: 1, mtp: true, fraction: 0.865, poolGib: 18.51, tokens: 319_232},
    {ranks: 2, mtp: false, fraction: 0.865, poolGib: 19.47, tokens: 680_192},
    {ranks: 2, mtp: true, fraction: 0.865, poolGib: 18.42, tokens: 635_520},
    {ranks: 4, mtp: false, fraction: 0.865, poolGib: 19.47, tokens: 1_360_384},
    {ranks: 4, mtp: true, fraction: 0.865, poolGib: 18.42, tokens: 1_271_040},
    {ranks: 8, mtp: false, fraction: 0.865, poolGib: 19.47, tokens: 2_720_768},
    {ranks: 8, mtp: true, fraction: 0.82, poolGib: 14.15, tokens: 1_952_256},
  ];
  const drafting = ['--speculative-config', '{"method":"mtp","num_speculative_tokens":3}'];
  return logged.map(({ranks, mtp, fraction, poolGib, tokens}) =>
    start(
      'seen',
      `GLM-5.1 NVFP4, vLLM 0.20.2, 8x RTX PRO 6000, decode context parallel ${ranks}${mtp ? ', MTP' : ''}`,
      glmRig,
      '0.20.2',
      RTX,
      'GLM-5.1 NVFP4',
      {
        change: {
          tensorParallelSize: 8,
          decodeContextParallelSize: ranks,
          memoryFraction: fraction,
          contextLengthTokens: 202_752,
          maxRunningRequests: 64,
          kvCacheDtype: 'fp8',
          extraArguments: [
            '--max-num-batched-tokens',
            '8192',
            '--max-cudagraph-capture-size',
            '256',
            ...(mtp ? drafting : []),
          ],
        },
        weightsGib: mtp ? 56.62 : 55.67,
        poolGib,
        tokens,
      },
    ),
  );
}
