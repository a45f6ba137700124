import {expect, test} from 'vitest';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {ownReserve} from '../../../src/engines/sglang/own-reserve.ts';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {catalogCard, H200, knownArchitecture, usualSettings} from '../../domain/memory/plan-samples.ts';
import {publishedModel} from '../../domain/memory/published/published-models.ts';

const RTX3090 = 'NVIDIA GeForce RTX 3090';
const kimi = knownArchitecture();
const {architecture: qwen} = publishedModel('Qwen3 14B');

function reserveMib(
  card: string,
  change: Partial<LaunchSettings>,
  version: string | null,
  architecture = kimi,
): number {
  const input = {card: catalogCard(card), architecture, version};
  return ownReserve({...usualSettings, engine: 'sglang', ...change}, input).bytes / BYTES_PER_MIB;
}

test.each([
  // 512 + 1.5 x chunk + 128 per GPU + 2 x requests of the largest graph; 8 for each of 42 or 50 sizes of prefills.
  ['0.5.18', 1, 512 + 3072 + 128 + 48],
  ['0.5.19', 1, 512 + 3072 + 128 + 48 + 8 * 42],
  ['0.5.20', 1, 512 + 6144 + 128 + 96 + 8 * 50],
  ['0.5.18', 4, 512 + 3072 + 512 + 160],
  [null, 4, 512 + 6144 + 512 + 320 + 8 * 50],
])('SGLang %s on %i GPUs of 24 GB has its own prefill chunk and graphs', (version, tensorParallelSize, mib) => {
  expect(reserveMib(RTX3090, {tensorParallelSize}, version, qwen)).toBe(mib);
});

const usual = 512 + 1.5 * 8192 + 1024 + 1024;

test('none with latent attention on B200, where trtllm_mla computes it', () => {
  expect(reserveMib('NVIDIA B200', {}, null)).toBe(512 + 1.5 * 16_384 + 1024 + 1024);
});

test.each<[string, Partial<LaunchSettings>, string | null, number]>([
  ['graphs of prefills with latent attention since 0.5.19', {}, '0.5.19', 1536],
  ['and in a release that is not named', {}, null, 1536],
  ['none before', {}, '0.5.18', 0],
  ['none with pipeline stages', {tensorParallelSize: 4, pipelineParallelSize: 2}, null, 0],
  ['none where ranks share the cache', {decodeContextParallelSize: 8}, null, 0],
  ['none of a multimodal model with data-parallel attention', {dataParallelSize: 8}, null, 0],
  ['none where they are turned off', {extraArguments: ['--disable-prefill-cuda-graph']}, null, 0],
  ['none with the backend that has none', {extraArguments: ['--cuda-graph-backend-prefill', 'disabled']}, null, 0],
])('%s', (_, change, version, mib) => {
  expect(reserveMib(H200, change, version)).toBe(usual + mib);
});
