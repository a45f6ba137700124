import {expect, test} from 'vitest';
import {playSteps} from '../../../src/simulator/process/play-steps.ts';
import {StartClock} from '../../../src/simulator/process/start-clock.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const clock = () => new StartClock({directory: temporaryDirectory('play-steps'), speed: 1e9});

test('a step waits until the one before is done, also if both are overdue: an engine that says it is ready has its port open', async () => {
  const done: string[] = [];
  const isOpen = Promise.withResolvers<void>();
  const steps = [
    {
      atMs: 1,
      run: async () => {
        await isOpen.promise;
        done.push('port open');
      },
    },
    {atMs: 2, run: () => void done.push('ready')},
  ];
  const isUp = playSteps(steps, clock(), () => false);
  setImmediate(isOpen.resolve);
  expect(await isUp).toBe(true);
  expect(done).toEqual(['port open', 'ready']);
});

test('nothing follows a step in which the start fails', async () => {
  let isFailed = false;
  const done: string[] = [];
  const fail = async () => {
    await Promise.resolve();
    isFailed = true;
  };
  const steps = [
    {atMs: 1, run: fail},
    {atMs: 2, run: () => void done.push('ready')},
  ];
  expect(await playSteps(steps, clock(), () => isFailed)).toBe(false);
  expect(done).toEqual([]);
});
