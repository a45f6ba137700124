import {expect, test} from 'vitest';
import {endLeftChildren, READER_VARIABLE, readerMark} from '../../../../src/sources/nvidia-smi/stream/left-children.ts';
import {isAlive, startProcess, startTimeOf, untilGone} from '../../../harness/processes.ts';

const started = (mark: string | null): number => {
  const env = {...process.env, ...(mark === null ? {} : {[READER_VARIABLE]: mark})};
  return startProcess('sleep', ['600'], {env}).pid;
};

test('only marked processes whose reader has exited are ended', async () => {
  const [, , namespace = ''] = readerMark.split(':');
  const gone = startProcess('true');
  await gone.ended;
  const kept = [
    started(null),
    started(readerMark),
    started('garbage'),
    // A reader of another pid namespace, where this pid is another process.
    started(`${gone.pid}:1:1`),
  ];
  const left = [
    started(`${gone.pid}:1:${namespace}`),
    // The pid of the reader is that of another process by now.
    started(`${process.pid}:${Number(startTimeOf(process.pid)) - 1}:${namespace}`),
  ];
  expect([...endLeftChildren()].filter((pid) => [...kept, ...left].includes(pid)).toSorted()).toEqual(left.toSorted());
  for (const pid of left) await untilGone(pid, 'a left child');
  expect(kept.filter(isAlive)).toEqual(kept);
});
