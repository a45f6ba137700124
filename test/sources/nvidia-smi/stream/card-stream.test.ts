import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {GpuFrame} from '../../../../src/samples/gpu.ts';
import {CardStream, type CardStreamOptions} from '../../../../src/sources/nvidia-smi/stream/card-stream.ts';
import type {StreamEnd} from '../../../../src/sources/nvidia-smi/stream/stream-child.ts';
import {shortCode} from '../fake-nvidia-smi.ts';

type FakeChild = {
  readonly args: readonly string[];
  readonly say: (...lines: readonly string[]) => void;
  readonly end: (how?: Partial<StreamEnd>) => Promise<void>;
  stops: number;
};

let children: FakeChild[] = [];
let heard: string[] = [];
let frames: GpuFrame[] = [];
let nowMs = 0;

vi.mock('../../../../src/sources/nvidia-smi/stream/stream-child.ts', () => ({
  startStreamChild: (_executable: string, args: readonly string[], say: (lines: readonly string[]) => void) => {
    const ended = Promise.withResolvers<StreamEnd>();
    const child: FakeChild = {
      args,
      say: (...lines) => say(lines),
      stops: 0,
      end: async (how = {}) => {
        ended.resolve({exitCode: 0, startError: null, isStuck: false, text: '', gone: Promise.resolve(), ...how});
        await settle();
      },
    };
    children.push(child);
    return {
      ended: ended.promise,
      stop: () => {
        child.stops += 1;
      },
    };
  },
}));

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}

beforeEach(() => {
  children = [];
  heard = [];
  frames = [];
  nowMs = 0;
  vi.useFakeTimers();
});
afterEach(async () => {
  // What still runs would have its turn within the time of the next test.
  for (const one of children) await one.end();
  vi.useRealTimers();
});

const LOST: Partial<StreamEnd> = {
  exitCode: 15,
  text: 'Unable to determine the device handle for GPU 0000:3A:00.0: GPU is lost.  Reboot the system to recover.\n',
};

function open(change: Partial<CardStreamOptions> = {}) {
  const stream = new CardStream({
    executable: 'nvidia-smi',
    fields: ['count', 'index', 'memory.used'],
    intervalMs: 1_000,
    clock: {nowMs: () => 1_000_000 + nowMs, monotonicMs: () => nowMs},
    time: () => nowMs,
    healthyUuids: () => Promise.resolve(['A', 'B']),
    onFrame: (frame) => {
      frames.push(frame);
      heard.push(`frame ${frame.gpus.map(({index}) => index).join()}`);
    },
    onStale: (sinceMs) => heard.push(`stale since ${sinceMs}`),
    onGivenUp: ({silentMs, hadFrames}) => heard.push(`given up after ${silentMs} ${hadFrames}`),
    onFindings: (findings) => heard.push(`findings ${findings.map(shortCode).join()}`),
    onEnd: ({exitCode}) => heard.push(`end ${exitCode}`),
    onStuck: () => heard.push('stuck'),
    ...change,
  });
  const done = stream.run();
  return {stream, done};
}

