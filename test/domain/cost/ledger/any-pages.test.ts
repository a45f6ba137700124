import fc from 'fast-check';
import {expect, test} from 'vitest';
import {tokenSources} from '../../../../src/domain/cost/ledger/entries.ts';
import {
  endTokens,
  followTokens,
  openTokenFollower,
  type TokenFollower,
  type TokenPage,
  tokenFollowerSchema,
  withOwnRequestEnded,
  withOwnRequestSent,
} from '../../../../src/domain/cost/ledger/token-totals.ts';
import type {RequestUsage} from '../../../../src/domain/traffic/own-requests/request-claim.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {tokenKinds} from '../../../../src/samples/token-series.ts';

const runs = Number(process.env['GANTRY_LEDGER_RUNS'] ?? 50);
/** Of a follower in its file, whatever the pages and answers were. */
const MOST_CHARACTERS = 64 * 1024;

const value = fc.oneof(
  fc.nat(1_000),
  fc.nat(100_000_000),
  fc.integer({min: Number.MAX_SAFE_INTEGER - 1_000, max: Number.MAX_SAFE_INTEGER}),
);
const seconds = fc.option(fc.double({min: 0, max: 2e9, noNaN: true}));
const series = fc.record({
  kind: fc.constantFrom(...tokenKinds),
  key: fc.oneof(fc.nat(3).map(String), fc.string({maxLength: 40})),
  value,
  createdSeconds: seconds,
});
const page: fc.Arbitrary<TokenPage> = fc.record({
  tokenSeries: fc.uniqueArray(series, {maxLength: 64, selector: ({kind, key}) => `${kind} ${key}`}),
  cachedPromptTokensTotal: fc.constantFrom(1, absent('not exposed')),
  processStartTimeSeconds: seconds.map((start) => start ?? absent('not exposed')),
});
const tokens = fc.oneof(fc.nat(200), fc.double());
const usage: fc.Arbitrary<RequestUsage> = fc.record({
  requests: fc.constantFrom(0, 1),
  promptTokens: tokens,
  cachedPromptTokens: fc.option(tokens),
  generatedTokens: tokens,
  finishReason: fc.constant(null),
});
const step = fc.oneof(
  fc.record({
    page,
    step: fc.record({elapsedMs: fc.option(fc.double({min: 0, max: 1e12, noNaN: true})), isBench: fc.boolean()}),
  }),
  fc.record({sent: fc.nat(20), usage}),
  fc.record({ended: fc.nat(20), usage: fc.option(usage)}),
);

function after(follower: TokenFollower, one: typeof step extends fc.Arbitrary<infer T> ? T : never): TokenFollower {
  if ('page' in one) return followTokens(follower, one.page, one.step);
  return 'sent' in one
    ? withOwnRequestSent(follower, one.sent, one.usage)
    : withOwnRequestEnded(follower, one.ended, one.usage);
}

test('whatever pages and answers say, no total falls, and what is kept is small and can be read back', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, {maxLength: 40}), (isWhole, steps) => {
      let follower = openTokenFollower(isWhole);
      for (const one of steps) {
        const next = after(follower, one);
        for (const source of tokenSources) {
          for (const kind of ['input', 'cached', 'output'] as const)
            expect(next.totals[source][kind]).toBeGreaterThanOrEqual(follower.totals[source][kind]);
        }
        const text = JSON.stringify(next);
        expect(text.length).toBeLessThan(MOST_CHARACTERS);
        expect(JSON.stringify(tokenFollowerSchema.parse(JSON.parse(text)))).toBe(text);
        follower = next;
      }
      expect(endTokens(follower, {isBench: false}).held).toEqual({prompt: 0, cached: 0, output: 0});
    }),
    {numRuns: runs},
  );
});
