import {expect, test} from 'vitest';
import {readStateEvents, withStateEvents} from '../../src/client/kept-state-events.ts';
import {buildEvent} from '../support/build-event.ts';

const event = (id: number, code = 'engine.ready') => buildEvent({id, code});
const idsOf = ({events}: ReturnType<typeof readStateEvents>) => events.map(({id}) => id);

test('those that arrived follow those that were read, each once, and other events are left out', () => {
  const arrived = [event(3), event(4, 'finding.appeared'), event(5, 'supervisor.started'), event(6, 'engine.adopted')];
  const kept = readStateEvents([event(1), event(2, 'gpu.lost'), event(3)], arrived);
  expect(idsOf(kept)).toEqual([1, 2, 3, 5, 6]);
  expect(kept.isCut).toBe(false);
  expect(withStateEvents(kept, [event(7, 'finding.resolved'), event(6)])).toBe(kept);
});

test('the newest of thousands are kept, and it is known that there were more', () => {
  let kept = readStateEvents([event(1)], []);
  for (let id = 2; id <= 3_000; id += 1) kept = withStateEvents(kept, [event(id)]);
  expect([kept.events.length, kept.events[0]?.id, kept.isCut]).toEqual([2_000, 1_001, true]);
  expect(withStateEvents(kept, [event(3_001)]).isCut).toBe(true);
});

test('as many as were requested may not be all', () => {
  expect(readStateEvents([event(1), event(2)], [], 2).isCut).toBe(true);
  expect(readStateEvents([event(1), event(2)], [], 3).isCut).toBe(false);
});