const child = (index: number): FakeChild => {
  const found = children[index];
  if (found === undefined) throw new Error(`child ${index} was not started`);
  return found;
};
/** Time passes, with the looks in it. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    nowMs += 500;
    await vi.advanceTimersByTimeAsync(500);
  }
}

describe('the query of all GPUs', () => {
  test('is one program; its frames are passed on, and the first one says that nothing is wrong', async () => {
    const {done, stream} = open();
    expect(children.map(({args}) => args)).toEqual([
      ['--query-gpu=count,index,memory.used', '--format=csv,noheader,nounits', '-lms', '1000'],
    ]);
    nowMs = 7;
    for (const line of ['2, 0, 10', '2, 1, 10', '2, 0, 10', '2, 1, 10', '2, 0, 10']) child(0).say(line);
    expect(heard).toEqual(['findings ', 'frame 0,1', 'frame 0,1']);
    expect(frames[0]?.stamp).toEqual({sampledAtMs: 1_000_007, monotonicMs: 7});
    expect(stream.isOneByOne).toBe(false);
    await child(0).end({exitCode: 1});
    expect(await done).toBe(true);
    expect(heard.slice(3)).toEqual(['end 1']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that delivered no frame says so', async () => {
    const {done} = open();
    child(0).say('2, 0, 10');
    await child(0).end();
    expect([await done, heard]).toEqual([false, ['end 0']]);
  });

  test('is old after three intervals, once, and replaced after fifteen; then it says nothing more', async () => {
    const {done} = open();
    child(0).say('1, 0, 10');
    await pass(3_000);
    expect(heard).toEqual(['findings ', 'frame 0']);
    await pass(12_000);
    expect(heard.slice(2)).toEqual(['stale since 0']);
    expect(child(0).stops).toBe(0);
    await pass(1_000);
    expect(heard.slice(3)).toEqual(['given up after 16000 true']);
    expect(child(0).stops).toBe(1);
    child(0).say('1, 0, 10');
    await pass(20_000);
    await child(0).end({exitCode: null});
    expect(await done).toBe(true);
    expect(heard).toHaveLength(4);
  });

  test('may be as slow as it was before, and is old again after it was fresh', async () => {
    open();
    child(0).say('1, 0, 10');
    await pass(4_000);
    expect(heard.slice(2)).toEqual(['stale since 0']);
    child(0).say('1, 0, 10');
    // Its last period was four seconds.
    await pass(12_000);
    expect(heard.slice(3)).toEqual(['frame 0']);
    await pass(1_000);
    expect(heard.slice(4)).toEqual(['stale since 4000']);
  });

  test('has thirty seconds for its first frame', async () => {
    open();
    await pass(30_000);
    expect(heard).toEqual([]);
    await pass(1_000);
    expect(heard).toEqual(['stale since 0', 'given up after 31000 false']);
  });

  test('is looked at as often as it should deliver, at least once a second', async () => {
    const looks = vi.fn(() => nowMs);
    open({intervalMs: 250, time: looks});
    looks.mockClear();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(looks).toHaveBeenCalledTimes(4);
    const slow = vi.fn(() => nowMs);
    open({intervalMs: 10_000, time: slow});
    slow.mockClear();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(slow).toHaveBeenCalledTimes(2);
  });

  test('that hangs in the kernel is reported, also after it was replaced', async () => {
    const {done} = open();
    await pass(31_000);
    await child(0).end({isStuck: true, exitCode: null});
    expect(await done).toBe(false);
    expect(heard.slice(2)).toEqual(['stuck', 'end null']);
  });

  test('that was stopped says nothing more', async () => {
    const {stream, done} = open();
    stream.stop();
    expect(child(0).stops).toBe(1);
    child(0).say('1, 0, 10');
    await pass(40_000);
    await child(0).end(LOST);
    expect([await done, heard, children.length]).toEqual([false, [], 1]);
  });
});

describe('one query per GPU', () => {
  async function blinded(change: Partial<CardStreamOptions> = {}) {
    const opened = open(change);
    nowMs = 10_000;
    await child(0).end(LOST);
    return opened;
  }

  test('follows where a lost GPU made the driver refuse, and says so until it ends', async () => {
    const {stream, done} = await blinded();
    expect(heard).toEqual(['end 15', 'findings gpu-lost,one-by-one']);
    expect(stream.isOneByOne).toBe(true);
    expect(children.slice(1).map(({args}) => args.slice(-2))).toEqual([
      ['-i', 'A'],
      ['-i', 'B'],
    ]);
    child(1).say('3, 0, 10');
    expect(frames).toEqual([]);
    child(2).say('3, 2, 10');
    // The first frame repeats what is wrong; a later one does not.
    child(1).say('3, 0, 10');
    child(2).say('3, 2, 10');
    expect(heard.slice(2)).toEqual(['findings gpu-lost,one-by-one', 'frame 0,2', 'frame 0,2']);
    expect(frames[0]).toMatchObject({expectedCount: 3, missingIndexes: [1]});
    await child(2).end({exitCode: 9});
    // Without it no frame would be whole: the other one is stopped, and both are replaced.
    expect([child(1).stops, heard.at(-1)]).toEqual([1, 'end 9']);
    stream.stop();
    await child(1).end({exitCode: null});
    expect(await done).toBe(true);
    expect(stream.isOneByOne).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of which one delivered a row and ends is over, also before the others delivered one', async () => {
    await blinded();
    child(1).say('3, 0, 10');
    await child(1).end({exitCode: 9});
    expect([child(2).stops, heard.at(-1)]).toEqual([1, 'end 9']);
  });

  test('of which one is refused continues without it', async () => {
    const {done} = await blinded();
    await child(1).end({exitCode: 15});
    expect([child(2).stops, heard]).toEqual([0, ['end 15', 'findings gpu-lost,one-by-one']]);
    child(2).say('3, 2, 10');
    expect(heard.at(-1)).toBe('frame 2');
    await child(2).end({exitCode: 7});
    expect([await done, heard.at(-1)]).toEqual([true, 'end 7']);
  });

  test('has its own thirty seconds for the first frame', async () => {
    await blinded();
    await pass(30_000);
    expect(heard.filter((words) => words.startsWith('stale'))).toEqual([]);
    await pass(1_000);
    expect(heard.slice(2)).toEqual(['stale since 10000', 'given up after 31000 false']);
    expect([child(1).stops, child(2).stops]).toEqual([1, 1]);
  });

  test('does not follow without a healthy GPU', async () => {
    const {done, stream} = await blinded({healthyUuids: () => Promise.resolve([])});
    expect([await done, heard, children.length, stream.isOneByOne]).toEqual([false, ['end 15'], 1, false]);
  });

  test('does not follow where it was stopped while the GPUs were listed', async () => {
    const listed = Promise.withResolvers<readonly string[]>();
    const {done, stream} = await blinded({healthyUuids: () => listed.promise});
    stream.stop();
    listed.resolve(['A']);
    expect([await done, children.length]).toEqual([false, 1]);
  });

  test('that is stopped ends all of them', async () => {
    const {stream} = await blinded();
    stream.stop();
    expect([child(0).stops, child(1).stops, child(2).stops]).toEqual([0, 1, 1]);
  });
});
