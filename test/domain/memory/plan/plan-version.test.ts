import {expect, test} from 'vitest';
import {confidenceText} from '../../../../src/domain/memory/plan/plan-version.ts';

test.each([
  ['installed', 'estimated for vLLM 0.26.0, as installed'],
  ['log', 'estimated for vLLM 0.26.0, as its log says'],
  ['last-start', 'estimated for vLLM 0.26.0, as last started'],
  ['named', 'estimated for vLLM 0.26.0'],
  [undefined, 'estimated for vLLM 0.26.0'],
] as const)('a plan says for which version it is (%s)', (versionOrigin, text) => {
  const engine = {displayName: 'vLLM', version: '0.26.0', versionOrigin};
  expect(confidenceText({confidence: 'estimated', engine})).toBe(text);
});

test('or that none is known', () => {
  const engine = {displayName: 'vLLM', version: null, versionOrigin: 'assumed'} as const;
  expect(confidenceText({confidence: 'calibrated', engine})).toBe('calibrated; no version known: newest assumed');
});
