import {beforeEach, describe, expect, test, vi} from 'vitest';
import {isNoAnswer, isTransient, type RunResult, runOnce} from '../../../src/sources/nvidia-smi/run-once.ts';
import type {ChildEnd, ChildOutput} from '../../../src/sources/nvidia-smi/stream/start-child.ts';

let output: ChildOutput | null = null;
let ended = Promise.withResolvers<ChildEnd>();
let stops = 0;
let starts: unknown[][] = [];
let late: {readonly ms: number; readonly fire: () => void} | null = null;
let cancels = 0;
const gone = Promise.resolve();

vi.mock('../../../src/sources/nvidia-smi/stream/start-child.ts', () => ({
  startChild: (executable: string, args: readonly string[], given: ChildOutput) => {
    starts.push([executable, args]);
    output = given;
    return {
      ended: ended.promise,
      gone,
      stop: () => {
        stops += 1;
      },
    };
  },
}));
vi.mock('../../../src/sources/host/awake-time.ts', () => ({
  afterAwake: (ms: number, fire: () => void) => {
    late = {ms, fire};
    return () => {
      cancels += 1;
    };
  },
}));

beforeEach(() => {
  output = null;
  ended = Promise.withResolvers<ChildEnd>();
  stops = 0;
  starts = [];
  late = null;
  cancels = 0;
});

const end = (how: Partial<ChildEnd> = {}): void =>
  ended.resolve({exitCode: 0, startError: null, isStuck: false, ...how});
const run = (signal?: AbortSignal) => runOnce('/bin/nvidia-smi', ['-L'], {timeoutMs: 700, signal});

describe('a run', () => {
  test('has all that it printed, by stream, and its exit code', async () => {
    const result = run();
    output?.onStdout(Buffer.from('a\u00e4').subarray(0, 2));
    output?.onStderr(Buffer.from('b'));
    output?.onStdout(Buffer.from('a\u00e4').subarray(2));
    end({exitCode: 3});
    expect(await result).toEqual({kind: 'ended', exitCode: 3, stdout: 'a\u00e4', stderr: 'b'});
    expect([starts, late?.ms, cancels, stops]).toEqual([[['/bin/nvidia-smi', ['-L']]], 700, 1, 0]);
  });

  test('is stopped at its limit, with what it printed before', async () => {
    const result = run();
    output?.onStdout(Buffer.from('a'));
    late?.fire();
    expect(stops).toBe(1);
    end({exitCode: null});
    expect(await result).toEqual({kind: 'timed-out', stdout: 'a', stderr: ''});
  });

  test.each([
    [
      {startError: 'ENOENT', exitCode: null},
      {kind: 'not-started', code: 'ENOENT'},
    ],
    [
      {startError: 'ENOENT', isStuck: true},
      {kind: 'not-started', code: 'ENOENT'},
    ],
    [
      {isStuck: true, exitCode: null},
      {kind: 'stuck', gone},
    ],
    [{exitCode: null}, {kind: 'ended', exitCode: null, stdout: '', stderr: ''}],
  ])('that ended as %o', async (how, expected) => {
    const result = run();
    end(how);
    expect(await result).toEqual(expected);
  });

  test('is cancelled by its signal, and leaves no listener there', async () => {
    const controller = new AbortController();
    const [add, remove] = [
      vi.spyOn(controller.signal, 'addEventListener'),
      vi.spyOn(controller.signal, 'removeEventListener'),
    ];
    const result = run(controller.signal);
    controller.abort();
    expect(stops).toBe(1);
    end({exitCode: null});
    expect(await result).toEqual({kind: 'aborted'});
    expect(remove.mock.calls.map((call) => call.slice(0, 2))).toEqual(add.mock.calls.map((call) => call.slice(0, 2)));
    const stuck = run(controller.signal);
    expect([await stuck, starts.length]).toEqual([{kind: 'aborted'}, 1]);
  });

  test('that hangs though it was cancelled is still one that hangs', async () => {
    const controller = new AbortController();
    const result = run(controller.signal);
    controller.abort();
    end({isStuck: true});
    expect(await result).toEqual({kind: 'stuck', gone});
  });

  test('that prints more than 16 MiB is stopped, without what comes after', async () => {
    const result = run();
    const half = Buffer.alloc(8 * 1024 * 1024, 'x');
    output?.onStdout(half);
    output?.onStderr(half);
    expect(stops).toBe(0);
    output?.onStdout(Buffer.from('y'));
    expect(stops).toBe(1);
    end();
    const {stdout, stderr} = {stdout: '', stderr: '', ...(await result)};
    expect([stdout.length, stderr.length, stdout.endsWith('y')]).toEqual([half.length, half.length, false]);
  });
});

test.each<[RunResult, boolean]>([
  [{kind: 'ended', exitCode: null, stdout: '', stderr: ''}, true],
  [{kind: 'ended', exitCode: 0, stdout: '', stderr: ''}, false],
  [{kind: 'ended', exitCode: 9, stdout: '', stderr: ''}, false],
  [{kind: 'timed-out', stdout: '', stderr: ''}, true],
  [{kind: 'stuck', gone}, false],
  [{kind: 'aborted'}, false],
  [{kind: 'not-started', code: 'ENOENT'}, false],
  [{kind: 'not-started', code: 'EAGAIN'}, true],
])('%o is no answer: %s', (result, expected) => {
  expect(isNoAnswer(result)).toBe(expected);
});

test('a host that is short of something may start the program a moment later', () => {
  for (const code of ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY']) expect(isTransient(code)).toBe(true);
  for (const code of ['ENOENT', 'EACCES', '']) expect(isTransient(code)).toBe(false);
});
