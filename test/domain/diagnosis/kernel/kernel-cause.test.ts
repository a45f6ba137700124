import {describe, expect, test} from 'vitest';
import {findKernelCause, type KernelMessage} from '../../../../src/domain/diagnosis/kernel/kernel-cause.ts';

const said = (...texts: readonly string[]): KernelMessage[] => texts.map((text) => ({ageMs: 4_000, text}));
const own = new Set([4242, 4250]);

const killed =
  'Out of memory: Killed process 4250 (VLLM::Worker_TP) total-vm:812345678kB, anon-rss:536870912kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:1048576kB oom_score_adj:0';

describe('kernel messages about an engine that exited', () => {
  test('a process killed because host memory ran out, with its size', () => {
    const finding = findKernelCause(said('usb 1-1: new device', killed), own);
    expect(finding).toMatchObject({code: 'host.out-of-memory', severity: 'critical', evidence: killed});
    expect(finding?.message).toContain('a process of the engine, VLLM::Worker_TP (pid 4250), using 512.0 GiB');
  });

  test('the limit of a container has another fix than a full host', () => {
    const text =
      'Memory cgroup out of memory: Killed process 77 (python3) total-vm:1kB, anon-rss:1048576kB, file-rss:0kB, shmem-rss:0kB, UID:0';
    const finding = findKernelCause(said(text), own);
    expect(finding?.message).toMatch(/killed a process, python3.*its cgroup reached its memory limit/);
    expect(finding?.remedy).toContain('limit of the container');
  });

  test.each([
    ['CONSTRAINT_MEMCG', /its cgroup reached its memory limit/, /limit of the container/],
    ['CONSTRAINT_NONE', /the host ran out of memory/, /Stop other programs/],
  ])('of a kill with %s only the line before it', (constraint, message, remedy) => {
    const chosen = `oom-kill:constraint=${constraint},nodemask=(null),cpuset=a.scope,mems_allowed=0-1,oom_memcg=/kubepods/pod7,task_memcg=/kubepods/pod7/a.scope,task=pt_main_thread,pid=4250,uid=0`;
    const finding = findKernelCause(said(chosen), own);
    expect(finding).toMatchObject({code: 'host.out-of-memory', evidence: chosen});
    expect(finding?.message).toMatch(message);
    expect(finding?.message).toContain('a process of the engine, pt_main_thread (pid 4250)');
    expect(finding?.remedy).toMatch(remedy);
    expect(findKernelCause(said(chosen, killed), own)?.evidence, 'the line with sizes counts').toBe(killed);
  });

  test('of several kills, the engine\u2019s own counts', () => {
    const other = 'Out of memory: Killed process 9 (chrome) total-vm:1kB, anon-rss:2048kB';
    expect(findKernelCause(said(killed, other), own)?.message).toContain('pid 4250');
  });

  test.each([
    [
      'NVRM: Xid (PCI:0000:9b:00): 79, pid=2024380, name=python3, GPU has fallen off the bus.',
      /0000:9b:00.*fell off the bus \(Xid 79\)/,
    ],
    [
      "NVRM: Xid (PCI:0000:06:00): 94, pid='<unknown>', name=<unknown>, Contained: SM",
      /contained memory error \(Xid 94\)/,
    ],
    [
      'NVRM: Xid (PCI:0000:41:00 GPU-I:05): 94, pid=7194, Contained: CE User Channel (0x9). RST: No, D-RST: No',
      /0000:41:00.*contained memory error \(Xid 94\)/,
    ],
    ['NVRM: Xid (PCI:00000000:06:00.0): 119, Timeout after 6s of waiting for RPC response', /GSP/],
  ])('a card that failed: %s', (text, message) => {
    const finding = findKernelCause(said(text), own);
    expect(finding).toMatchObject({code: 'host.xid', evidence: text});
    expect(finding?.message).toMatch(message);
  });

  test.each([
    'NVRM: Xid (PCI:0000:9b:00): 31, pid=4242, name=python3, Ch 00000010, MMU Fault',
    'NVRM: Xid (PCI:0000:9b:00): 43, pid=4242',
    'NVRM: Xid (PCI:0000:9b:00): 63, pid=4242, name=python3, Row Remapper: New row marked for remapping',
    'NVRM: Xid (PCI:0000:9b:00): 92, High single-bit ECC error rate',
    'EXT4-fs (vda): mounted filesystem',
  ])('no cause in %s', (text) => {
    expect(findKernelCause(said(text), own)).toBeNull();
  });

  test('an old message is not the cause', () => {
    expect(findKernelCause([{ageMs: 3_600_000, text: killed}], own)).toBeNull();
  });
});
