import {expect, test} from 'vitest';
import {moduleFindings} from '../../../../src/domain/diagnosis/kernel/module-faults.ts';

const codes = (...texts: readonly string[]): readonly string[] => moduleFindings(texts).map(({code}) => code);

test.each([
  ['NVRM: GPU 0000:00:1e.0 is already bound to nouveau.', 'host.gpu-of-other-driver'],
  ["modprobe: ERROR: could not insert 'nvidia': Key was rejected by service", 'host.module-unsigned'],
  ["modprobe: ERROR: could not insert 'nvidia': Exec format error", 'host.module-of-other-kernel'],
  ['modprobe: FATAL: Module nvidia not found in directory /lib/modules/6.8.0-40-generic', 'host.module-missing'],
  ["modprobe: ERROR: could not insert 'nvidia_550': No such device", 'host.driver-not-loaded'],
  ['insmod: ERROR: could not insert module /lib/modules/nvidia.ko: No such device', 'host.driver-not-loaded'],
  ["Failed to insert module 'nvidia_uvm': Cannot allocate memory", 'host.uvm-not-loaded'],
  ["modprobe: ERROR: could not insert 'nvidia_peermem': Invalid argument", 'host.peermem-not-loaded'],
  ['NVRM: No NVIDIA GPU found.', 'host.driver-finds-no-gpu'],
  ['NVRM: None of the NVIDIA devices were initialized.', 'host.driver-finds-no-gpu'],
  ['NVRM: installed in this system requires use of the NVIDIA open kernel modules.', 'host.driver-without-gpu'],
  ['NVRM: supported through the NVIDIA 470.xx Legacy drivers. Please visit', 'host.driver-without-gpu'],
  [
    'Failed to query NVIDIA devices. Please ensure that the NVIDIA device files (/dev/nvidia*) exist',
    'host.driver-not-reached',
  ],
])('%s', (text, code) => {
  expect(codes(text)).toEqual([code]);
});

test('versions that differ are named', () => {
  const [found] = moduleFindings([
    'NVRM: API mismatch: the client has the version 570.133.20, but NVRM: this kernel module has the version 570.124.06. Please',
  ]);
  expect(found?.message).toBe(
    'The programs of the driver have version 570.133.20, and the kernel module that is loaded has 570.124.06.',
  );
});

test('the special reason counts, not what follows from it', () => {
  expect(codes('NVRM: No NVIDIA devices probed.', 'NVRM: GPU 0000:00:1e.0 is already bound to vfio-pci.')).toEqual([
    'host.gpu-of-other-driver',
  ]);
});

test('a module that is there already, and those of other programs, are no fault', () => {
  expect(codes("modprobe: ERROR: could not insert 'nvidia': File exists")).toEqual([]);
  expect(
    codes(
      'modprobe: FATAL: Module zfs not found in directory /lib/modules/6.8.0',
      'NVRM: loading NVIDIA UNIX Open Kernel Module',
    ),
  ).toEqual([]);
});
