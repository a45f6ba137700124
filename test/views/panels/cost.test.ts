import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {absent} from '../../../src/samples/reading.ts';
import {MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {buildConsoleData, buildSnapshot, type DeepPartial, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {pictureOf} from '../draw.ts';

const at = (overrides: DeepPartial<Snapshot>) => buildConsoleData({snapshot: buildSnapshot(overrides)});
const none = absent('no tokens in the window');

describe('the cost panel', () => {
  test('the time of the run is that of its dollars, whatever the clock of the console says', () => {
    const stale = at({takenAtMs: buildSnapshot().takenAtMs - 30 * MS_PER_MINUTE});
    expect(pictureOf('cost', stale, {columns: 56, rows: 7})).toContain('run of 1h 39m: node $43.00');
  });

  test('says whether the node is worth its cost, then why', () => {
    expect(pictureOf('cost', at({}), {columns: 56, rows: 7})).toMatchInlineSnapshot(`
      "
      [Cost vs. API | average of 1m, list prices]
      saves $26.51/h · node $20.00/h · API $46.51/h
      break-even 6,837 tok/s ████████████████████████  233 %
      tokens: node $0.35/M · API $0.81/M
      mix: new 22 % · cached 66 % · out 12 %
      run of 2h 09m: node $43.00 · API $93.00 · saved $50.00
      prices: kimi-k2.7-code API, 2026-11-01
      "
    `);
    expect(pictureOf('cost', at({}), {columns: 36, rows: 2})).toMatchInlineSnapshot(`
      "
      [Cost vs. API | 1m avg, list prices]
      saves $26.51/h · node $20.00/h
      break-even 6,837 tok/s ██████  233 %
      "
    `);
    expect(pictureOf('cost', at({}), {columns: 12, rows: 1})).toContain('saves $26.5');
  });

  test('says loses, not a negative saving', () => {
    const losing = at({cost: {apiUsdPerHour: 12, savingsUsdPerHour: -8}});
    expect(pictureOf('cost', losing, {columns: 56, rows: 1})).toContain('loses $8.00/h');
  });

  test('of an idle node says that it still costs', () => {
    const idle = at({
      cost: {
        apiUsdPerHour: 0,
        savingsUsdPerHour: -20,
        nodeUsdPerMillionTokens: none,
        apiUsdPerMillionTokens: none,
        breakEvenTokensPerSecond: none,
        mix: none,
      },
    });
    expect(pictureOf('cost', idle, {columns: 56, rows: 7})).toMatchInlineSnapshot(`
      "
      [Cost vs. API | average of 1m, list prices]
      loses $20.00/h · node $20.00/h · API $0.00/h
      break-even – no tokens in the window
      tokens: node – · API –
      mix –
      run of 2h 09m: node $43.00 · API $93.00 · saved $50.00
      prices: kimi-k2.7-code API, 2026-11-01
      "
    `);
  });

  test('a ledger that is younger than the run says what it is of', () => {
    const sinceStart = {sinceMs: TEST_NOW_MS - 60_000, nodeUsd: 0.48, apiUsd: 1};
    const data = at({engine: {startedAtMs: TEST_NOW_MS - 3_600_000}, cost: {sinceStart}});
    const picture = pictureOf('cost', data, {columns: 56, rows: 7});
    expect(picture).toContain('counted for 1m 00s: node $0.48');
    expect(picture).not.toContain('run of');
  });

  test('without a node price says where to set it, and what the API would charge', () => {
    const unset = absent('not configured');
    const data = at({
      cost: {
        nodeUsdPerHour: unset,
        savingsUsdPerHour: unset,
        nodeUsdPerMillionTokens: unset,
        breakEvenTokensPerSecond: unset,
        sinceStart: {nodeUsd: unset, apiUsd: 93},
      },
    });
    expect(pictureOf('cost', data, {columns: 56, rows: 7})).toMatchInlineSnapshot(`
      "
      [Cost vs. API | average of 1m, list prices]
      set cost.nodeUsdPerHour in the configuration
      node – · API would be $46.51/h
      tokens: node – · API $0.81/M
      mix: new 22 % · cached 66 % · out 12 %
      run of 2h 09m: node – · API $93.00
      prices: kimi-k2.7-code API, 2026-11-01
      "
    `);
  });

  test('a reason is whole in the narrowest panel of 80 columns', () => {
    const breakEvenOf = (reason: string) => {
      const reasoned = at({cost: {breakEvenTokensPerSecond: absent(reason)}});
      return pictureOf('cost', reasoned, {columns: 36, rows: 2}).split('\n').at(-2);
    };
    expect(breakEvenOf('no tokens in the window')).toBe('break-even – no tokens in the window');
    const long = 'this server does not expose llamacpp:prompt_tokens_cached_total';
    expect(breakEvenOf(long)).toMatch(/^break-even – this server does not…$/);
    const tall = pictureOf('cost', at({cost: {breakEvenTokensPerSecond: absent(long), mix: absent(long)}}), {
      columns: 36,
      rows: 7,
    });
    expect(tall.replaceAll(/\s+/g, ' ')).toContain(`break-even – ${long}`);
    expect(tall).toMatch(/^mix –$/m);
    expect(breakEvenOf('the engine is not serving')).toBe('break-even – engine is not serving');
  });
});
