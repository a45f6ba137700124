import {expect, test} from 'vitest';
import {modelOfConfig} from '../../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../../src/domain/memory/model/config-json/model-config.ts';
import {resolveModel} from '../../../src/domain/memory/model/planned-model.ts';
import {parseNodeSpec} from '../../../src/domain/memory/node-spec.ts';
import {planMemory} from '../../../src/domain/memory/plan/plan-memory.ts';
import {findEngine} from '../../../src/engines/registry.ts';
import {deepseekV32, glm51, qwen35Moe} from '../../domain/memory/model/hybrid-configs.ts';
import {usualSettings} from '../../domain/memory/plan-samples.ts';

function planOf(engineName: string, config: object, spec: string) {
  const read = readModelConfig(JSON.stringify(config), '/models/m/config.json');
  const node = parseNodeSpec(spec);
  const engine = findEngine(engineName);
  if (!read.ok || !node.ok || engine === undefined) throw new Error(`${engineName} on ${spec}`);
  const model = resolveModel('m', 'auto', modelOfConfig('/models/m/config.json', read.value));
  if (!model.ok) throw new Error(model.error.message);
  return planMemory({
    settings: {
      ...usualSettings,
      engine: engineName,
      contextLengthTokens: 8192,
      tensorParallelSize: node.value.gpuCount,
    },
    model: model.value,
    node: node.value,
    engine: engine.memory,
    engineVersion: null,
    learned: null,
  });
}

const code = 'memory.sparse-attention-unsupported';

test.each([
  ['DeepSeek V3.2', deepseekV32, '16xA100'],
  ['GLM 5.1', glm51, '16xA100'],
  ['GLM 5.1', glm51, '32x L40S'],
])('vLLM has no kernel for the sparse attention of %s on %s', (_, config, spec) => {
  const plan = planOf('vllm', config, spec);
  expect(plan.verdict).toBe('does-not-fit');
  expect(plan.findings.map((finding) => finding.code)).toContain(code);
  expect(plan.reason).toContain('sparse attention');
});

test.each([
  ['vllm', deepseekV32, '16xH100'],
  ['vllm', deepseekV32, '8xB200'],
  ['vllm', qwen35Moe, '8xA100'],
  // Not known to refuse it.
  ['sglang', deepseekV32, '16xA100'],
])('%s is not refused on %s', (engine, config, spec) => {
  expect(planOf(engine, config, spec).findings.map((finding) => finding.code)).not.toContain(code);
});
