import fc from 'fast-check';
import {expect, test} from 'vitest';
import {modelOfConfig} from '../../../../src/domain/memory/model/checkpoint.ts';
import {cacheLines} from '../../../../src/domain/memory/plan/cache-arithmetic.ts';
import {divideCard} from '../../../../src/domain/memory/plan/memory-budget.ts';
import type {ArithmeticLine} from '../../../../src/domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {readConfig} from '../model/config-json/read-config.ts';
import {deepseekV32, gptOss20b, kimiLinear, qwen3Next, qwen35Dense} from '../model/hybrid-configs.ts';
import {
  gemma3Large,
  gemma4Dense,
  gemma4Moe,
  llama4Scout,
  mimoFlash,
  nemotronNano,
  step35Flash,
} from '../model/window-configs.ts';
import {H200, planInput} from '../plan-samples.ts';

function linesOf(config: object, change: Partial<LaunchSettings>, engineVersion: string | null): ArithmeticLine[] {
  const place = '/models/m/config.json';
  const onDisk = modelOfConfig(place, readConfig(config));
  const input = planInput(H200, {model: 'm', contextLengthTokens: 8192, ...change}, {engineVersion, onDisk});
  return cacheLines(input, divideCard(input));
}

/** What the numbers of an expression give: explanations in parentheses have no sum, those of numbers do. */
function productOf(expression: string): number {
  const [formula = ''] = expression
    .replace(/(\d),(?=\d{3})/g, '$1')
    .replace('at most ', '')
    .split(';');
  const plain = formula
    .replace(/ \((?![^()]* \+ )[^()]*\)/g, '')
    .replace(/\(([^()]*)\)/g, (_, sum: string) => String(sumOf(sum)));
  return sumOf(plain);
}

function sumOf(text: string): number {
  const product = (part: string) => part.split(' x ').reduce((value, factor) => value * Number.parseFloat(factor), 1);
  return text.split(' + ').reduce((sum, part) => sum + product(part), 0);
}

const multiplied = /^(?:KV bytes per token|Windows|Windows per request|States|State per request)$/;

test('layers that only fill a group are in the line, with the reason', () => {
  const change = {tensorParallelSize: 8, extraArguments: ['--max-num-batched-tokens', '8192']};
  const line = linesOf(gemma3Large, change, '0.28.0').find(({label}) => label === 'Windows per request');
  expect(line?.expression).toBe(
    '60 layers (52, padded to groups of 10) x at most 1,089 blocks of 16 tokens x 16,384 bytes',
  );
  expect(line?.value).toBe(60 * 1089 * 16_384);
});

/** A model of each kind with other numbers of layers and heads. */
const changed = fc
  .record({
    config: fc.constantFrom<Readonly<Record<string, unknown>>>(
      ...[gemma3Large, gemma4Dense, gemma4Moe, llama4Scout, mimoFlash, nemotronNano, step35Flash],
      ...[deepseekV32, gptOss20b, kimiLinear, qwen3Next, qwen35Dense],
    ),
    kvHeads: fc.constantFrom(1, 2, 4, 8, 16),
    windows: fc.array(fc.boolean(), {minLength: 1, maxLength: 80}),
    window: fc.integer({min: 1, max: 9000}),
  })
  .map(({config, kvHeads, windows, window}) => {
    const names = [...windows.map((is) => (is ? 'sliding_attention' : 'full_attention')), 'full_attention'];
    const switches = [...windows.map(Number), 0];
    const below = config['text_config'];
    const tower: Readonly<Record<string, unknown>> = typeof below === 'object' ? {...below} : config;
    const type = String(tower['model_type']);
    const isNamed = /^(?:gpt_oss|gemma|step3p5|llama4)/.test(type);
    const shapes = {
      ...(isNamed ? {layer_types: names, num_hidden_layers: names.length, sliding_window: window} : {}),
      ...(type.startsWith('llama4') ? {attention_chunk_size: window} : {}),
      ...(type === 'mimo_v2_flash'
        ? {
            hybrid_layer_pattern: switches,
            moe_layer_freq: switches.map((_, layer) => (layer === 0 ? 0 : 1)),
            num_hidden_layers: names.length,
            swa_num_key_value_heads: kvHeads,
          }
        : {}),
    };
    return typeof below === 'object' ? {...config, text_config: {...tower, ...shapes}} : {...config, ...shapes};
  });

test('the factors of a line multiply to its bytes, of any model on any engine', () => {
  fc.assert(
    fc.property(
      changed,
      fc.constantFrom('vllm', 'sglang', 'llamacpp'),
      fc.constantFrom(1, 2, 4, 8),
      fc.constantFrom('auto' as const, 'fp8' as const),
      fc.constantFrom('0.12.0', '0.20.0', '0.29.0'),
      fc.boolean(),
      (config, engine, tensorParallelSize, kvCacheDtype, version, isHybridOff) => {
        const extraArguments = engine === 'vllm' && isHybridOff ? ['--disable-hybrid-kv-cache-manager'] : [];
        const lines = linesOf(config, {engine, tensorParallelSize, kvCacheDtype, extraArguments}, version);
        for (const {label, expression, value} of lines.filter((line) => multiplied.test(line.label))) {
          const isEqual = Math.abs(productOf(expression) - value) <= Math.max(1, value * 1e-9);
          expect(isEqual, `${label}: ${expression} is ${productOf(expression)}, not ${value}`).toBe(true);
        }
      },
    ),
    {numRuns: 300},
  );
});
