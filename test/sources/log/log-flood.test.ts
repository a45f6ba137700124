import {appendFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {LogLine} from '../../../src/samples/log-line.ts';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {followLog} from '../../../src/sources/log/follow-log.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let logPath = '';
let controller = new AbortController();
let lines: LogLine[] = [];

beforeEach(() => {
  logPath = path.join(temporaryDirectory('flood'), 'engine.log');
  controller = new AbortController();
  lines = [];
});
afterEach(() => {
  controller.abort();
});

/** Follows a log that is read only when asked for: what is written between two readings comes at once. */
function followOnDemand() {
  const skipped: number[] = [];
  const {catchUp} = followLog({
    path: logPath,
    fromOffsetBytes: 0,
    pollMs: 600_000,
    signal: controller.signal,
    onLines: (more) => lines.push(...more),
    onSkipped: (bytes) => skipped.push(bytes),
  });
  return {skipped, catchUp};
}

describe('a flood', () => {
  test('is skipped except for its newest part, from a complete line on, and the skipped part is reported', async () => {
    await writeFile(logPath, 'before\n');
    const following = followOnDemand();
    const {skipped} = following;
    await following.catchUp();
    const line = `${'noise '.repeat(20)}\n`;
    await appendFile(logPath, line.repeat(Math.ceil((20 * 1024 * 1024) / line.length)));
    await appendFile(logPath, 'after\n');
    await following.catchUp();
    expect(lines.at(-1)?.text).toBe('after');
    expect(lines[0]?.text).toBe('before');
    expect(new Set(lines.slice(1, -1).map(({text}) => text.trim()))).toEqual(new Set([line.trim()]));
    expect(lines.length).toBeLessThan(40_000);
    expect(skipped).toEqual([expect.any(Number)]);
    expect(skipped[0]).toBeGreaterThan(12 * 1024 * 1024);
    expect(lines.at(-1)?.offsetBytes).toBeGreaterThan(20 * 1024 * 1024);
  });

  test('is not skipped when a log is read for the first time: its beginning has the engine\u2019s start', async () => {
    const skipped: number[] = [];
    const line = `${'noise '.repeat(200)}\n`;
    await writeFile(logPath, line.repeat(Math.ceil((12 * 1024 * 1024) / line.length)));
    const following = followLog({
      path: logPath,
      fromOffsetBytes: 0,
      signal: controller.signal,
      onLines: (more) => lines.push(...more),
      onSkipped: (bytes) => skipped.push(bytes),
    });
    await following.catchUp();
    expect(skipped).toEqual([]);
    expect(lines).toHaveLength(Math.ceil((12 * 1024 * 1024) / line.length));
  });

  test('at the first reading is skipped only after the first 32 MiB, up to the last MiB', async () => {
    const line = `${'noise '.repeat(200)}\n`;
    const lineCount = Math.ceil((48 * BYTES_PER_MIB) / line.length);
    await writeFile(logPath, line.repeat(lineCount));
    const {skipped, catchUp} = followOnDemand();
    await catchUp();
    expect(skipped).toEqual([lineCount * line.length - 33 * BYTES_PER_MIB]);
    const [before, after] = [32, 1].map((mib) => Math.floor((mib * BYTES_PER_MIB) / line.length));
    expect(lines).toHaveLength((before ?? 0) + (after ?? 0));
    // The lines on both sides of the gap are complete.
    expect(new Set(lines.map(({text}) => text.trim()))).toEqual(new Set([line.trim()]));
  });

  test('of long lines is read from a complete line on, however long the half one before it is', async () => {
    await writeFile(logPath, 'before\n');
    const {skipped, catchUp} = followOnDemand();
    await catchUp();
    // Longer than what is read in one step, so that whole steps have no line feed.
    const line = `begin${'x'.repeat(299_994)}\n`;
    await appendFile(logPath, `${line.repeat(40)}after\n`);
    await catchUp();
    expect(skipped).toHaveLength(1);
    expect(lines.map(({text}) => text.slice(0, 6))).toEqual(['before', 'beginx', 'beginx', 'beginx', 'after']);
    expect(lines.map(({offsetBytes}) => offsetBytes)).toEqual([0, ...[37, 38, 39, 40].map((n) => 7 + n * 300_000)]);
  });

  test('begins at more than 8 MiB that were not read', async () => {
    await writeFile(logPath, 'before\n');
    const {skipped, catchUp} = followOnDemand();
    await catchUp();
    const line = `${'x'.repeat(1_023)}\n`;
    await appendFile(logPath, line.repeat(8 * 1_024));
    await catchUp();
    expect(skipped).toEqual([]);
    expect(lines).toHaveLength(1 + 8 * 1_024);
    await appendFile(logPath, line.repeat(8 * 1_024 + 1));
    await catchUp();
    expect(skipped).toEqual([7 * BYTES_PER_MIB + line.length]);
  });
});
