import {expect, test} from 'vitest';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {H100, H200, planInput} from '../../../domain/memory/plan-samples.ts';
import {type PublishedModel, publishedModel} from '../../../domain/memory/published/published-models.ts';

function planned(
  engineVersion: string,
  change: Partial<LaunchSettings> = {},
  shapes: PublishedModel = 'Llama 3.1 8B',
  card = H200,
) {
  const settings = {model: shapes, tensorParallelSize: 1, contextLengthTokens: 8192, ...change};
  return planMemory(
    planInput(card, settings, {
      gpuCount: 1,
      engineVersion,
      onDisk: publishedModel(shapes),
    }),
  );
}

function reserveGib(...start: Parameters<typeof planned>): number {
  return planned(...start).perGpu.reserveBytes / BYTES_PER_GIB;
}

// The constants of the reserve were fitted to this very start: it shows that they still give its figure, not that they are right.
test('a start of 0.26 on an H200 used 129.05 GiB once it was ready, 2.3 of them beyond budget and context', () => {
  const {totalBytes, outsideBytes, reserveBytes} = planned('0.26.0').perGpu;
  expect((totalBytes + outsideBytes) / BYTES_PER_GIB).toBeCloseTo(126.7, 1);
  expect((totalBytes + outsideBytes + reserveBytes) / BYTES_PER_GIB).toBeCloseTo(129.05, 1);
});

test('graphs count unless the engine is eager, and the sampler by its requests', () => {
  expect(reserveGib('0.26.0')).toBeCloseTo(0.98 + 1.32, 2);
  expect(reserveGib('0.26.0', {extraArguments: ['--enforce-eager']})).toBeCloseTo(1.32, 2);
  expect(reserveGib('0.26.0', {maxRunningRequests: 64, extraArguments: ['--enforce-eager']})).toBeCloseTo(0.083, 3);
});

test('the first model runner, and the second since 0.29, measure what they take', () => {
  expect(reserveGib('0.19.0')).toBe(0);
  expect(reserveGib('0.29.0')).toBe(0);
  expect(reserveGib('0.26.0', {}, 'gpt-oss 20B')).toBe(0);
});

test('a fraction that leaves less than that is warned of, with one that leaves enough', () => {
  const findings = (memoryFraction: number) =>
    planned('0.26.0', {memoryFraction}, 'Llama 3.1 8B', H100).findings.filter(
      ({code}) => code === 'memory.fraction-too-high',
    );
  expect(findings(0.95)).toEqual([]);
  const [finding] = findings(0.965);
  expect(finding).toMatchObject({severity: 'warning', settingsChange: {memoryFraction: 0.95}});
  expect(planned('0.19.0', {memoryFraction: 0.965}, 'Llama 3.1 8B', H100).findings).not.toContainEqual(
    expect.objectContaining({code: 'memory.fraction-too-high'}),
  );
});
