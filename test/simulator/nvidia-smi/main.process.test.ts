import {spawn} from 'node:child_process';
import {execa} from 'execa';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {eventually} from '../../harness/eventually.ts';
import {type BuiltSimulator, buildSimulator} from '../build-simulator.ts';

let simulator: BuiltSimulator;
beforeAll(async () => {
  simulator = await buildSimulator();
});
afterAll(() => simulator.remove());

const query = [
  '--query-gpu=timestamp,count,index,uuid,memory.total,memory.used,memory.free',
  '--format=csv,noheader,nounits',
];

describe('simulated nvidia-smi', () => {
  test('prints a row for each card and exits', async () => {
    const {nvidiaSmiPath} = await simulator.install('idle');
    const {stdout, exitCode} = await execa(nvidiaSmiPath, query);
    const rows = stdout.split('\n').map((line) => line.split(', '));
    expect([exitCode, rows.length]).toEqual([0, 8]);
    expect(rows.map((row) => row[2])).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect(rows[0]?.slice(4)).toEqual(['143771', '0', '143161']);
    expect(rows[0]?.[0]).toMatch(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  });

  test('heads columns with its own names and units', async () => {
    const {nvidiaSmiPath} = await simulator.install('idle');
    const {stdout} = await execa(nvidiaSmiPath, [
      '--query-gpu=clocks.sm,gpu_uuid,memory.used',
      '--format=csv',
      '-i',
      '2',
    ]);
    const [head, row] = stdout.split('\n');
    expect(head).toBe('clocks.current.sm [MHz], uuid, memory.used [MiB]');
    expect(row).toMatch(/^345 MHz, GPU-[-0-9a-f]{36}, 0 MiB$/);
  });

  test('refuses the first unknown field, on stdout, with status 2', async () => {
    const {nvidiaSmiPath} = await simulator.install('idle');
    const result = await execa(nvidiaSmiPath, ['--query-gpu=index,no.such,nor.this', '--format=csv'], {
      reject: false,
      stripFinalNewline: false,
    });
    expect([result.exitCode, result.stdout, result.stderr]).toEqual([
      2,
      'Field "no.such" is not a valid field to query.\n\n',
      '',
    ]);
  });

  test.each([
    ['driver-not-loaded', 9, "couldn't communicate with the NVIDIA driver"],
    ['library-missing', 12, "couldn't find libnvidia-ml.so"],
    ['version-mismatch', 18, 'Driver/library version mismatch'],
    ['no-permission', 4, 'Insufficient Permissions'],
    ['no-devices', 6, 'No devices were found'],
  ])('fails like a host with %s', async (fault, exitCode, text) => {
    const {nvidiaSmiPath} = await simulator.install('idle');
    const result = await execa(nvidiaSmiPath, query, {reject: false, env: {GANTRY_SIMULATED_FAULT: fault}});
    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout).toContain(text);
  });

  test('omits a card that was lost before and says so on stderr, with status 0', async () => {
    const {nvidiaSmiPath} = await simulator.install('lost-gpu', {speed: 1_000_000});
    await eventually(async () => expect((await execa(nvidiaSmiPath, query)).stdout.split('\n').length).toBe(7), 'rows');
    const {stdout, stderr, exitCode} = await execa(nvidiaSmiPath, query);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').every((row) => row.split(', ')[1] === '8')).toBe(true);
    expect(stderr).toContain('Unable to determine the device handle for GPU3');
  });

  test('streams frames cell by cell, loses a card in the middle, and exits on SIGTERM with status 0', async () => {
    // Lost three seconds after the installation.
    const {nvidiaSmiPath} = await simulator.install('lost-gpu', {speed: 253});
    const child = spawn(nvidiaSmiPath, [...query, '-lms', '100'], {stdio: ['ignore', 'pipe', 'inherit']});
    let text = '';
    let chunks = 0;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      chunks += 1;
    });
    await eventually(() => expect(text.includes('[GPU is lost]')).toBe(true), 'the loss of the card');
    await eventually(() => expect(text.split('\n').length).toBeGreaterThan(40), 'rows');
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    const rows = text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(', '));
    expect(rows.slice(0, 8).every((row) => !row.includes('[GPU is lost]'))).toBe(true);
    expect(rows.filter((row) => row.includes('[GPU is lost]')).every((row) => row[2] === '3')).toBe(true);
    expect(chunks).toBeGreaterThan(rows.length / 8);
  });
});
