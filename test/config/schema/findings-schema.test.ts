import {describe, expect, test} from 'vitest';
import {configurationSchema} from '../../../src/config/configuration.ts';
import {findingsSchema, toFindingThresholds} from '../../../src/config/schema/findings-schema.ts';
import {defaultFindingThresholds} from '../../../src/domain/diagnosis/conditions/finding-thresholds.ts';

describe('the section findings', () => {
  test('has the default thresholds where nothing is set', () => {
    expect(toFindingThresholds(configurationSchema.parse({}).findings)).toEqual(defaultFindingThresholds);
  });

  test('is in GiB, minutes and seconds; null switches a finding off', () => {
    const findings = findingsSchema.parse({
      memoryGrowthGibPerHour: 0.5,
      memoryGrowthWindowMinutes: 3,
      memoryBeyondPlanGib: 0.25,
      memoryGrewGib: null,
      waitingRequests: null,
      waitingSeconds: 5,
      timeToFirstTokenSeconds: 1.5,
      timeToFirstTokenQuantile: 0.99,
      timeToFirstTokenMissedSeconds: 7,
      idleMinutes: null,
      noStepSeconds: 30,
      metricsUnreadSeconds: 0,
      noticeMinutes: 2,
      canaryMinutes: 10,
      resolvedRatio: 1,
      resolvedSeconds: 2,
    });
    expect(toFindingThresholds(findings)).toEqual({
      memoryGrowth: {bytesPerHour: 2 ** 29, windowMs: 180_000},
      memoryBeyondPlan: {bytes: 2 ** 28},
      memoryGrew: {bytes: null},
      waiting: {requests: null, raiseAfterMs: 5_000},
      firstToken: {targetMs: 1_500, quantile: 0.99, raiseAfterMs: 7_000},
      idle: {raiseAfterMs: null},
      noStep: {raiseAfterMs: 30_000},
      unreadMetrics: {raiseAfterMs: 0},
      notice: {holdMs: 120_000},
      canary: {intervalMs: 600_000},
      resolve: {belowRatio: 1, afterMs: 2_000},
    });
  });

  test.each([
    {memoryGrowthGibPerHour: 0},
    {memoryGrowthWindowMinutes: 0},
    {memoryGrowthWindowMinutes: 0.1},
    {memoryBeyondPlanGib: 0},
    {memoryGrewGib: -1},
    {waitingRequests: 1.5},
    {waitingSeconds: -1},
    {timeToFirstTokenQuantile: 1},
    {timeToFirstTokenQuantile: 0},
    {idleMinutes: 0},
    {canaryMinutes: 0},
    {noStepSeconds: 0},
    {noticeMinutes: 0},
    {metricsUnreadSeconds: -1},
    {resolvedRatio: 0},
    {resolvedRatio: 1.1},
    {resolvedSeconds: -1},
  ])('refuses %j', (findings) => {
    expect(findingsSchema.safeParse(findings).success).toBe(false);
  });
});
