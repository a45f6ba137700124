import {expect, test} from 'vitest';
import {hostFaultCodes, hostFindings} from '../../../../src/domain/diagnosis/kernel/host-faults.ts';

test.each([
  ['VFS: file-max limit 2097152 reached', 'host.file-max-reached', '2,097,152'],
  ['Kernel panic - not syncing: Fatal exception in interrupt', 'host.kernel-panic', 'Fatal exception'],
  ['BUG: kernel NULL pointer dereference, address: 0000000000000008', 'host.kernel-bug', 'illegal access'],
  ['watchdog: BUG: soft lockup - CPU#12 stuck for 26s! [kworker/12:1:880]', 'host.cpu-lockup', '26 s (kworker/12'],
  ['mce: [Hardware Error]: CPU 3: Machine Check: 0 Bank 7: be0000000100009f', 'host.hardware-error', 'hardware'],
  ['pcieport 0000:16:01.0: AER: Uncorrected (Fatal) error received: id=00e8', 'host.hardware-error', 'PCIe'],
  ['blk_update_request: I/O error, dev nvme3n1, sector 1048576 op 0x0:(READ)', 'host.disk-error', '(nvme3n1)'],
  ['amdgpu 0000:c3:00.0: amdgpu: ring comp_1.0.1 timeout, signaled seq=9, emitted seq=11', 'host.gpu-reset', 'amdgpu'],
  ['i915 0000:03:00.0: [drm] GPU HANG: ecode 12:4:a77ffefe', 'host.gpu-reset', 'i915'],
  ['misc dxg: dxgk: dxgkio_make_resident: Ioctl failed: -12', 'host.wsl-memory', 'Windows'],
  ['EXT4-fs error (device dm-4): ext4_find_entry:1463: inode #2', 'host.disk-error', '(dm-4)'],
])('%s', (text, code, words) => {
  const found = hostFindings(['usb 1-1: new device', text]);
  expect(found.map((finding) => finding.code)).toEqual([code]);
  expect(found[0]?.message).toContain(words);
  expect(hostFaultCodes.has(code)).toBe(true);
});

const hung = (name: string, pid: number): string => `INFO: task ${name}:${pid} blocked for more than 120 seconds.`;

test.each([
  [' os_acquire_rwlock_write+0x35/0x50 [nvidia]', 'for the NVIDIA driver'],
  [' nfs4_proc_getattr+0x60/0x90 [nfsv4]', 'for a file system on the network'],
  [' jbd2_journal_commit_transaction+0x1a2/0x1990', 'for a disk'],
])('a process that waits in%s', (frame, forWhat) => {
  const [found] = hostFindings([hung('python3', 41_000), ' __schedule+0x27c/0x6a0', frame]);
  expect(found).toMatchObject({code: 'host.hung-task', severity: 'warning'});
  expect(found?.message).toBe(
    `A process waited in the kernel for more than 120 s, probably ${forWhat}: python3 (pid 41000).`,
  );
});

test('of several processes that wait each counts once, and without a stack no reason is claimed', () => {
  const [found] = hostFindings([hung('a', 1), hung('b', 2), hung('a', 1)]);
  expect(found?.message).toBe('2 processes waited in the kernel for more than 120 s: a (pid 1); b (pid 2).');
});

test('a kernel that only talks has no fault', () => {
  expect(hostFindings(['EXT4-fs (dm-4): mounted filesystem', 'nvme nvme0: 32/0/0 default/read/poll queues'])).toEqual(
    [],
  );
});
