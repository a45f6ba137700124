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
