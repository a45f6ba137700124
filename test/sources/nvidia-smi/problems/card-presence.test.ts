import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {GpuFrame} from '../../../../src/samples/gpu.ts';
import {createLineSplitter} from '../../../../src/shared/line-splitter.ts';
import {buildGpu} from '../../../../src/sources/nvidia-smi/parse/build-gpu.ts';
import {missingIndexes} from '../../../../src/sources/nvidia-smi/problems/card-findings.ts';
import {CardPresence} from '../../../../src/sources/nvidia-smi/problems/card-presence.ts';
import {createFrameAssembler} from '../../../../src/sources/nvidia-smi/stream/frame-assembler.ts';

const CARDS = 4;
const gpu = (index: number) => buildGpu({cells: {index: String(index), uuid: `GPU-${index}`}, migInstances: []}, 0);

function frameOf(...indexes: readonly number[]): GpuFrame {
  const gpus = indexes.map(gpu);
  return {
    stamp: {sampledAtMs: 0, monotonicMs: 0},
    gpus,
    expectedCount: CARDS,
    missingIndexes: missingIndexes(indexes, CARDS),
  };
}

const all = frameOf(0, 1, 2, 3);
const short = frameOf(0, 1, 3);
const listed = (...indexes: readonly number[]) => new Set(indexes);

/** A presence that has seen all cards once, then this many frames without the third. */
function without(frames: number): CardPresence {
  const presence = new CardPresence();
  presence.take(all, 0);
  for (let at = 1; at <= frames; at += 1) expect(presence.take(short, at * 1_000)).toBeNull();
  return presence;
}

describe('a card that frames lack', () => {
  test('is missing after three frames in a row and a separate query', () => {
    const presence = without(3);
    expect([presence.isInDoubt, presence.missing]).toEqual([true, []]);
    expect(presence.confirm(listed(0, 1, 3))).toBe(false);
    expect([presence.isInDoubt, presence.missing]).toEqual([false, [2]]);
    expect(presence.take(short, 4_000)).toMatchObject({missingIndexes: [2], gpus: [{}, {}, {index: 3}]});
  });

  test('is not missing by the query alone, nor by two frames', () => {
    const presence = without(2);
    expect(presence.isInDoubt).toBe(false);
    presence.confirm(listed(0, 1, 3));
    expect(presence.missing).toEqual([]);
    expect(presence.take(all, 3_000)).toMatchObject({missingIndexes: []});
  });

  test('is counted from zero when a frame has it, and when another stream starts', () => {
    const presence = without(2);
    presence.take(all, 3_000);
    presence.take(short, 4_000);
    presence.take(short, 5_000);
    presence.restart();
    presence.take(short, 6_000);
    expect(presence.isInDoubt).toBe(false);
  });

  test('and that the query lists needs another stream; nothing is claimed', () => {
    const presence = without(3);
    expect(presence.confirm(listed(0, 1, 2, 3))).toBe(true);
    expect(presence.missing).toEqual([]);
  });

  test('and another one that the query does not list: the listed one needs another stream', () => {
    const presence = new CardPresence();
    presence.take(all, 0);
    for (let at = 1; at <= 3; at += 1) presence.take(frameOf(0, 1), at * 1_000);
    expect(presence.confirm(listed(0, 1, 3))).toBe(true);
    expect(presence.missing).toEqual([2]);
  });

  test('is missing until a frame has it, whatever a query says', () => {
    const presence = without(3);
    presence.confirm(listed(0, 1, 3));
    expect(presence.confirm(listed(0, 1, 2, 3))).toBe(true);
    expect(presence.missing).toEqual([2]);
    presence.take(all, 5_000);
    expect(presence.missing).toEqual([]);
  });

  test('is passed on without a claim after half a minute in which no query answered', () => {
    const presence = without(29);
    expect(presence.take(short, 31_000)).toMatchObject({missingIndexes: [], gpus: [{}, {}, {}]});
    expect(presence.missing).toEqual([]);
  });
});

test('documents that number past a missing card get the index of the frames', () => {
  const presence = without(1);
  const document = [gpu(0), gpu(1), {...gpu(2), uuid: 'GPU-3'}, {...gpu(5), uuid: 'GPU-never-seen'}];
  expect(presence.numbered(document).map(({index}) => index)).toEqual([0, 1, 3, 5]);
});

/** Rows of whole frames as nvidia-smi writes them. */
function output(frames: number, withCount: boolean): Buffer {
  const rows = Array.from({length: frames * CARDS}, (_, row) => {
    const index = row % CARDS;
    return `${withCount ? `${CARDS}, ` : ''}${index}, GPU-${index}, ${row}\n`;
  });
  return Buffer.from(rows.join(''));
}

test('however the output is cut and delayed: every frame is whole, and no card is ever in doubt', () => {
  const cuts = fc.array(fc.record({bytes: fc.integer({min: 1, max: 90}), delayMs: fc.nat({max: 120_000})}), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(cuts, fc.integer({min: 1, max: 12}), fc.boolean(), (pieces, frames, withCount) => {
      const fields = [...(withCount ? ['count'] : []), 'index', 'uuid', 'memory.used'];
      const [splitter, assembler, presence] = [createLineSplitter(), createFrameAssembler(fields), new CardPresence()];
      const bytes = output(frames, withCount);
      let [nowMs, from, taken] = [0, 0, 0];
      for (let at = 0; from < bytes.length; at += 1) {
        const piece = pieces[at % pieces.length];
        if (piece === undefined) throw new Error('there is a piece');
        nowMs += piece.delayMs;
        const chunk = bytes.subarray(from, from + piece.bytes);
        from += piece.bytes;
        for (const {text} of splitter.push(chunk)) {
          for (const frame of assembler.push(text, {sampledAtMs: nowMs, monotonicMs: nowMs})) {
            taken += 1;
            expect(presence.take(frame, nowMs)?.gpus.map(({index}) => index)).toEqual([0, 1, 2, 3]);
            expect([presence.isInDoubt, presence.missing]).toEqual([false, []]);
          }
        }
      }
      // Without a count, only the next frame ends the one before.
      expect(taken).toBe(withCount ? frames : frames - 1);
    }),
  );
});
