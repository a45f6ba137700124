import {expect, test} from 'vitest';
import {type PlanOutcome, planOutcome} from '../../../src/domain/memory/plan/plan-outcome.ts';
import {vllmMemory} from '../../../src/engines/vllm/memory.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {calibrationText} from '../../../src/views/plan/calibration-text.ts';
import {usualSettings} from '../../domain/memory/plan-samples.ts';
import {planOf} from '../../support/plan-of.ts';

function outcome(runId: string, poolGib: number, tokens: number, usedGib: number | null): PlanOutcome {
  const found = planOutcome({
    runId,
    atMs: Date.UTC(2026, 10, 23, 9, 30),
    plan: planOf(usualSettings, '8xH200'),
    engine: vllmMemory,
    engineVersion: '0.25.1',
    facts: {
      weightsBytesPerGpu: 72.02 * BYTES_PER_GIB,
      kvCachePoolBytesPerGpu: poolGib * BYTES_PER_GIB,
      kvCapacityTokens: tokens,
    },
    usedBytes: usedGib === null ? null : usedGib * BYTES_PER_GIB,
  });
  if (found === null) throw new Error('nothing was learned');
  return found;
}

test('measurements are shown by kind of start, with the error of every past prediction and no mean of signed errors', () => {
  const text = calibrationText([outcome('b', 52.1, 796_080, 127.3), outcome('a', 50.5, 771_728, null)]);
  expect(`\n${text}\n`).toMatchInlineSnapshot(`
    "
    vLLM 0.25.1 on NVIDIA H200, tensor parallel 8
      2 starts, overhead 1.9 GiB per GPU

      start (UTC)       plan           weights GiB      pool GiB              tokens
      2026-11-23 09:30  estimated     72.0 -0.27 %  52.1 -8.52 %     796,080 -8.52 %
      2026-11-23 09:30  estimated     72.0 -0.27 %  50.5 -5.62 %     771,728 -5.64 %

      quantity   mean absolute error       worst
      weights                 0.27 %     -0.27 %
      pool                    7.07 %     -8.52 %
      tokens                  7.08 %     -8.52 %
      used                    0.45 %     -0.45 %

    Errors are planned minus measured, per GPU. used is nvidia-smi on the fullest
    GPU when the engine was ready.
    "
  `);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('a node without a start says what will calibrate it', () => {
  expect(calibrationText([])).toContain('After each start');
});
