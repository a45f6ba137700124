import {chmodSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import type {Finding} from '../../../../src/domain/diagnosis/finding.ts';
import type {GpuFrame} from '../../../../src/samples/gpu.ts';
import {CardStream, type CardStreamOptions} from '../../../../src/sources/nvidia-smi/stream/card-stream.ts';
import {FLOOD_TEXT} from '../../../../src/sources/nvidia-smi/stream/stream-child.ts';
import {eventually} from '../../../harness/eventually.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';

const lostCard =
  'Unable to determine the device handle for GPU 0000:3A:00.0: GPU is lost. Reboot the system to recover.';

let directory = '';
let frames: GpuFrame[] = [];
let findings: (readonly Finding[])[] = [];
let ends: readonly string[] = [];
let askedForHealthy = 0;

beforeEach(() => {
  directory = temporaryDirectory('card-stream');
  frames = [];
  findings = [];
  ends = [];
  askedForHealthy = 0;
});

/** A stream over a program of these lines of shell, which knows no healthy card. */
function open(script: string, change: Partial<CardStreamOptions> = {}): CardStream {
  const executable = path.join(directory, 'nvidia-smi');
  writeFileSync(executable, `#!/bin/sh\n${script}\n`);
  chmodSync(executable, 0o755);
  return new CardStream({
    executable,
    fields: ['count', 'index', 'memory.used'],
    intervalMs: 60_000,
    clock: {nowMs: () => Date.now(), monotonicMs: () => performance.now()},
    healthyUuids: () => {
      askedForHealthy += 1;
      return Promise.resolve([]);
    },
    onFrame: (frame) => frames.push(frame),
    onStale: () => undefined,
    onGivenUp: () => undefined,
    onFindings: (said) => findings.push(said),
    onEnd: (end) => {
      ends = [...ends, end.text.trim()];
    },
    onStuck: () => undefined,
    ...change,
  });
}

function codes(): readonly (readonly string[])[] {
  return findings.map((said) => said.map(({code}) => code.replace('source.nvidia-smi.', '')));
}

describe('cards are queried one by one', () => {
  test('once a lost card made the driver refuse the query', async () => {
    expect(await open(`echo '${lostCard}'; exit 15`).run()).toBe(false);
    expect(askedForHealthy).toBe(1);
    expect(ends).toEqual([lostCard]);
  });

  test('and those that refuse this query too are not waited for', async () => {
    const alive = `while :; do printf '2, 1, 10\\n'; sleep 0.02; done`;
    const script = `case "$*" in *'-i B') ${alive};; *) echo '${lostCard}'; exit 15;; esac`;
    const stream = open(script, {healthyUuids: () => Promise.resolve(['A', 'B'])});
    const ended = stream.run();
    await eventually(() => expect(frames).not.toEqual([]), 'a frame of the card that answers');
    expect(frames[0]).toMatchObject({expectedCount: 2, gpus: [{index: 1}], missingIndexes: [0]});
    expect(codes().flat()).toContain('one-by-one');
    stream.stop();
    await ended;
  });

  test('not if the query ended for another reason', async () => {
    expect(await open(`printf '1, 0, 10\\n'; exit 1`).run()).toBe(true);
    expect(askedForHealthy).toBe(0);
    expect(codes()).toEqual([[]]);
    expect(ends).toEqual(['']);
  });

  test('not if it reports a lost card and succeeds', async () => {
    await open(`echo '${lostCard}'; exit 0`).run();
    expect(askedForHealthy).toBe(0);
  });

  test('not if it was stopped, whatever it printed last', async () => {
    const script = `trap 'echo "${lostCard}"; exit 15' TERM; printf '1, 0, 10\\n'; while :; do sleep 0.02; done`;
    const stream = open(script);
    const ended = stream.run();
    await eventually(() => expect(frames).toHaveLength(1), 'the frame');
    stream.stop();
    expect(await ended).toBe(true);
    expect(askedForHealthy).toBe(0);
    expect([codes(), ends]).toEqual([[[]], []]);
  });

  test('not where it had gone silent: its data is old after three intervals, it is replaced after fifteen', async () => {
    let nowMs = 0;
    let looks = 0;
    const time = (): number => {
      looks += 1;
      return nowMs;
    };
    const told: (string | number)[] = [];
    const script = `trap 'echo "${lostCard}"; exit 15' TERM; printf '1, 0, 10\\n'; while :; do sleep 0.02; done`;
    const stream = open(script, {
      intervalMs: 20,
      time,
      clock: {nowMs: () => 0, monotonicMs: () => 7},
      onStale: (sinceMs) => told.push('stale since', sinceMs),
      onGivenUp: ({silentMs, hadFrames}) => told.push('given up after', silentMs, String(hadFrames)),
    });
    const ended = stream.run();
    await eventually(() => expect(frames).toHaveLength(1), 'the frame');
    const pass = async (toMs: number): Promise<void> => {
      nowMs = toMs;
      looks = 0;
      await eventually(() => expect(looks).toBeGreaterThan(2), 'more looks');
    };
    // The limit itself is not yet silence.
    await pass(60);
    expect(told).toEqual([]);
    await pass(61);
    await pass(300);
    expect(told).toEqual(['stale since', 7]);
    nowMs = 301;
    expect(await ended).toBe(true);
    expect(told).toEqual(['stale since', 7, 'given up after', 301, 'true']);
    expect(askedForHealthy).toBe(0);
    expect([codes(), ends]).toEqual([[[]], []]);
  });

  test('a row that is cut off is not a card', async () => {
    await open(`printf '2, 0, 10\\n2, 1'; exit 0`).run();
    expect(frames).toEqual([]);
  });
});

describe('a program that never stops printing is stopped, and its end says why', () => {
  test.each([
    ['rows', `yes '1, 0, 100'`],
    ['lines that are no rows', 'yes'],
    ['one line', 'cat /dev/zero'],
    ['errors', 'yes >&2'],
  ])('with %s', async (_, script) => {
    await open(`exec ${script}`, {onFrame: () => undefined}).run();
    expect(ends).toEqual([FLOOD_TEXT]);
  });
});
