import {describe, expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {buildConsoleData, buildSnapshot, costOfNode, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {pictureOf} from '../draw.ts';

const withCost = (cost: ReturnType<typeof costOfNode>) => buildConsoleData({snapshot: {...buildSnapshot(), cost}});

describe('the table of windows', () => {
  const size = {columns: 116, rows: 12};

  test('has the verdict of an hour, each window, the month at its end, and break-even', () => {
    expect(pictureOf('cost-table', buildConsoleData(), size)).toMatchInlineSnapshot(`
      "
      [Node and API, for the same tokens | list prices of Moonshot kimi-k2.7-code, 2026-11-01]
      saves $26.51/h · node $20.00/h · API $46.51/h
      not serving today 1h 00m, $20.00 · this month 11h 00m, $220.00
                                node           API        saved    node/M     API/M   served   tokens
      last 5 min            $20.00/h      $46.51/h     $26.51/h   $0.35/M   $0.81/M    100 %     4.8M
      last hour             $20.00/h      $46.51/h     $26.51/h   $0.35/M   $0.81/M    100 %    57.2M
      last 24 h              $480.00       $640.01      $160.01   $0.61/M   $0.81/M     96 %   787.6M
      today                  $240.00       $251.16       $11.16   $0.78/M   $0.81/M     92 %   309.1M
      month, from 11-13    $5,040.00     $5,832.14      $792.14   $0.70/M   $0.81/M     96 %     7.2G
      month at its end    ~$8,640.00   ~$10,017.87   ~$1,377.87
      by the worst and the best of 10 complete days: API $9,051.93 to $10,785.67, saved $411.93 to $2,145.67
      break-even 6,837 tok/s ████████████████████████  233 % reached, at the mix of the last hour
      mix: new 22 % · cached 66 % · out 12 %  · thinking – no engine counts thinking tokens apart
      "
    `);
  });

  test('a month of which there are not two days has no end, and says why', () => {
    const projection = absent('one complete day yet; 2 are needed');
    const picture = pictureOf('cost-table', withCost({...costOfNode(), projection}), size);
    expect(picture).toContain('month at its end – one complete day yet; 2 are needed');
  });

  test('a window that is not covered says of how long it is', () => {
    const cost = costOfNode();
    const {day} = cost.windows;
    if ('absent' in day) throw new Error('no day');
    const windows = {...cost.windows, day: {...day, coveredMs: 3 * MS_PER_HOUR + 20 * MS_PER_MINUTE}};
    expect(pictureOf('cost-table', withCost({...cost, windows}), size)).toContain('last 24 h (3h 20m)');
  });

  test('of a node that is down has for how long and what that has cost, now, today and in the month', () => {
    const down = costOfNode({state: 'down', sinceMs: TEST_NOW_MS - 2 * MS_PER_HOUR});
    expect(pictureOf('cost-table', withCost(down), size)).toMatch(
      /down 2h 00m, \$40\.00 · not serving today 3h 00m, \$60\.00 · this month \d+h 00m, \$/,
    );
  });

  test('thinking tokens have a share only where it is measured', () => {
    expect(pictureOf('cost-table', buildConsoleData(), size)).toContain('thinking –');
    const wide = pictureOf('cost-table', buildConsoleData(), {...size, columns: 116});
    expect(wide).toContain('thinking – no engine counts thinking tokens apart');
    const measured = withCost({...costOfNode(), thinkingRatio: 0.38});
    expect(pictureOf('cost-table', measured, size)).toContain("thinking ~38 % of the API's price");
  });
});

test('the days have what the node did, and how much of it nothing has read', () => {
  const cost = costOfNode();
  const days = cost.days.map((day, index) => (index === 1 ? {...day, gapMs: 90 * MS_PER_MINUTE} : day));
  expect(pictureOf('cost-days', withCost({...cost, days}), {columns: 96, rows: 4})).toMatchInlineSnapshot(`
    "
    [By day | UTC]
    day             node       API     saved    served     idle   down   tokens   unread
    11-23 part   $240.00   $251.16    $11.16   11h 00m   1h 00m     0s   309.1M       0s
    11-22        $480.00   $627.45   $147.45   23h 00m   1h 00m     0s   772.2M   1h 30m
    11-21        $480.00   $594.42   $114.42   23h 00m   1h 00m     0s   731.5M       0s
    "
  `);
  expect(pictureOf('cost-days', withCost({...cost, days: []}), {columns: 96, rows: 4})).toContain('nothing is booked');
});

test('what was saved is the difference of the amounts next to it, in each panel', () => {
  const cost = costOfNode();
  const [today] = cost.days;
  const {month} = cost.windows;
  const [api] = 'absent' in month ? [] : month.apis;
  if ('absent' in month || today === undefined || api === undefined) throw new Error('no month');
  // $38.64 less $35.28, although the sums differ by $3.3655.
  const amounts = {nodeMicroUsd: 35_279_600, apiMicroUsd: 38_644_900, savedMicroUsd: 3_365_300};
  const ofApi = {...api, microUsd: amounts.apiMicroUsd, savedMicroUsd: amounts.savedMicroUsd};
  const data = withCost({
    ...cost,
    days: [{...today, ...amounts}],
    windows: {...cost.windows, month: {...month, nodeMicroUsd: amounts.nodeMicroUsd, apis: [ofApi]}},
  });
  for (const panel of ['cost-days', 'price-books', 'cost-table'] as const)
    expect(pictureOf(panel, data, {columns: 116, rows: 12})).toMatch(/\$38\.64 +\$3\.36 /);
});

test('a window of 80 columns has the price of each kind of token, with the digits that it has', () => {
  const cost = costOfNode();
  const priceBooks = cost.priceBooks.map((book) => ({
    ...book,
    name: 'openrouter kimi-k2.7-code',
    cachedInputUsdPerMillionTokens: 0.095,
  }));
  expect(pictureOf('price-books', withCost({...cost, priceBooks}), {columns: 76, rows: 4})).toMatchInlineSnapshot(`
    "
    [Price books | USD per million tokens, list prices]
    API                            hour   month     saved     in  cached    out
    openrouter kimi-k2.7-code  $46.51/h  $5,832   $792.14  $0.95  $0.095  $4.00
    openrouter kimi-k2.7-code  $38.93/h  $4,882  -$158.07  $0.74  $0.095  $3.50
    "
  `);
});

test('a window of 80 columns has both prices of a million tokens, and the tokens of a day', () => {
  const [windows, days] = (['cost-table', 'cost-days'] as const).map((panel) =>
    pictureOf(panel, buildConsoleData(), {columns: 76, rows: 12}),
  );
  expect(windows).toMatch(/ node\/M +API\/M$/m);
  expect(days).toMatch(/ tokens +unread$/m);
});

test('price books stand side by side, and old ones are marked', () => {
  expect(pictureOf('price-books', buildConsoleData(), {columns: 116, rows: 4})).toMatchInlineSnapshot(`
    "
    [Price books | USD per million tokens, list prices]
    API                                        hour    month      saved      in   cached     out             read
    Moonshot kimi-k2.7-code                $46.51/h   $5,832    $792.14   $0.95    $0.19   $4.00       2026-11-01
    OpenRouter moonshotai/kimi-k2.7-code   $38.93/h   $4,882   -$158.07   $0.74    $0.15   $3.50   2026-07-02 old
    "
  `);
});
