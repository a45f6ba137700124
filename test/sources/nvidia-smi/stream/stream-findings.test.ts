import {expect, test} from 'vitest';
import type {StreamEnd} from '../../../../src/sources/nvidia-smi/stream/stream-child.ts';
import {
  isBlinded,
  isTransientEnd,
  streamEndFindings,
} from '../../../../src/sources/nvidia-smi/stream/stream-findings.ts';

const end = (more: Partial<StreamEnd>): StreamEnd => ({
  exitCode: 1,
  startError: null,
  isStuck: false,
  text: '',
  gone: Promise.resolve(),
  ...more,
});
const codes = (more: Partial<StreamEnd>) =>
  streamEndFindings(end(more), 'nvidia-smi').map(({code}) => code.replace('source.nvidia-smi.', ''));
const LOST = 'Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system';

test('a stuck child has priority over everything else, and one that did not start over its text', () => {
  expect(codes({isStuck: true, startError: 'ENOENT', text: LOST})).toEqual(['driver-not-answering']);
  expect(codes({startError: 'ENOENT', text: LOST})).toEqual(['not-found']);
});

test('a critical message is the reason for the end of the stream', () => {
  expect(codes({text: 'No devices were found'})).toEqual(['no-devices']);
  expect(codes({text: LOST})).toEqual(['gpu-lost']);
});

test('a warning is not, and neither is other text', () => {
  expect(codes({text: 'GPU 2: A Double Bit ECC occurred'})).toEqual(['driver-event', 'stream-ended']);
  expect(codes({text: 'text'})).toEqual(['stream-ended']);
  expect(codes({exitCode: null})).toEqual(['stream-ended']);
});

test('the evidence is what it printed, at most 200 characters of it', () => {
  expect(streamEndFindings(end({text: ' \n'}), 'x')[0]).toMatchObject({evidence: null, severity: 'warning'});
  expect(streamEndFindings(end({text: ` ${'y'.repeat(201)}\n`}), 'x')[0]?.evidence).toBe('y'.repeat(200));
});

test('one lost card hides the others only if the query failed', () => {
  expect(isBlinded(end({text: LOST}))).toBe(true);
  expect(isBlinded(end({text: LOST, exitCode: 0}))).toBe(false);
  expect(isBlinded(end({text: LOST, exitCode: null}))).toBe(false);
  expect(isBlinded(end({text: LOST, isStuck: true}))).toBe(false);
  expect(isBlinded(end({text: 'No devices were found'}))).toBe(false);
});

test('one that was killed, exited cleanly, or could not be started for lack of resources is only late', () => {
  expect(
    [{exitCode: null}, {exitCode: 0}, {exitCode: 0, text: ' \n'}, {startError: 'EAGAIN'}].map((more) =>
      isTransientEnd(end(more)),
    ),
  ).toEqual([true, true, true, true]);
  const telling = [{exitCode: 255}, {exitCode: 0, text: LOST}, {startError: 'ENOENT'}, {isStuck: true, exitCode: null}];
  expect(telling.map((more) => isTransientEnd(end(more)))).toEqual([false, false, false, false]);
});
