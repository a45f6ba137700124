import fc from 'fast-check';
import {expect, test} from 'vitest';
import {type TokenCounts, type TokenTotals, tokenSources} from '../../../../src/domain/cost/ledger/entries.ts';
import {type Amounts, MOST_OF_PROBE, ServedEngine, type Step} from './served-engine.ts';

const runs = Number(process.env['GANTRY_LEDGER_RUNS'] ?? 100);

const core = fc.nat(7);
const work = (prompt: number, output: number) =>
  fc
    .record({prompt: fc.nat(prompt), cached: fc.nat(prompt), output: fc.nat(output)})
    .map((amounts) => ({...amounts, cached: Math.min(amounts.cached, amounts.prompt)}));

const calm: fc.Arbitrary<Step> = fc.oneof(
  {weight: 4, arbitrary: fc.record({type: fc.constant('serve' as const), core, work: work(200_000, 20_000)}).map(flat)},
  {weight: 4, arbitrary: fc.record({type: fc.constant('read' as const), missing: fc.option(core, {freq: 2})})},
  {weight: 2, arbitrary: fc.record({type: fc.constant('reset' as const), core})},
  {weight: 1, arbitrary: fc.constant({type: 'bench' as const})},
);
const probe: fc.Arbitrary<Step> = fc
  .record({type: fc.constant('probe' as const), core, work: work(MOST_OF_PROBE.prompt, MOST_OF_PROBE.output)})
  .map(flat);
const recall: fc.Arbitrary<Step> = fc.constant({type: 'recall'});

function flat<T extends 'serve' | 'probe'>({type, core: at, work: amounts}: {type: T; core: number; work: Amounts}) {
  return {type, core: at, ...amounts};
}

const tokens = ({input, cached, output}: TokenCounts): Amounts => ({prompt: input + cached, cached, output});

function sumOf(amounts: readonly Amounts[]): Amounts {
  return amounts.reduce((sum, one) => ({
    prompt: sum.prompt + one.prompt,
    cached: sum.cached + one.cached,
    output: sum.output + one.output,
  }));
}

const allOf = (totals: TokenTotals): Amounts => sumOf(tokenSources.map((source) => tokens(totals[source])));

function expectRisen(before: TokenTotals, after: TokenTotals): void {
  for (const source of tokenSources) {
    for (const kind of ['input', 'cached', 'output'] as const)
      expect(after[source][kind]).toBeGreaterThanOrEqual(before[source][kind]);
  }
}

function run(engine: ServedEngine, steps: readonly Step[]): void {
  for (const step of steps) {
    const before = engine.follower.totals;
    engine.step(step);
    expectRisen(before, engine.follower.totals);
  }
  engine.settle();
}

test('all tokens are counted exactly once, over restarts of cores and of the supervisor, at any step', () => {
  fc.assert(
    fc.property(
      fc.integer({min: 1, max: 8}),
      fc.boolean(),
      fc.array(fc.oneof({weight: 8, arbitrary: calm}, probe, recall), {maxLength: 60}),
      (cores, tellsCreation, steps) => {
        const engine = new ServedEngine(cores, tellsCreation);
        run(engine, steps);
        const {client, own, bench} = engine.truth;
        const counted = allOf(engine.follower.totals);
        expect({...counted, cached: counted.cached + waitingIn(engine)}).toEqual(sumOf([client, own, bench]));
        // Of a request whose answer nobody read, at most what it may use is counted for somebody else.
        const lost = steps.filter(({type}) => type === 'recall').length + 1;
        const ownTokens = tokens(engine.follower.totals.own);
        expect(Math.abs(ownTokens.prompt - own.prompt)).toBeLessThanOrEqual(lost * MOST_OF_PROBE.prompt);
        expect(Math.abs(ownTokens.output - own.output)).toBeLessThanOrEqual(lost * MOST_OF_PROBE.output);
      },
    ),
    {numRuns: runs},
  );
});

test('of requests whose answers are read, Gantry\u2019s tokens are exact by kind, also where clients are served too', () => {
  fc.assert(
    fc.property(
      fc.integer({min: 1, max: 8}),
      fc.array(fc.oneof({weight: 2, arbitrary: calm.filter(isWithoutGaps)}, probe), {maxLength: 60}),
      (cores, steps) => {
        const engine = new ServedEngine(cores, true);
        run(engine, steps);
        const {client, own, bench} = engine.follower.totals;
        expect(tokens(own)).toEqual(engine.truth.own);
        const others = sumOf([tokens(client), tokens(bench)]);
        expect({...others, cached: others.cached + waitingIn(engine)}).toEqual(
          sumOf([engine.truth.client, engine.truth.bench]),
        );
        expect(Math.max(...Object.values(engine.follower.carried))).toBeLessThanOrEqual(MOST_OF_PROBE.prompt);
      },
    ),
    {numRuns: runs},
  );
});

/** Cached tokens that wait for more prompt tokens. */
function waitingIn({follower: {carried}}: ServedEngine): number {
  return carried.client + carried.own + carried.bench;
}

function isWithoutGaps(step: Step): boolean {
  return step.type !== 'read' || step.missing === null;
}
