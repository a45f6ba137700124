import {describe, expect, test} from 'vitest';
import {isAbsent, type Reading} from '../../../src/samples/reading.ts';
import {parseOutput} from '../../../src/sources/nvidia-smi/parse/parse-output.ts';
import {knownFields} from '../../../src/sources/nvidia-smi/parse/query-fields.ts';
import {shortCode} from './fake-nvidia-smi.ts';
import {type Expectation, expectations} from './recorded-outputs.ts';
import {hasRecordings, readRecording, recordings} from './recordings-folder.ts';

const present = <T>(reading: Reading<T>): T | null => (isAbsent(reading) ? null : reading);
const indexesOf = ({cards}: Expectation) =>
  typeof cards === 'number' ? Array.from({length: cards}, (_, index) => index) : cards;

describe.skipIf(!hasRecordings)('every recording of the real tool', () => {
  test('has its expectation', () => {
    const known = new Set(expectations.map(({file}) => file));
    expect(recordings().filter((name) => !known.has(name))).toEqual([]);
    expect(expectations.map(({file}) => file).filter((file) => !recordings().includes(file))).toEqual([]);
  });

  test.each(expectations)('$file', (expected) => {
    const isStderr = expected.file.endsWith('.stderr.txt');
    const text = readRecording(expected.file);
    const output = isStderr ? parseOutput('', text) : parseOutput(text);
    expect(output.gpus.map(({index}) => index)).toEqual(indexesOf(expected));
    for (const gpu of output.gpus) {
      const mib = gpu.index === expected.unreadable ? null : expected.totalMib;
      expect(present(gpu.memoryTotalBytes)).toBe(mib === null ? null : mib * 1024 ** 2);
      expect(present(gpu.name)).toBe(expected.name);
      expect(gpu.migInstances).toHaveLength(expected.migInstances ?? 0);
    }
    expect(present(output.driverVersion)).toBe(expected.driver);
    expect(output.processes).toHaveLength(expected.processes ?? 0);
    expect(output.findings.map(shortCode)).toEqual(expected.codes);
    if (expected.looksLike !== undefined) expect(output.findings[0]?.message).toContain(expected.looksLike);
    for (const {remedy, message} of output.findings) {
      expect(message).toMatch(/\.$/);
      expect(remedy.length).toBeGreaterThan(20);
    }
  });

  test('memory adds up to the total within rounding, and free is never computed', () => {
    for (const {file} of expectations) {
      for (const gpu of parseOutput(readRecording(file)).gpus) {
        const [total, used, free, reserved] = [
          gpu.memoryTotalBytes,
          gpu.memoryUsedBytes,
          gpu.memoryFreeBytes,
          gpu.memoryReservedBytes,
        ].map(present);
        if (file.includes('table')) expect(free).toBeNull();
        if (typeof total !== 'number' || typeof used !== 'number' || typeof free !== 'number') continue;
        const apartMib = (total - used - free - (reserved ?? 0)) / 1024 ** 2;
        // Some numbers of one consumer card were merged by its publisher.
        if (!file.startsWith('rtx3080-1x-driver536')) expect(Math.abs(apartMib), file).toBeLessThanOrEqual(3);
      }
    }
  });

  test('each branch’s help gives the fields of that branch', () => {
    const fields = (file: string) => knownFields(readRecording(file)) ?? [];
    const v470 = fields('help-query-gpu-driver470.256.02.txt');
    expect(v470).toContain('clocks_throttle_reasons.active');
    expect(v470).not.toContain('memory.reserved');
    const v535 = fields('help-query-gpu-driver535.261.03.txt');
    expect(v535).toContain('clocks_event_reasons.active');
    expect(v535).not.toContain('clocks_throttle_reasons.active');
    expect(v535).not.toContain('gpu_recovery_action');
    for (const file of ['help-query-gpu-driver580.178.04.txt', 'rtx2080super-1x-driver610.57.04-help-query-gpu.txt']) {
      expect(fields(file).slice(-3)).toEqual(['remapped_rows.pending', 'remapped_rows.failure', 'gpu_recovery_action']);
    }
  });
});
