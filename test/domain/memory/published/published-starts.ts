import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {H100, H200} from '../plan-samples.ts';
import {laterStarts} from './later-starts.ts';
import {kimi, type PublishedStart, start} from './published-start.ts';

const A100 = 'NVIDIA A100-SXM4-80GB';
const RTX = 'NVIDIA RTX PRO 6000 Blackwell Server Edition';

const RTX3090 = 'NVIDIA GeForce RTX 3090';
const RTX4090 = 'NVIDIA GeForce RTX 4090';

const setupLog = 'Kimi K2.5 on GCP 8xH100: Setup Log, 2026-02-09';
const recipe = 'vLLM recipes, moonshotai/Kimi-K2-Think.md';
const profiling = 'llm-d-planner, docs/empirical-vllm-memory-results.md';
const accuracy = 'llm-d-planner, accuracy/accuracy_report.md';
const rtxRig = 'rtx6kpro, models/kimi-k26.md';
const aliased = 'a public log of a memory study, 2026-02-03';
const notes4090 = 'public notes on vLLM start-up memory, 2025-09-28';
const projectNotes = 'public notes of a benchmark on 4 GPUs of 24 GB';
const rtxMiniMax = 'rtx6kpro, models/minimax-m25.md';
const notesA100 = 'public notes on models on an A100, 2026-04-18';
const judging = 'DaisukeTakai/eval_dataset, logs of vLLM';
const videoAgent = 'Zzsf11/VideoCuttingAgent, output';
const comparison = 'vllm-project/vllm, issue 21348';

