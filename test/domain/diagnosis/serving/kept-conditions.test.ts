import {describe, expect, test} from 'vitest';
import {defaultFindingThresholds} from '../../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import {
  type KeptConditions,
  keepConditions,
  keptConditionsSchema,
  presentOf,
  recallConditions,
  recallUnanswered,
  resumedServing,
} from '../../../../src/domain/diagnosis/serving/kept-conditions.ts';
import {type ServingConditions, unseenServing} from '../../../../src/domain/diagnosis/serving/serving-conditions.ts';
import {servingFindings} from '../../../../src/domain/diagnosis/serving/serving-findings.ts';
import {unseenStall} from '../../../../src/domain/traffic/forward-progress.ts';
import {lastOf, type PlayOptions, play} from './serving-moments.ts';

type Playing = PlayOptions['at'];
const epochMs = 1_700_000_000_000;
const stampAt = (second: number, monotonicMs = second * 1_000) => ({
  sampledAtMs: epochMs + second * 1_000,
  monotonicMs,
});
const idle: Playing = () => ({
  metrics: {runningRequests: 0, waitingRequests: 0, promptTokensTotal: 7, generationTokensTotal: 9},
});
const queued: Playing = (second) => ({
  metrics: {runningRequests: 64, waitingRequests: 44, promptTokensTotal: second, generationTokensTotal: second},
});

function keep(serving: ServingConditions, second: number, unansweredMs: number | null = null): KeptConditions {
  const kept = keepConditions(
    {serving, stall: unseenStall, unansweredMs, isUnansweredAtLeast: false},
    stampAt(second),
    second * 1_000,
  );
  return keptConditionsSchema.parse(JSON.parse(JSON.stringify(kept)));
}

/** What the next supervisor finds, which starts `gapSeconds` after the last record, with a clock of its own. */
function afterwards(kept: KeptConditions | null, until: number, at: Playing, seconds = 3) {
  const conditions = kept === null ? resumedServing : recallConditions(kept, stampAt(until, 0));
  return lastOf(play({seconds, at, from: {...unseenServing, ...conditions}}));
}

function only(serving: ServingConditions, seconds: number) {
  const context = {
    thresholds: defaultFindingThresholds,
    settings: null,
    gpus: [],
    nodeUsdPerHour: 36,
    idleMicroUsd: 18_000_000,
  };
  const findings = servingFindings(serving, {nowMs: (seconds - 1) * 1_000, ...context});
  expect(findings.length).toBeLessThanOrEqual(1);
  return findings[0] ?? null;
}

const waitingIn = (...args: Parameters<typeof only>) => {
  const finding = only(...args);
  return finding === null ? null : detailsOf(finding, 'engine.requests-waiting');
};
const idleIn = (...args: Parameters<typeof only>) => {
  const finding = only(...args);
  return finding === null ? null : detailsOf(finding, 'engine.idle');
};

describe('a queue, for the next supervisor', () => {
  const kept = keep(lastOf(play({seconds: 600, at: queued})), 600);

  test('is as old as it is, and reported at the first reading', () => {
    const facts = waitingIn(afterwards(kept, 605, queued), 3);
    expect(facts).toMatchObject({waitingRequests: 44, waitedMs: 607_000});
    expect(facts).not.toHaveProperty('isAtLeast');
  });

  test('is a lower bound if it was last read long ago, or never', () => {
    for (const later of [afterwards(kept, 3_600, queued, 60), afterwards(null, 0, queued, 60)]) {
      const facts = waitingIn(later, 60);
      expect(facts).toMatchObject({isAtLeast: true});
      expect(facts?.waitedMs).toBeLessThan(61_000);
      expect(only(later, 60)?.message).toContain('for at least ');
    }
  });

  test('is exact again for a queue whose beginning was seen', () => {
    const at: Playing = (second) => (second === 2 ? idle(second) : queued(second));
    const facts = waitingIn(afterwards(null, 0, at, 60), 60);
    expect(facts).toMatchObject({waitedMs: 56_000});
    expect(facts).not.toHaveProperty('isAtLeast');
  });
});

