import {EventEmitter} from 'node:events';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import {READER_VARIABLE, readerMark} from '../../../../src/sources/nvidia-smi/stream/left-children.ts';
import {startChild} from '../../../../src/sources/nvidia-smi/stream/start-child.ts';

class Pipe extends EventEmitter {
  isDestroyed = false;
  destroy(): void {
    this.isDestroyed = true;
  }
}

/** A process as Node gives it; the test lets it exit. */
class FakeProcess extends EventEmitter {
  readonly stdout = new Pipe();
  readonly stderr = new Pipe();
  pid: number | undefined = 4711;
  exitCode: number | null = null;
  signalCode: string | null = null;
  isLetGo = false;
  readonly signals: string[] = [];
  kill(signal: string): void {
    this.signals.push(signal);
  }
  unref(): void {
    this.isLetGo = true;
  }
}

let fake = new FakeProcess();
let spawned: unknown[] = [];
let refusal: unknown = null;
let timers: {readonly ms: number; readonly fire: () => void; isCancelled: boolean}[] = [];
let states: (string | null)[] = [];
let groupSignals: (readonly [number, string | number | undefined])[] = [];
let hasGroup = true;

vi.mock('node:child_process', () => ({
  spawn: (...given: unknown[]) => {
    spawned = given;
    if (refusal !== null) throw refusal;
    return fake;
  },
}));
vi.mock('../../../../src/sources/host/awake-time.ts', () => ({
  afterAwake: (ms: number, fire: () => void) => {
    const timer = {ms, fire, isCancelled: false};
    timers.push(timer);
    return () => {
      timer.isCancelled = true;
    };
  },
}));
vi.mock('../../../../src/sources/host/process-state.ts', () => ({readProcessState: () => states.shift() ?? 'R'}));

beforeEach(() => {
  fake = new FakeProcess();
  spawned = [];
  refusal = null;
  timers = [];
  states = [];
  groupSignals = [];
  hasGroup = true;
  vi.restoreAllMocks();
  vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    groupSignals.push([pid, signal]);
    if (!hasGroup) throw new Error('ESRCH');
    return true;
  });
});

/** The only timer that waits; it fires. */
function fire(ms: number): void {
  const waiting = timers.filter(({isCancelled}) => !isCancelled);
  expect(waiting.map((timer) => timer.ms)).toEqual([ms]);
  for (const timer of waiting) {
    timer.isCancelled = true;
    timer.fire();
  }
}

function start() {
  const output: string[] = [];
  const child = startChild('/bin/nvidia-smi', ['-L'], {
    onStdout: (chunk) => output.push(`out ${chunk}`),
    onStderr: (chunk) => output.push(`err ${chunk}`),
  });
  let isGone = false;
  void child.gone.then(() => {
    isGone = true;
  });
  return {...child, output, isGone: () => Promise.resolve().then(() => isGone)};
}

const exit = (exitCode: number | null): void => {
  fake.exitCode = exitCode;
  fake.emit('exit', exitCode);
};
const ended = (how: object) => ({exitCode: null, startError: null, isStuck: false, ...how});

describe('a child', () => {
  test('has a process group of its own and no input; its output is passed on', async () => {
    const child = start();
    expect(spawned).toEqual([
      '/bin/nvidia-smi',
      ['-L'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        env: expect.objectContaining({PATH: process.env['PATH'], LC_ALL: 'C', [READER_VARIABLE]: readerMark}),
      },
    ]);
    fake.stdout.emit('data', Buffer.from('a'));
    fake.stderr.emit('data', Buffer.from('b'));
    expect(child.output).toEqual(['out a', 'err b']);
    expect(await child.isGone()).toBe(false);
    exit(3);
    fake.emit('close', 3);
    expect(await child.ended).toEqual(ended({exitCode: 3}));
    expect(await child.isGone()).toBe(true);
    expect(timers.every(({isCancelled}) => isCancelled)).toBe(true);
    expect([groupSignals, fake.isLetGo]).toEqual([[], false]);
  });

  test('that exits while its pipe stays open is not waited for, and what it started is ended', async () => {
    const child = start();
    exit(0);
    fire(500);
    expect(groupSignals).toEqual([[-4711, 'SIGKILL']]);
    expect([fake.stdout.isDestroyed, fake.stderr.isDestroyed, fake.isLetGo]).toEqual([true, true, true]);
    expect(await child.ended).toEqual(ended({exitCode: 0}));
  });
});