export const publishedStarts: readonly PublishedStart[] = [
  ...laterStarts,
  // Fitted on.
  kimi('fit', 'K2.5, vLLM 0.15.0, 8x H100, fraction 0.95, 64 requests', setupLog, '0.15.0', H100, {
    change: {
      model: 'moonshotai/Kimi-K2.5',
      memoryFraction: 0.95,
      maxRunningRequests: 64,
      contextLengthTokens: 8192,
      extraArguments: ['--block-size', '64'],
    },
    weightsGib: 72.02,
    poolGib: 0.64,
    tokens: 9664,
  }),
  kimi('fit', 'the same at 0.90: the published command on the published node', setupLog, '0.15.0', H100, {
    change: {model: 'moonshotai/Kimi-K2.5', memoryFraction: 0.9, maxRunningRequests: 64},
    weightsGib: 72.02,
    poolGib: -3.32,
    didStart: false,
  }),
  kimi('fit', 'K2 Thinking, vLLM 0.11.1rc, 8x H200, fraction 0.90, requests not limited', recipe, '0.11.1', H200, {
    change: {model: 'moonshotai/Kimi-K2-Thinking', extraArguments: ['--block-size', '64']},
    poolGib: 46.8,
    tokens: 715_072,
  }),
  kimi('fit', 'the same with decode context parallel 8', recipe, '0.11.1', H200, {
    change: {
      model: 'moonshotai/Kimi-K2-Thinking',
      decodeContextParallelSize: 8,
      extraArguments: ['--block-size', '64'],
    },
    poolGib: 46.8,
    tokens: 5_721_088,
  }),
  kimi('fit', 'K2.6, vLLM 0.19, 8x RTX PRO 6000, fraction 0.94, 128 requests, FP8 cache', rtxRig, '0.19.1', RTX, {
    change: rtxKimi(1),
    tokens: 437_264,
  }),
  kimi('fit', 'the same with decode context parallel 4', rtxRig, '0.19.1', RTX, {
    change: rtxKimi(4),
    tokens: 1_686_656,
  }),
  kimi('fit', 'the same with decode context parallel 8', rtxRig, '0.19.1', RTX, {
    change: rtxKimi(8),
    tokens: 3_267_968,
  }),
  start('fit', 'Llama 3.1 8B, vLLM 0.11.0, 1x H100', profiling, '0.11.0', H100, 'Llama 3.1 8B', {
    change: {contextLengthTokens: 16_000},
    weightsGib: 14.99,
    poolGib: 51.38,
  }),
  start('fit', 'Qwen3 0.6B, vLLM 0.11.0, 1x H100', profiling, '0.11.0', H100, 'Qwen3 0.6B', {
    change: {contextLengthTokens: 16_000},
    weightsGib: 1.12,
    poolGib: 64.45,
  }),
  start('fit', 'gpt-oss 20B, vLLM 0.11.0, 1x H100', profiling, '0.11.0', H100, 'gpt-oss 20B', {
    change: {contextLengthTokens: 16_000},
    weightsGib: 13.47,
    poolGib: 50.28,
  }),
  start('fit', 'MiniMax M2.5 FP8, vLLM 0.16, 4x RTX PRO 6000', rtxMiniMax, '0.16.0', RTX, 'MiniMax M2.5', {
    change: {tensorParallelSize: 4, contextLengthTokens: 196_608},
    weightsGib: 53.75,
    poolGib: 23.62,
    tokens: 399_424,
  }),
  start('fit', 'Qwen3 235B FP8, vLLM 0.9.2, 4x H100', comparison, '0.9.2', H100, 'Qwen3 235B A22B FP8', {
    change: {tensorParallelSize: 4, contextLengthTokens: 40_960},
    poolGib: 8.11,
    tokens: 178_880,
  }),
  start('fit', 'Llama 3.1 8B, vLLM 0.19.0, 1x H100, fraction 0.95', accuracy, '0.19.0', H100, 'Llama 3.1 8B', {
    change: {memoryFraction: 0.95, contextLengthTokens: 8192},
    weightsGib: 14.99,
    poolGib: 58.11,
    tokens: 476_000,
  }),
  start('fit', 'the same on 2x H100', accuracy, '0.19.0', H100, 'Llama 3.1 8B', {
    change: {memoryFraction: 0.95, contextLengthTokens: 8192, tensorParallelSize: 2},
    weightsGib: 7.51,
    poolGib: 63.76,
  }),
  start('fit', 'the same on 4x H100', accuracy, '0.19.0', H100, 'Llama 3.1 8B', {
    change: {memoryFraction: 0.95, contextLengthTokens: 8192, tensorParallelSize: 4},
    weightsGib: 3.77,
    poolGib: 67.44,
  }),
  start('fit', 'Qwen2.5 7B, vLLM 0.19.0, 1x H100, fraction 0.95', accuracy, '0.19.0', H100, 'Qwen2.5 7B', {
    change: {memoryFraction: 0.95, contextLengthTokens: 8192},
    weightsGib: 14.25,
    poolGib: 58.53,
    tokens: 1_096_000,
  }),
  // Checked with.
  kimi('check', 'K2.6, vLLM 0.19, 16x RTX PRO 6000, fraction 0.94, 128 requests, FP8 cache', rtxRig, '0.19.1', RTX, {
    gpuCount: 16,
    change: {...rtxKimi(1), tensorParallelSize: 16},
    tokens: 1_507_120,
  }),
  start('check', 'gpt-oss 120B, vLLM 0.11.0, 1x H100', profiling, '0.11.0', H100, 'gpt-oss 120B', {
    // Published as 0.9; its parts add up to 0.95 of the GPU.
    change: {contextLengthTokens: 16_000, memoryFraction: 0.95},
    weightsGib: 64.38,
    poolGib: 3.33,
  }),
  start('check', 'gpt-oss 20B, vLLM 0.19.0, 1x A100, fraction 0.65', notesA100, '0.19.0', A100, 'gpt-oss 20B', {
    change: {memoryFraction: 0.65, contextLengthTokens: 131_072},
    weightsGib: 13.72,
    poolGib: 36.56,
  }),
  start('check', 'Qwen3 32B, vLLM 0.11.0, 1x H100, 16,000 of context', profiling, '0.11.0', H100, 'Qwen3 32B', {
    change: {contextLengthTokens: 16_000},
    weightsGib: 61.03,
    poolGib: 4.45,
  }),
  start('check', 'the same with 32,000 of context', profiling, '0.11.0', H100, 'Qwen3 32B', {
    change: {contextLengthTokens: 32_000},
    weightsGib: 61.03,
    didStart: false,
  }),
  start('check', 'Qwen3 32B, vLLM 0.11.0, 2x H100', profiling, '0.11.0', H100, 'Qwen3 32B', {
    change: {contextLengthTokens: 16_000, tensorParallelSize: 2},
    weightsGib: 30.59,
    poolGib: 34.49,
  }),
  start('check', 'Llama 3.3 70B FP8, vLLM 0.11.0, 2x H100', profiling, '0.11.0', H100, 'Llama 3.3 70B FP8', {
    change: {contextLengthTokens: 16_000, tensorParallelSize: 2},
    weightsGib: 33.88,
    poolGib: 32,
  }),
  start('check', 'the same on 1x H100', profiling, '0.11.0', H100, 'Llama 3.3 70B FP8', {
    change: {contextLengthTokens: 16_000},
    weightsGib: 67.72,
    poolGib: -1.44,
    didStart: false,
  }),
  ...(['0.15.0', '0.16.0'] as const).map((version) =>
    start('check', `Qwen3 14B, vLLM ${version}, 1x H100, fraction 0.95`, accuracy, version, H100, 'Qwen3 14B', {
      change: {memoryFraction: 0.95, contextLengthTokens: 8192},
      weightsGib: 27.52,
      poolGib: 41.94,
    }),
  ),
  start('check', 'Qwen3 14B, vLLM 0.17.0, 1x H100, fraction 0.95', accuracy, '0.17.0', H100, 'Qwen3 14B', {
    change: {memoryFraction: 0.95, contextLengthTokens: 8192},
    weightsGib: 27.52,
    poolGib: 45.34,
  }),
  start('check', 'Qwen3 14B, vLLM 0.18.0, 1x H100, fraction 0.95', accuracy, '0.18.0', H100, 'Qwen3 14B', {
    change: {memoryFraction: 0.95, contextLengthTokens: 8192},
    weightsGib: 27.52,
    poolGib: 45.23,
  }),
  start('check', 'Qwen2.5 7B, vLLM 0.19.0, 2x H100, fraction 0.95', accuracy, '0.19.0', H100, 'Qwen2.5 7B', {
    change: {memoryFraction: 0.95, contextLengthTokens: 8192, tensorParallelSize: 2},
    weightsGib: 7.12,
    poolGib: 63.84,
  }),
  start('check', 'the same on 4x H100', accuracy, '0.19.0', H100, 'Qwen2.5 7B', {
    change: {memoryFraction: 0.95, contextLengthTokens: 8192, tensorParallelSize: 4},
    weightsGib: 3.55,
    poolGib: 67.34,
  }),
  start('check', 'Llama 3.1 8B, vLLM 0.19.0, 2 stages on 2x H100', accuracy, '0.19.0', H100, 'Llama 3.1 8B', {
    change: {memoryFraction: 0.95, contextLengthTokens: 8192, pipelineParallelSize: 2},
    weightsGib: 7.51,
  }),
  start(
    'check',
    'Llama 3.1 8B, vLLM 0.31.0, 1x A100, fraction 0.92',
    'a public notebook of a vLLM baseline, 2026-10-06',
    '0.31.0',
    A100,
    'Llama 3.1 8B',
    {change: {memoryFraction: 0.92, contextLengthTokens: 131_072}, weightsGib: 15, poolGib: 56.21, tokens: 460_496},
  ),
  start(
    'check',
    'Llama 3 8B, vLLM 0.6.4, 1x H100',
    'vllm-project/vllm, pull request 10511',
    '0.6.4',
    H100,
    'Llama 3 8B',
    {change: {contextLengthTokens: 8192}, weightsGib: 14.96, poolGib: 53.29},
  ),
  start(
    'check',
    'Llama 3.1 8B, vLLM 0.7, 1x H100, 131,072 of context',
    'a public book on inference, chapter 4',
    '0.7.3',
    H100,
    'Llama 3.1 8B',
    {change: {contextLengthTokens: 131_072}, weightsGib: 14.99, poolGib: 54.93},
  ),
  start(
    'fit',
    'Qwen3 235B FP8, SGLang 0.4.9, 4x H100, fraction 0.93',
    comparison,
    '0.4.9',
    H100,
    'Qwen3 235B A22B FP8',
    {
      change: {engine: 'sglang', tensorParallelSize: 4, memoryFraction: 0.93, contextLengthTokens: 40_960},
      poolGib: 16.46,
      tokens: 367_404,
    },
  ),
  start('check', 'Qwen3 8B, vLLM 0.15, 1x RTX A6000', aliased, '0.15.0', 'NVIDIA RTX A6000', 'Qwen3 8B', {
    change: {contextLengthTokens: 40_960},
    weightsGib: 15.27,
    poolGib: 25.94,
  }),
  start('check', 'Qwen3 8B FP8, vLLM 0.11, 1x RTX 4090, fraction 0.80', notes4090, '0.11.0', RTX4090, 'Qwen3 8B FP8', {
    change: {memoryFraction: 0.8, contextLengthTokens: 1024},
    weightsGib: 8.8,
    poolGib: 8.6,
  }),
  // Found after the formulas were settled.
  start('check', 'Qwen3 235B FP8, vLLM 0.10.0, 8x H100, FP8 cache', judging, '0.10.0', H100, 'Qwen3 235B A22B FP8', {
    change: {tensorParallelSize: 8, contextLengthTokens: 32_768, kvCacheDtype: 'fp8'},
    weightsGib: 27.67,
    poolGib: 35.74,
    tokens: 1_594_928,
  }),
  start('check', 'Qwen3 32B, vLLM 0.10.0, 8x H100, FP8 cache', judging, '0.10.0', H100, 'Qwen3 32B', {
    change: {tensorParallelSize: 8, contextLengthTokens: 32_768, kvCacheDtype: 'fp8'},
    weightsGib: 7.69,
    poolGib: 55.62,
  }),
  start('check', 'Qwen3 30B A3B, vLLM 0.12.0, 2x H100, 64 requests', videoAgent, '0.12.0', H100, 'Qwen3 30B A3B', {
    change: {tensorParallelSize: 2, contextLengthTokens: 40_960, maxRunningRequests: 64},
    weightsGib: 28.46,
    poolGib: 41.68,
    tokens: 910_464,
  }),
  start('check', 'Qwen2.5 3B, vLLM 0.17.0, 1x RTX 3090', 'KevinHuang8/Augment_QA', '0.17.0', RTX3090, 'Qwen2.5 3B', {
    change: {contextLengthTokens: 4096},
    weightsGib: 5.79,
    poolGib: 14.74,
    tokens: 429_328,
  }),
  start(
    'check',
    'Qwen2.5 14B AWQ, vLLM 0.13.0, 1x RTX 3090',
    'kumaxxp/duo-talk',
    '0.13.0',
    RTX3090,
    'Qwen2.5 14B AWQ',
    {
      change: {contextLengthTokens: 8192},
      weightsGib: 9.38,
      poolGib: 10.39,
      tokens: 56_736,
    },
  ),
  start('fit', 'Qwen3 14B, SGLang, 4x RTX 3090, fraction 0.80', projectNotes, '0.5.9', RTX3090, 'Qwen3 14B', {
    change: {engine: 'sglang', tensorParallelSize: 4, memoryFraction: 0.8, contextLengthTokens: 40_960},
    poolGib: 11.38,
    tokens: 298_447,
  }),
  start(
    'check',
    'DeepSeek R1, SGLang, 8x H200, fraction 0.82',
    'ai-dynamo/aisimulate, pull request 263',
    '0.5.9',
    H200,
    'DeepSeek R1',
    {
      change: {engine: 'sglang', tensorParallelSize: 8, memoryFraction: 0.82, contextLengthTokens: 65_536},
      tokens: 509_000,
    },
  ),
];

function rtxKimi(decodeContextParallelSize: number): Partial<LaunchSettings> {
  return {
    model: 'moonshotai/Kimi-K2.6',
    memoryFraction: 0.94,
    maxRunningRequests: 128,
    kvCacheDtype: 'fp8',
    decodeContextParallelSize,
  };
}
