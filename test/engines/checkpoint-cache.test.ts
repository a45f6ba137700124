import {expect, test} from 'vitest';
import {modelOfConfig} from '../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../src/domain/memory/model/config-json/model-config.ts';
import {planMemory} from '../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../src/domain/settings/launch-settings.ts';
import {glm51, glm51Modelopt} from '../domain/memory/model/hybrid-configs.ts';
import {planInput} from '../domain/memory/plan-samples.ts';

const B200 = 'NVIDIA B200';
const H200 = 'NVIDIA H200';

function planOf(quantization: object, change: Partial<LaunchSettings>, card = B200) {
  const separate = {text: JSON.stringify({quantization}), place: '/m/hf_quant_config.json'};
  const {quantization_config: _, ...shapes} = glm51;
  const read = readModelConfig(JSON.stringify(shapes), '/m/config.json', separate);
  if (!read.ok) throw new Error(read.error.message);
  const settings = {contextLengthTokens: 65_536, ...change};
  return planMemory(planInput(card, settings, {onDisk: modelOfConfig('/m', read.value)}));
}

const ofModelopt = glm51Modelopt.quantization;
const {kv_cache_quant_algo: __, ...withoutCache} = ofModelopt;
const fp8 = 78 * (656 + 132);
const bf16 = 78 * (1152 + 132);

const ofScheme = {...withoutCache, kv_cache_scheme: {num_bits: 8, type: 'float', dynamic: false}};
const ofNull = {...withoutCache, kv_cache_quant_algo: null};

test.each<
  [
    engine: string,
    says: string,
    quantization: object,
    dtype: LaunchSettings['kvCacheDtype'],
    bytes: number,
    card?: string,
  ]
>([
  ['vllm', 'FP8', ofModelopt, 'auto', fp8],
  ['sglang', 'FP8', ofModelopt, 'auto', fp8],
  ['vllm', 'a scheme of 8 bits', ofScheme, 'auto', fp8],
  ['vllm', 'FP8', ofModelopt, 'bf16', bf16],
  ['sglang', 'FP8', ofModelopt, 'bf16', bf16],
  ['vllm', 'nothing', withoutCache, 'auto', bf16],
  ['sglang', 'null', ofNull, 'auto', bf16, H200],
  // On Blackwell, SGLang's own choice for sparse attention is FP8.
  ['sglang', 'null', ofNull, 'auto', fp8, B200],
])('the cache in %s of a checkpoint that says %s', (engine, _says, quantization, kvCacheDtype, bytes, card) => {
  expect(planOf(quantization, {engine, kvCacheDtype}, card).kvCache.bytesPerToken).toBe(bytes);
});

test("NVIDIA's repack of Kimi K2.7 Code starts with the whole context on four B200, as it is published", () => {
  const model = 'nvidia/Kimi-K2.7-Code-NVFP4';
  const plan = planMemory(planInput(B200, {model, tensorParallelSize: 4}, {gpuCount: 4}));
  expect(plan.verdict).not.toBe('does-not-fit');
  expect(plan.kvCache.bytesPerToken).toBe(61 * 576);
  // It is in FP8 already.
  expect(plan.findings.map(({code}) => code)).not.toContain('memory.fp8-cache-doubles');
});
