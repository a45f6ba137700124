import {expect, test} from 'vitest';
import {ggufPluginFindings} from '../../../src/engines/vllm/gguf-plugin.ts';
import {catalogCard, H100, knownArchitecture, usualSettings} from '../../domain/memory/plan-samples.ts';

test.each([
  ['0.24.0', true, true],
  ['0.33.0', true, true],
  // The newest release is assumed.
  [null, true, true],
  ['0.23.1', true, false],
  ['0.33.0', false, false],
])('vLLM %s with a GGUF file (%s) needs its plugin: %s', (version, isGguf, isNeeded) => {
  const findings = ggufPluginFindings({
    settings: usualSettings,
    card: catalogCard(H100),
    gpuCount: 1,
    architecture: knownArchitecture(),
    version,
    isGguf,
  });
  expect(findings.map(({code}) => code)).toEqual(isNeeded ? ['memory.gguf-needs-plugin'] : []);
  if (isNeeded) expect(findings[0]?.remedy).toContain('vllm-gguf-plugin');
});
