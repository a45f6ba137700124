import {expect, test} from 'vitest';
import {isMemoryDaemonLine, memoryDaemonFindings} from '../../../../src/domain/diagnosis/kernel/memory-daemons.ts';

test.each([
  [
    'Killed /system.slice/vllm.service due to memory pressure for /system.slice being 61.20% > 50.00% for > 20s with reclaim activity',
    'Systemd-oomd ended vllm.service',
  ],
  ['llama.service: systemd-oomd killed 3 process(es) in this unit.', 'Systemd-oomd ended llama.service'],
  [
    'sending SIGKILL to process 51234 uid 1000 "llama-server": badness 911, VmRSS 90211 MiB',
    'llama-server (pid 51234)',
  ],
  [
    '[talos] Sending SIGKILL to cgroup {"component": "controller-runtime", "controller": "runtime.OOMController", "cgroup": "/sys/fs/cgroup/kubepods/besteffort/pod0a1b2c3d"}',
    'controller of Talos ended pod0a1b2c3d',
  ],
  ['Eviction manager: pod is evicted successfully" pod="ai/vllm-0"', 'kubelet (eviction) ended ai/vllm-0'],
  ["sglang.service: Failed with result 'oom-kill'.", 'The kernel ended sglang.service'],
])('who ended what: %s', (text, words) => {
  const found = memoryDaemonFindings(['kernel: usb 1-1: new device', text]);
  expect(found).toMatchObject([{code: 'host.killed-for-memory', severity: 'critical', evidence: text}]);
  expect(found[0]?.message.toLowerCase()).toContain(words.toLowerCase());
  expect(isMemoryDaemonLine(text)).toBe(true);
});

test('a pressure that systemd-oomd reports is no kill, also where it finds nothing to end', () => {
  const pressure =
    'Memory pressure for /user.slice/user-1000.slice/app.slice/vllm.service is 71.20% > 60.00% for > 30s with reclaim activity';
  const nothing = 'Failed to kill any cgroup(s) under /user.slice/user-1000.slice based on pressure: Device busy';
  const [finding] = memoryDaemonFindings([pressure, nothing]);
  expect(finding).toMatchObject({code: 'host.killed-for-memory', severity: 'warning', evidence: pressure});
  expect(finding?.message).toMatch(/^Systemd-oomd reported memory pressure of 71\.20% for vllm\.service; no line/i);
  expect(isMemoryDaemonLine(pressure)).toBe(true);
  const killed = 'Killed /user.slice/a.scope due to memory pressure for /user.slice being 71.20% > 60.00% for > 30s';
  expect(memoryDaemonFindings([pressure, killed])).toMatchObject([{severity: 'critical', evidence: killed}]);
});

test('of the daemon and systemd, which reports what it did, only the daemon is reported', () => {
  const texts = [
    "a.service: Failed with result 'oom-kill'.",
    'a.service: systemd-oomd killed 3 process(es) in this unit.',
  ];
  expect(memoryDaemonFindings(texts)).toMatchObject([{evidence: texts[1]}]);
});

test.each([
  'earlyoom[12]: sending SIGTERM when mem <=  4.00% and swap <= 10.00%,',
  'systemd[1]: Started Userspace Out-Of-Memory (OOM) Killer.',
  'INFO 05-06 12:00:00 [core.py:58] Sending SIGTERM to workers',
])('one that only starts, or another signal, is no kill: %s', (text) => {
  expect(memoryDaemonFindings([text])).toEqual([]);
});
