import {expect, test} from 'vitest';
import {findEngine} from '../../../src/engines/registry.ts';

function problemOf(engine: string, version: string, model: string) {
  return findEngine(engine)?.installation.findVersionProblem(version, model) ?? null;
}

// The published starts of K2 Thinking and K2.5 are of these releases.
test.each([
  ['vllm', '0.11.1rc6', 'moonshotai/Kimi-K2-Thinking'],
  ['vllm', '0.15.0', 'moonshotai/Kimi-K2.5'],
  ['vllm', '0.19.0', 'moonshotai/Kimi-K2.6'],
  ['vllm', '0.19.1', 'moonshotai/Kimi-K2.7-Code'],
  ['sglang', '0.5.5', 'moonshotai/Kimi-K2-Instruct-0905'],
  ['sglang', '0.5.9', 'moonshotai/Kimi-K2.5'],
  ['sglang', '0.5.10', 'moonshotai/Kimi-K2.7-Code'],
  ['vllm', '0.6.0', 'Qwen/Qwen3-8B'],
  ['vllm', '0.1.dev9+g1a2b3c4', 'moonshotai/Kimi-K2.7-Code'],
  ['vllm', 'nightly', 'moonshotai/Kimi-K2.7-Code'],
])('%s %s serves %s, as far as is known', (engine, version, model) => {
  expect(problemOf(engine, version, model)).toBeNull();
});

test.each([
  ['vllm', '0.11.0', 'moonshotai/Kimi-K2-Thinking', '0.11.1'],
  ['vllm', '0.14.1', 'moonshotai/Kimi-K2.5', '0.15.0'],
  ['vllm', '0.15.0', 'moonshotai/Kimi-K2.7-Code', '0.19.1'],
  ['sglang', '0.5.8', '/models/Kimi-K2.5', '0.5.9'],
  ['sglang', '0.5.9', 'moonshotai/Kimi-K2.7-Code', '0.5.10'],
])('%s %s is too old for %s', (engine, version, model, least) => {
  const finding = problemOf(engine, version, model);
  expect(finding).toMatchObject({code: `${engine}.too-old`, severity: 'critical'});
  expect(`${finding?.message} ${finding?.remedy}`.split(least)).toHaveLength(3);
});