describe('idle time, for the next supervisor', () => {
  const half = keep(lastOf(play({seconds: 900, at: idle})), 900);
  const long = keep(lastOf(play({seconds: 3_600, at: idle})), 3_600);

  test('continues, with the time in which nobody watched: the counters show that there was no request', () => {
    expect(idleIn(afterwards(long, 3_610, idle), 3)?.idleMs).toBeCloseTo(3_610_000, -4);
    // Not yet reported when it was stored.
    const facts = idleIn(afterwards(half, 4_000, idle), 3);
    expect(facts?.idleMs).toBeCloseTo(4_000_000, -4);
    expect(facts).not.toHaveProperty('isAtLeast');
  });

  test('is over if a request was counted meanwhile; the next one is a lower bound', () => {
    const used: Playing = () => ({
      metrics: {runningRequests: 0, waitingRequests: 0, promptTokensTotal: 8, generationTokensTotal: 10},
    });
    expect(only(afterwards(long, 3_610, used), 3)).toBeNull();
    expect(idleIn(afterwards(long, 3_610, used, 1_900), 1_900)).toMatchObject({isAtLeast: true});
  });

  test('is a lower bound for an engine of which nothing is known, until it is used', () => {
    const finding = only(afterwards(null, 0, idle, 1_900), 1_900);
    expect(finding).toMatchObject({details: {isAtLeast: true}});
    expect(finding?.message).toMatch(/^No request for at least .* the node cost at least \$/);
    const busyFirst: Playing = (second) => (second < 60 ? queued(second) : idle(second));
    expect(idleIn(afterwards(null, 0, busyFirst, 2_000), 2_000)).not.toHaveProperty('isAtLeast');
  });

  test('proves nothing where the engine counts nothing, or the clock was set back', () => {
    const uncounted: Playing = () => ({metrics: {runningRequests: 0, waitingRequests: 0}});
    const kept = keep(lastOf(play({seconds: 3_600, at: uncounted})), 3_600);
    expect(only(afterwards(kept, 3_610, uncounted), 3)).toBeNull();
    expect(only(afterwards(long, 3_000, idle), 3)).toBeNull();
  });
});

test('slow first tokens stay reported over a short gap', () => {
  const condition = {...unseenServing.firstTokens.condition, isRaised: true, sinceMs: 1_000};
  const counted = {requests: 20, slowRequests: 10, boundMs: 10_000, windowMs: 60_000};
  const kept = keep({...unseenServing, firstTokens: {condition, counted}}, 60);
  expect(recallConditions(kept, stampAt(65, 0)).firstTokens).toMatchObject({condition: {isRaised: true}, counted});
  expect(recallConditions(kept, stampAt(95, 0)).firstTokens).toEqual(unseenServing.firstTokens);
});

test('a server that does not answer has not for the time before, and at least since now after a long gap', () => {
  const kept = keep(unseenServing, 60, 1_200_000);
  expect(recallUnanswered(kept, stampAt(65))).toEqual({unansweredMs: 1_205_000});
  const unknown = {unansweredMs: 0, isAtLeast: true};
  expect(recallUnanswered(kept, stampAt(600))).toEqual(unknown);
  expect(recallUnanswered(keep(unseenServing, 60), stampAt(65))).toEqual(unknown);
  expect(recallUnanswered(null, stampAt(65))).toEqual(unknown);
});

describe('the time between two supervisors', () => {
  const kept = keep(unseenServing, 100);
  const HOUR_MS = 3_600_000;

  test.each([HOUR_MS, -HOUR_MS, 0])('is that of the host, also if the clock is set by %i ms', (setByMs) => {
    const now = {sampledAtMs: epochMs + 110_000 + setByMs, monotonicMs: 7};
    expect(presentOf(kept, now, 110_000)).toEqual({sampledAtMs: epochMs + 110_000, monotonicMs: 7});
  });

  test('is that of the clock after a boot, and of what an older version has stored', () => {
    const now = {sampledAtMs: epochMs + 500_000, monotonicMs: 7};
    expect(presentOf(kept, now, 99_999)).toBe(now);
    const {uptimeMs: _, ...older} = kept;
    expect(presentOf(keptConditionsSchema.parse(older), now, 110_000)).toBe(now);
  });
});
