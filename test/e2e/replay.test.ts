import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {z} from 'zod';
import {snapshotSchema} from '../../src/api/snapshot.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

const recordedSchema = z.object({file: z.string(), snapshots: z.number(), bytes: z.number(), end: z.string()});

test('the report of a crash is replayed in the console: before it, at it, and with nothing to act on', async () => {
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  process.kill(engine.pid ?? 0, 'SIGKILL');
  await home.untilEvent('the incident', ({code}) => code === 'incident.recorded');
  const archive = path.join(home.directory, 'report.tar.gz');
  const report = await home.run(['report', '--last', '--output', archive]);
  expect(report.exitCode, report.stderr).toBe(0);
  expect((await home.run(['down'])).exitCode).toBe(0);

  const console = home.open(['replay', archive], {columns: 120, rows: 40});
  await console.waitFor('the last moment', (text) => text.includes('REPLAY') && /crashed|exited|failed/.test(text));
  console.write('(');
  await console.waitFor('the first moment', (text) => text.includes('REPLAY 0s of'));
  console.write('>');
  await console.waitFor('a moment later', (text) => text.includes('REPLAY') && !text.includes('REPLAY 0s of'));
  console.write('x');
  await console.waitFor('the refusal', (text) => text.includes('Refused: cannot stop'));
  console.write('8');
  await console.waitFor('its history', (text) => text.includes('generationTokensPerSecond'));
  console.write('4-');
  await console.waitFor('latencies without histograms', (text) => text.includes('means over time'));
  expect(console.text()).not.toContain('of all requests');
  console.write(';');
  await console.waitFor('that it plays', (text) => /REPLAY \d+s of \d+s/.test(text));
  console.write('q');
  expect((await console.exit).exitCode).toBe(0);
});

test('gantry status --record writes what gantry replay shows, also without a terminal', async () => {
  await home.demo(['--speed', '400']);
  const {engine} = await home.waitForState('ready');
  const file = path.join(home.directory, 'recording.jsonl');
  const recorded = await home.run(['status', '--record', file, '--for', '3s', '--json']);
  expect(recorded.exitCode, recorded.stderr).toBe(0);
  expect(recordedSchema.parse(JSON.parse(recorded.stdout))).toMatchObject({file, end: 'time'});
  const again = await home.run(['status', '--record', file, '--for', '3s']);
  expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('exists already')]);
  const replayed = await home.run(['replay', file, '--json']);
  expect(replayed.exitCode, replayed.stderr).toBe(0);
  expect(snapshotSchema.parse(JSON.parse(replayed.stdout)).engine.pid).toBe(engine.pid);
  const none = await home.run(['replay', path.join(home.directory, 'none')]);
  expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining('there is no such file')]);
  expect((await home.run(['status', '--for', '3s'])).exitCode).toBe(2);
  for (const [name, reason] of [
    ['-', '"-" names none'],
    ['', '"" names none'],
    [home.directory, 'is a directory'],
  ] as const) {
    const refused = await home.run(['status', '--record', name, '--for', '3s']);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining(reason)]);
    expect(refused.stderr).not.toContain('Recording to');
  }
});
