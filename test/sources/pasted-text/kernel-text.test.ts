import {expect, test} from 'vitest';
import {KernelText} from '../../../src/sources/pasted-text/kernel-text.ts';

function read(...lines: readonly string[]): KernelText {
  const kernel = new KernelText();
  for (const line of lines) kernel.take(line);
  return kernel;
}

const xid = '[ 12.000001] NVRM: Xid (PCI:0000:1a:00): 79, GPU has fallen off the bus.';

test('an indented line continues the message above it', () => {
  expect(read(xid, '  NVRM: of the same message').findings()[0]?.evidence).toContain('of the same message');
});

test.each([
  ['[Wed May  6 12:30:01 2026] NVRM: GPU1 first', '[Wed May  6 12:30:01 2026] NVRM: GPU1 second'],
  ['[ 12.000001] NVRM: GPU1 first', '[ 12.000002] NVRM: GPU1 second'],
])('lines that were indented as they were pasted are messages of their own', (first, second) => {
  const reset = '[NV_ERR_RESET_REQUIRED] (0x00000062)';
  const kernel = read(`    ${first}`, `    ${second} ${reset}`);
  expect(kernel.count).toBe(2);
  expect(kernel.findings()[0]?.evidence).toBe(`NVRM: GPU1 second ${reset}`);
});

test('an indented line of another program, after a line of its own, continues no message', () => {
  const kernel = read(xid, 'Traceback (most recent call last):', '  File "/opt/x.py", line 3');
  expect(kernel.findings()[0]?.evidence).not.toContain('x.py');
  expect(kernel.count).toBe(1);
});

test('a failed program is a failure of this text, a kernel without faults is not', () => {
  const ofProgram = '[ 12.000001] NVRM: Xid (PCI:0000:1a:00): 31, pid=9, name=python3, MMU Fault';
  expect(read(ofProgram).diagnosis(1)).toMatchObject({exit: 'failed', findings: [{severity: 'warning'}]});
  expect(read('[ 12.000001] usb 1-1: new device').diagnosis(1)).toMatchObject({exit: 'no-failure', findings: []});
});

test.each([
  ['NVRM: Xid (PCI:XXXX:XX:00): 79, pid=1, GPU has fallen off the bus.', 'XXXX:XX:00'],
  ['Xid (PCI:0000:3a:00.0): 79, GPU has fallen off the bus.', '0000:3a:00'],
  ['NVRM: Xid (PCI:****:**:00): 79, GPU has fallen off the bus.', '****:**:00'],
])('an Xid counts with an address that was masked, and without what stood in front of it: %s', (line, pciBusId) => {
  expect(read(line).findings()).toMatchObject([{code: 'host.xid', details: {pciBusId, xid: 79}}]);
});

test.each([
  ['kern  :warn  : 2026-05-06T12:30:01,285060+00:00 VFS: file-max limit 2097152 reached', 'host.file-max-reached'],
  ['[Wed May  6 12:30:01 2026] INFO: task jbd2/dm-8-8:4711 blocked for more than 120 seconds.', 'host.hung-task'],
  ["modprobe: ERROR: could not insert 'nvidia': No such device", 'host.driver-not-loaded'],
])('a host that cannot work is a failure of this text: %s', (line, code) => {
  expect(read(line).diagnosis(1)).toMatchObject({exit: 'failed', findings: [{code}]});
});

test('a card that is gone is why the driver finds none', () => {
  const found = read(xid, '[ 12.000002] NVRM: None of the NVIDIA devices were initialized.').findings();
  expect(found.map(({code}) => code)).toEqual(['host.xid']);
});
