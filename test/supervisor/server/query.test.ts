import {describe, expect, test} from 'vitest';
import {MAX_EVENTS} from '../../../src/api/event-schema.ts';
import {historySeriesNames} from '../../../src/api/history.ts';
import {
  eventStreamQuerySchema,
  eventsQuerySchema,
  historyQuerySchema,
  logPageQuerySchema,
  logQuerySchema,
  MAX_TAIL,
  parseQuery,
  plainQuerySchema,
} from '../../../src/supervisor/server/query.ts';

const url = (search: string): URL => new URL(`http://gantry/v1/x?${search}`);

test('the requests of a window are asked for without any series', () => {
  expect(parseQuery(historyQuerySchema, url('requests=true'))).toEqual({
    ok: true,
    value: {series: [], gpuSeries: [], windowMs: 3_600_000, requests: true},
  });
});

test('without parameters the defaults apply', () => {
  expect(parseQuery(plainQuerySchema, url(''))).toEqual({ok: true, value: {}});
  expect(parseQuery(logQuerySchema, url(''))).toEqual({ok: true, value: {tail: 200}});
  expect(parseQuery(historyQuerySchema, url(''))).toEqual({
    ok: true,
    value: {series: [...historySeriesNames], gpuSeries: [], windowMs: 3_600_000},
  });
  expect(parseQuery(eventsQuerySchema, url(''))).toEqual({ok: true, value: {sinceMs: 0, limit: 500}});
});

test('parameters are accepted within the limits', () => {
  const [first = '', second = ''] = historySeriesNames;
  expect(parseQuery(plainQuerySchema, url('pretty'))).toEqual({ok: true, value: {pretty: ''}});
  expect(parseQuery(logQuerySchema, url(`tail=${MAX_TAIL}&pretty=1`))).toEqual({
    ok: true,
    value: {tail: MAX_TAIL, pretty: '1'},
  });
  expect(parseQuery(logQuerySchema, url('tail=0'))).toMatchObject({value: {tail: 0}});
  expect(parseQuery(historyQuerySchema, url(`series=${second},${first}&windowMs=1`))).toEqual({
    ok: true,
    value: {series: [second, first], gpuSeries: [], windowMs: 1},
  });
  expect(parseQuery(historyQuerySchema, url('untilMs=5000'))).toMatchObject({value: {untilMs: 5_000}});
  expect(parseQuery(historyQuerySchema, url('gpuSeries=powerDrawWatts'))).toMatchObject({
    value: {series: [], gpuSeries: ['powerDrawWatts']},
  });
  expect(parseQuery(historyQuerySchema, url(`windowMs=${30 * 24 * 3_600_000}`))).toMatchObject({ok: true});
  expect(parseQuery(eventsQuerySchema, url(`sinceMs=1.5&limit=${MAX_EVENTS}`))).toEqual({
    ok: true,
    value: {sinceMs: 1.5, limit: MAX_EVENTS},
  });
  expect(parseQuery(historyQuerySchema, url('gpu=0'))).toMatchObject({value: {gpu: 0}});
  expect(parseQuery(eventsQuerySchema, url('kind=state&limit=1'))).toMatchObject({value: {kind: 'state', limit: 1}});
  expect(parseQuery(eventsQuerySchema, url('limit=1'))).toMatchObject({value: {limit: 1}});
});

describe('an invalid parameter is an error with its name', () => {
  test.each([
    [plainQuerySchema, 'tail=3', 'tail'],
    [logQuerySchema, `tail=${MAX_TAIL + 1}`, 'tail'],
    [logQuerySchema, 'tail=-1', 'tail'],
    [logQuerySchema, 'tail=1.5', 'tail'],
    [logQuerySchema, 'tail=x', 'tail'],
    [logQuerySchema, 'limit=1', 'limit'],
    [historyQuerySchema, 'series=nonsense', 'series'],
    [historyQuerySchema, 'gpuSeries=kvUsageRatio', 'gpuSeries'],
    [historyQuerySchema, 'windowMs=0', 'windowMs'],
    [historyQuerySchema, 'untilMs=1e300', 'untilMs'],
    [historyQuerySchema, 'windowMs=1.5', 'windowMs'],
    [historyQuerySchema, `windowMs=${30 * 24 * 3_600_000 + 1}`, 'windowMs'],
    [historyQuerySchema, 'tail=1', 'tail'],
    [historyQuerySchema, 'gpu=', 'gpu'],
    [historyQuerySchema, 'gpu=%20', 'gpu'],
    [historyQuerySchema, 'gpu=-1', 'gpu'],
    [logQuerySchema, 'tail=', 'tail'],
    [logPageQuerySchema, 'before=', 'before'],
    [eventsQuerySchema, 'sinceMs=', 'sinceMs'],
    [eventsQuerySchema, 'sinceMs=-1', 'sinceMs'],
    [eventsQuerySchema, 'limit=0', 'limit'],
    [eventsQuerySchema, `limit=${MAX_EVENTS + 1}`, 'limit'],
    [eventsQuerySchema, 'limit=2.5', 'limit'],
    [eventsQuerySchema, 'tail=1', 'tail'],
    [eventsQuerySchema, 'kind=finding', 'kind'],
    [eventStreamQuerySchema, 'kind=state', 'kind'],
  ] as const)('%#: %s', (schema, search, name) => {
    expect(parseQuery(schema, url(search))).toMatchObject({
      ok: false,
      error: {status: 400, error: {code: 'api.invalid-query', message: expect.stringContaining(name)}},
    });
  });
});
