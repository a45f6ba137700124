import {describe, expect, test} from 'vitest';
import type {Quantile} from '../../../src/domain/traffic/quantile.ts';
import {absent} from '../../../src/samples/reading.ts';
import {contextWarnings} from '../../../src/views/restart/context-warnings.ts';
import {buildSnapshot, type DeepPartial} from '../../support/build-snapshot.ts';

type Sizes = ReturnType<typeof buildSnapshot>['requestSizes'];

function codes(afterTokens: number, requestSizes: DeepPartial<Sizes> = {}, beforeTokens = 262_144): string[] {
  return contextWarnings(buildSnapshot({requestSizes}), beforeTokens, afterTokens).map(({code}) => code);
}

const about = (value: number): Quantile => ({kind: 'interpolated', value, from: value - 1, to: value + 1});
const large: DeepPartial<Sizes> = {prompt: {p99Tokens: about(140_000)}, generation: {p99Tokens: about(8_000)}};

describe('a context', () => {
  test('below the p99 of prompt and output together refuses such requests', () => {
    expect(codes(147_999, large)).toContain('below-large-requests');
    expect(codes(148_000, large)).not.toContain('below-large-requests');
    const [warning] = contextWarnings(buildSnapshot({requestSizes: large}), 262_144, 131_072);
    expect(warning).toMatchObject({severity: 'critical'});
    expect(warning?.message).toContain('~148,000 tokens');
  });

  test('is compared with the prompts alone where outputs are unknown, and with nothing where prompts are', () => {
    const unknown = absent('the engine does not report it');
    expect(codes(139_999, {...large, generation: {p99Tokens: unknown}})).toContain('below-large-requests');
    expect(codes(140_000, {...large, generation: {p99Tokens: unknown}})).not.toContain('below-large-requests');
    expect(codes(64_000, {prompt: {p99Tokens: unknown}})).toEqual(['below-configured-clients']);
  });

  test('is not compared with an upper limit, and with a lower one as far as it goes', () => {
    const below: Quantile = {kind: 'below', value: 200_000};
    const above: Quantile = {kind: 'above', value: 200_000};
    const none = absent('the engine does not report it');
    expect(codes(131_072, {prompt: {p99Tokens: below}, generation: {p99Tokens: none}})).not.toContain(
      'below-large-requests',
    );
    expect(codes(131_072, {prompt: {p99Tokens: above}, generation: {p99Tokens: none}})).toContain(
      'below-large-requests',
    );
  });

  test('below 64,000 tokens fails agents that need it, whatever was observed', () => {
    const none = {prompt: {p99Tokens: absent('nothing measured in this window')}};
    expect(codes(63_999, none)).toEqual(['below-agents', 'below-configured-clients']);
    expect(codes(64_000, none)).toEqual(['below-configured-clients']);
  });

  test('below what a connected agent needs names the agent, its file and the tokens, and nothing general', () => {
    const agent = {name: 'Hermes Agent', file: '/home/op/.hermes/config.yaml', neededContextTokens: 64_000};
    const warningsAt = (afterTokens: number, isConnected: boolean) =>
      contextWarnings(buildSnapshot({agents: [{...agent, isConnected}]}), 131_072, afterTokens).filter(({code}) =>
        code.includes('agent'),
      );
    const [warning, ...others] = warningsAt(63_999, true);
    expect(others).toEqual([]);
    expect(warning).toMatchObject({code: 'below-connected-agent', severity: 'critical'});
    for (const part of [agent.name, agent.file, '64,000']) expect(warning?.message).toContain(part);
    expect(warningsAt(63_999, false)).toMatchObject([{code: 'below-agents'}]);
    expect(warningsAt(64_000, true)).toEqual([]);
    expect(contextWarnings(buildSnapshot({agents: []}), 1, 1)).not.toContainEqual(
      expect.objectContaining({code: 'below-agents'}),
    );
  });

  test('that does not get shorter cuts off no configured client', () => {
    const none = {prompt: {p99Tokens: absent('nothing measured in this window')}};
    expect(codes(131_072, none, 131_072)).toEqual([]);
    expect(codes(32_768, none, 32_768), 'it was too short for agents before').toEqual(['below-agents']);
  });
});
