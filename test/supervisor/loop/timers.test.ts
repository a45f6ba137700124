import {expect, test} from 'vitest';
import {createTimers} from '../../../src/supervisor/loop/timers.ts';
import {eventually} from '../../harness/eventually.ts';

test('a timer fires with the id that it was set with last; a cleared one does not', async () => {
  const fired: string[] = [];
  const timers = createTimers((timer, id) => fired.push(`${timer} ${id}`));
  timers.set('kill', 1, 5);
  timers.set('kill', 2, 5);
  timers.set('memory', 3, 5);
  timers.clear('memory');
  timers.set('probe', 4, 30);
  await eventually(() => fired.length === 2, 'the timers');
  expect(fired).toEqual(['kill 2', 'probe 4']);
  timers.set('drain', 5, 5);
  timers.clearAll();
  timers.set('hang', 6, 30);
  await eventually(() => fired.length === 3, 'the timer after');
  expect(fired.at(-1)).toBe('hang 6');
});
