import {describe, expect, test} from 'vitest';
import type {GpuFrame} from '../../../../src/samples/gpu.ts';
import {isAbsent} from '../../../../src/samples/reading.ts';
import {createFrameAssembler} from '../../../../src/sources/nvidia-smi/stream/frame-assembler.ts';

const withCount = ['count', 'index', 'memory.used'];
const withoutCount = ['index', 'memory.used'];

function assemble(fields: readonly string[], ...lines: readonly string[]) {
  const assembler = createFrameAssembler(fields);
  let nowMs = 0;
  const push = (line: string): readonly GpuFrame[] => {
    nowMs += 10;
    return assembler.push(line, {sampledAtMs: 1_000 + nowMs, monotonicMs: nowMs});
  };
  return {assembler, push, frames: lines.flatMap(push)};
}

function indexes(frame: GpuFrame | undefined): readonly number[] {
  return (frame?.gpus ?? []).map(({index}) => index);
}

describe('a driver that counts its cards', () => {
  test('a frame is complete with its last card, and has the time of its first', () => {
    const {frames} = assemble(withCount, '2, 0, 10', '2, 1, 20', '2, 0, 30', '2, 1, 40');
    expect(frames.map(indexes)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(frames.map(({stamp}) => stamp.monotonicMs)).toEqual([10, 30]);
    expect(frames[0]).toMatchObject({expectedCount: 2, missingIndexes: []});
  });

  test('a missing card is reported', () => {
    const {frames} = assemble(withCount, '3, 0, 1', '3, 2, 1', '3, 0, 1');
    expect(frames).toHaveLength(1);
    expect(frames[0]).toMatchObject({expectedCount: 3, missingIndexes: [1]});
  });

  test('if the count shrinks, the last card of one frame and the first of the next give two frames', () => {
    const {push} = assemble(withCount, '3, 0, 1', '3, 1, 1');
    const frames = push('1, 0, 1');
    expect(frames.map(indexes)).toEqual([[0, 1], [0]]);
    expect(frames.map(({missingIndexes}) => missingIndexes)).toEqual([[2], []]);
  });

  test('a count of 0 is ignored', () => {
    const {frames} = assemble(withCount, '0, 0, 1', '0, 1, 1', '0, 0, 1');
    expect(frames.map(indexes)).toEqual([[0, 1]]);
    expect(isAbsent(frames[0]?.expectedCount ?? 0)).toBe(true);
  });
});

describe('a driver that does not count its cards', () => {
  test('an index that does not increase starts the next frame', () => {
    const {frames} = assemble(withoutCount, '0, 1', '1, 1', '0, 1', '2, 1', '0, 1');
    expect(frames.map(indexes)).toEqual([
      [0, 1],
      [0, 2],
    ]);
    expect(frames.map(({missingIndexes}) => missingIndexes)).toEqual([[], [1]]);
  });

  test('the same index again starts the next frame too', () => {
    const {frames} = assemble(withoutCount, '0, 1', '0, 2', '0, 3');
    expect(frames.map(indexes)).toEqual([[0], [0]]);
  });

  test('half a frame is no frame, however long it waits', () => {
    const {push} = assemble(withoutCount, '0, 1', '1, 1');
    expect(push('2, 1')).toEqual([]);
  });
});

test('of a single card every row is a frame, whatever the driver counts', () => {
  const assembler = createFrameAssembler(withCount, 1);
  const stamp = {sampledAtMs: 0, monotonicMs: 0};
  expect(assembler.push('8, 5, 1', stamp).map(indexes)).toEqual([[5]]);
  expect(assembler.push('8, 5, 2', stamp).map(indexes)).toEqual([[5]]);
});

describe('a card that lost its index', () => {
  const lost = '[GPU is lost], [GPU is lost]';

  test('has the index of its position in the previous frame', () => {
    const {push} = assemble(withoutCount, '0, 1', '2, 1', '3, 1', '0, 1');
    push(lost);
    push('3, 1');
    const [frame] = push('0, 1');
    expect(indexes(frame)).toEqual([0, 2, 3]);
    expect(frame?.gpus[1]?.fault).toBe('GPU is lost');
  });

  test('a frame with fewer cards does not change the positions', () => {
    const {push} = assemble(withoutCount, '0, 1', '2, 1', '3, 1', '0, 1', '3, 1', '0, 1');
    push(lost);
    push('3, 1');
    expect(indexes(push('0, 1')[0])).toEqual([0, 2, 3]);
  });

  test('a frame of the same length changes them', () => {
    const {push} = assemble(withoutCount, '0, 1', '1, 1', '3, 1', '0, 1', '2, 1', '3, 1', '0, 1');
    push(lost);
    push('3, 1');
    expect(indexes(push('0, 1')[0])).toEqual([0, 2, 3]);
  });

  test('without a previous frame has the index after the last row, or 0 as the first', () => {
    const {push} = assemble(withoutCount, lost, '1, 1', lost);
    expect(indexes(push('0, 1')[0])).toEqual([0, 1, 2]);
  });

  test('as the first row of a frame ends the previous frame', () => {
    const {push} = assemble(withCount, '2, 0, 1', '2, 1, 1');
    expect(push('[GPU is lost], [GPU is lost], [GPU is lost]')).toEqual([]);
    expect(indexes(push('2, 1, 1')[0])).toEqual([0, 1]);
  });
});

describe('lines that are not rows', () => {
  test('are counted and skipped; empty ones are not counted', () => {
    const {assembler, frames} = assemble(withCount, '1, 0, 1', 'Failed to initialize NVML', '', '  ', '1, 0, 1');
    expect(frames.map(indexes)).toEqual([[0], [0]]);
    expect(assembler.strayLineCount()).toBe(1);
  });
});

test('a field that was not requested and one that the driver does not support have different reasons', () => {
  const {frames} = assemble(withCount, '1, 0, 1');
  expect(frames[0]?.gpus[0]?.name).toEqual({absent: 'not requested by the stream'});
  expect(frames[0]?.gpus[0]?.memoryTotalBytes).toEqual({absent: 'not supported by this driver'});
});
