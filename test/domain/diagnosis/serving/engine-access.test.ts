import {expect, test} from 'vitest';
import {
  accessFinding,
  type EngineAccess,
  listeningText,
} from '../../../../src/domain/diagnosis/serving/engine-access.ts';

const wide: EngineAccess = {addresses: ['0.0.0.0'], port: 8000, isWide: true, guard: 'open'};

const cases: readonly (readonly [Partial<EngineAccess>, string | undefined, string | undefined])[] = [
  [{}, 'engine.open-to-network', 'critical'],
  [{guard: 'partly'}, 'engine.key-guards-partly', 'warning'],
  [{guard: 'key'}, undefined, undefined],
  [{guard: 'unknown'}, undefined, undefined],
  [{addresses: ['127.0.0.1'], isWide: false}, undefined, undefined],
  [{addresses: ['127.0.0.1'], isWide: false, guard: 'partly'}, undefined, undefined],
];

test.each(cases)('an engine with %j: %s', (change, code, severity) => {
  const finding = accessFinding({...wide, ...change}, null);
  expect([finding?.code, finding?.severity]).toEqual([code, severity]);
});

test('addresses are shown as they can be typed', () => {
  expect(listeningText(wide)).toBe('0.0.0.0:8000');
  expect(listeningText({addresses: ['::', '10.0.0.7'], port: 1})).toBe('[::]:1 and 10.0.0.7:1');
});