describe('a program that does not start', () => {
  test('is reported with its code, also if the call itself fails', async () => {
    const child = start();
    fake.pid = undefined;
    fake.emit('error', Object.assign(new Error('no'), {code: 'ENOENT'}));
    expect(await child.ended).toEqual(ended({startError: 'ENOENT'}));
    expect(await child.isGone()).toBe(true);
    child.stop();
    expect(groupSignals).toEqual([]);
    refusal = Object.assign(new Error('no'), {code: 'ERR_INVALID_ARG_VALUE'});
    const refused = start();
    expect(await refused.ended).toEqual(ended({startError: 'ERR_INVALID_ARG_VALUE'}));
    await refused.gone;
    refused.stop();
    expect([groupSignals, timers.filter(({isCancelled}) => !isCancelled && groupSignals.length > 0)]).toEqual([[], []]);
  });

  test('is reported with its words where it has no code', async () => {
    const child = start();
    fake.emit('error', new Error('odd'));
    expect(await child.ended).toEqual(ended({startError: 'odd'}));
    expect(await child.isGone()).toBe(false);
    refusal = new Error('odder');
    expect((await start().ended).startError).toBe('Error: odder');
    refusal = 'a text';
    expect((await start().ended).startError).toBe('a text');
  });
});

describe('a child that is stopped', () => {
  test('gets SIGTERM with its group, once, and SIGKILL two seconds later', async () => {
    const child = start();
    child.stop();
    child.stop();
    expect(groupSignals).toEqual([[-4711, 'SIGTERM']]);
    fire(2_000);
    expect(groupSignals.slice(1)).toEqual([[-4711, 'SIGKILL']]);
    exit(null);
    fake.emit('close', null);
    expect(await child.ended).toEqual(ended({}));
    expect(timers.every(({isCancelled}) => isCancelled)).toBe(true);
  });

  test.each([
    ['exited', {exitCode: 0}],
    ['was killed', {signalCode: 'SIGSEGV'}],
  ])('gets no signal if it %s before', (_, change) => {
    const child = start();
    Object.assign(fake, change);
    child.stop();
    expect([groupSignals, timers]).toEqual([[], []]);
  });

  test('gets the signal alone where it has no group', () => {
    hasGroup = false;
    start().stop();
    fire(2_000);
    expect(fake.signals).toEqual(['SIGTERM', 'SIGKILL']);
  });
});

describe('a child that survives SIGKILL', () => {
  /** How many looks it takes until it counts as hanging. */
  async function looksUntilStuck(given: readonly (string | null)[]): Promise<number> {
    states = [...given];
    const child = start();
    let isStuck = false;
    void child.ended.then((end) => {
      isStuck = end.isStuck;
    });
    child.stop();
    fire(2_000);
    for (let looks = 1; looks <= 30; looks += 1) {
      fire(1_500);
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
      if (!isStuck) continue;
      expect([fake.stdout.isDestroyed, fake.isLetGo, await child.isGone()]).toEqual([true, true, false]);
      exit(null);
      expect(await child.isGone()).toBe(true);
      return looks;
    }
    return Number.POSITIVE_INFINITY;
  }

  test.each([
    [['S', 'S', 'S'], 3],
    [['D', 'S', 'D'], 3],
    [['S', 'S', 'R', 'S', 'S', 'S'], 6],
    [['T', 'Z', null, 'D', 'D', 'D'], 6],
    [[], 20],
  ])('in the states %j hangs in the kernel after %i looks', async (given, looks) => {
    expect(await looksUntilStuck(given)).toBe(looks);
  });

  test('is looked at no more once it has exited', async () => {
    const child = start();
    child.stop();
    fire(2_000);
    fire(1_500);
    exit(null);
    fake.emit('close', null);
    expect(await child.ended).toMatchObject({isStuck: false});
    expect(timers.every(({isCancelled}) => isCancelled)).toBe(true);
  });
});
