import type {Architecture} from '../../../../../src/domain/memory/model/architecture.ts';
import {type ModelConfig, readModelConfig} from '../../../../../src/domain/memory/model/config-json/model-config.ts';
import type {ModelProblem} from '../../../../../src/domain/memory/model/model-problem.ts';
import type {Quantization} from '../../../../../src/domain/memory/model/quantization.ts';
import {llama3} from '../config-samples.ts';

export const place = '/models/m/config.json';

/** What a configuration says; throws where it cannot be read. */
export function readConfig(config: unknown): ModelConfig {
  const result = readModelConfig(JSON.stringify(config), place);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** Why a configuration is refused; throws where it is read. */
export function problemOf(config: unknown): ModelProblem {
  const result = readModelConfig(JSON.stringify(config), place);
  if (result.ok) throw new Error('it was read');
  return result.error;
}

export function architectureOf(config: unknown): Architecture {
  return readConfig(config).architecture;
}

/** How Llama 3 is stored with this `quantization_config`. */
export function quantizationOf(quantization_config: unknown): Quantization {
  return readConfig({...llama3, quantization_config}).quantization;
}
