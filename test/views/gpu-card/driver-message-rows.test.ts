import {expect, test} from 'vitest';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {driverMessageRows} from '../../../src/views/gpu-card/driver-message-rows.ts';
import {buildGpu, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {textOf} from '../draw.ts';

const space = {columns: 100, glyphs: unicodeGlyphs};
const shown = (driverMessages: ReturnType<typeof buildGpu>['driverMessages']): readonly string[] =>
  driverMessageRows({...buildGpu(0), driverMessages}, space).map(textOf);

test('the newest message of the driver is first, with its time, its Xid in words and how often it came', () => {
  const line = {kind: 'card', xid: 94, meaning: 'a contained memory error', count: 12} as const;
  const older = {kind: null, xid: null, meaning: null, count: 3, text: 'NVRM: GPU at PCI:0000:1a:00'} as const;
  const rows = shown([
    {...older, atMs: TEST_NOW_MS - 60_000},
    {...line, atMs: TEST_NOW_MS, text: 'NVRM: Xid (PCI:0000:1a:00): 94'},
  ]);
  expect(rows).toEqual([
    'latest driver messages',
    '2026-11-23 12:00:00 UTC Xid 94: a contained memory error (12 times). NVRM: Xid (PCI:0000:1a:00): 94',
    '2026-11-23 11:59:00 UTC NVRM: GPU at PCI:0000:1a:00 (3 times)',
  ]);
});

test('no message, a log that cannot be read and an older snapshot read differently', () => {
  expect(shown([])).toEqual(['the kernel log has no message of the driver about this GPU']);
  expect(shown({absent: 'this user may not read the kernel log'})).toEqual([
    'driver messages: – this user may not read the kernel log',
  ]);
  expect(shown(undefined)).toEqual(['driver messages: –']);
});
