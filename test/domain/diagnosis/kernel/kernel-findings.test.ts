import {expect, test} from 'vitest';
import {kernelFindings} from '../../../../src/domain/diagnosis/kernel/kernel-findings.ts';

const codesOf = (...texts: readonly string[]): readonly string[] => kernelFindings(texts).map(({code}) => code);

test.each([
  'NVRM: GPU3 _issueRpcAndWait: rpcSendMessage failed with status 0x0000000f for fn 10 sequence 12!',
  'NVRM: GPU0 rpcRmApiFree_GSP: GspRmFree failed: hClient=0xc1d00001; status=0x0000000f',
  'NVRM: GPU at 0000:1a:00.0: GPU is lost.',
  'NVRM: GPU 0000:1a:00.0: RmInitAdapter failed! (0x24:0x65:1589)',
  'NVRM: GPU6 _kgspIsHeartbeatTimedOut: Heartbeat timed out, currentTimeMs 81275 heartbeat 1899 diff 6070 timeout 5200',
  'NVRM: GPU0 _kgspRpcRecvPoll: GSP RM heartbeat timed out',
  'NVRM: _kgspLogXid119: Timeout after 45s of waiting for RPC response from GPU1 GSP!',
])('%s: the driver does not reach a GPU any more', (text) => {
  expect(codesOf(text)).toEqual(['host.gpu-unreachable']);
});

test.each(['PCI:...', 'PCI:…', 'PCI:xxxx:xx:xx', 'PCI:<masked>'])(
  'an Xid whose address is masked as %s counts',
  (address) => {
    expect(codesOf(`kernel: NVRM: Xid (${address}): 145, link error on link 3`)).toEqual(['host.xid']);
  },
);

test.each([
  ['63, Row Remapper: New row marked for remapping', /reported a retired memory page or row \(Xid 63\)/],
  ['92, High single-bit ECC error rate', /reported many corrected memory errors \(Xid 92\)/],
])('Xid %s is a warning about a GPU that works, and comes after what failed', (rest, message) => {
  const report = `NVRM: Xid (PCI:0000:1a:00): ${rest}`;
  const alone = kernelFindings([report]);
  expect(alone).toMatchObject([{code: 'host.xid', severity: 'warning', message: expect.stringMatching(message)}]);
  expect(alone[0]?.remedy).toMatch(/^Nothing has to be done now/);
  const fallen = 'NVRM: Xid (PCI:0000:1b:00): 79, GPU has fallen off the bus.';
  expect(kernelFindings([report, fallen]).map(({severity}) => severity)).toEqual(['critical', 'warning']);
});

test('with the Xid of the GPU, its consequences are not named', () => {
  const fallen = 'NVRM: Xid (PCI:0000:1a:00): 79, GPU has fallen off the bus.';
  expect(codesOf(fallen, 'NVRM: GPU0 rpcRmApiFree_GSP: GspRmFree failed: status=0x0000000f')).toEqual(['host.xid']);
});

test.each([
  'NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.95.05',
  'NVRM: GPU0 kflcnReset: status=0x000000f1',
  'usb 1-1: status = 0x0000000f',
])('%s is no lost GPU', (text) => {
  expect(codesOf(text)).toEqual([]);
});

test('what a killed process held is its own memory and what it shares', () => {
  const kill = 'Out of memory: Killed process 9 (python3) total-vm:9kB, anon-rss:1048576kB, file-rss:512kB, ';
  const [shared] = kernelFindings([`${kill}shmem-rss:134217728kB, UID:0`]);
  expect(shared?.details).toMatchObject({residentBytes: 129 * 1024 ** 3});
  expect(shared?.message).toContain('of it shared memory');
  const [own] = kernelFindings([`${kill}shmem-rss:0kB, UID:0`]);
  expect(own?.message).not.toContain('shared');
});

test.each([
  ['(0x62:0x40:1976)', /firmware \(GSP\) did not start/, /off and on/],
  ['(0x31:0xffff:1201)', /video BIOS was refused/, /off and on/],
  ['(0x24:0x56:1568)', /not supported here/, /Above 4G Decoding/],
  ['(0x25:0x1a:2100)', /could not initialize it\.$/, /first Xid/],
])('a GPU that was found and not started %s', (status, message, remedy) => {
  const found = kernelFindings([
    `NVRM: GPU 0000:1a:00.0: RmInitAdapter failed! ${status}`,
    'NVRM: GPU 0000:1a:00.0: rm_init_adapter failed, device minor number 0',
  ]);
  expect(found).toMatchObject([{code: 'host.gpu-unreachable'}]);
  expect(found[0]?.message).toMatch(message);
  expect(found[0]?.remedy).toMatch(remedy);
});

test('firmware that does not boot is the reason, also where the driver names a later stage', () => {
  const [found] = kernelFindings([
    'NVRM: kgspWaitForGfwBootOk_TU102: failed to wait for GFW boot complete: 0x65 VBIOS version 94.02',
    'NVRM: GPU 0000:1a:00.0: RmInitAdapter failed! (0x23:0x65:1501)',
  ]);
  expect(found?.message).toContain('at 0000:1a:00.0 and could not initialize it: its firmware');
});

test('a GPU that was lost before is not one that never started', () => {
  const lost = 'NVRM: GPU0 rpcRmApiFree_GSP: GspRmFree failed: status=0x0000000f';
  const [found] = kernelFindings([lost, 'NVRM: GPU 0000:1a:00.0: RmInitAdapter failed! (0x62:0x40:1976)']);
  expect(found?.message).toContain('does not reach a GPU any more');
});

const xid = (number: number): string => `NVRM: Xid (PCI:0000:0a:00): ${number}, pid=7, name=python3, Ch 00000008`;

test('what a program did before the card failed is no consequence of that; what comes after is', () => {
  expect(codesOf(xid(31), xid(62), xid(45))).toEqual(['host.xid', 'host.xid-of-program', 'host.xid-consequence']);
  expect(codesOf(xid(62), xid(31), xid(45))).toEqual(['host.xid', 'host.xid-consequence']);
});

test.each([
  [
    'NVRM: rpcRmApiAlloc_GSP: GspRmAlloc failed: hClient=0xc1d00016; hClass=0x0000c86f; paramsStatus=0x00000062; status=0x00000062',
    'host.gpu-needs-reset',
    /nvidia-smi -r/,
  ],
  [
    'NVRM: nvAssertOkFailedNoLog: Assertion failed: Reset required [NV_ERR_RESET_REQUIRED] (0x00000062) returned from status @ kernel_channel.c:2874',
    'host.gpu-needs-reset',
    /nvidia-smi -r/,
  ],
  [
    'NVRM: nvAssertOkFailedNoLog: Assertion failed: Generic ECC error [NV_ERR_ECC_ERROR] (0x0000000B) returned from status @ x.c:1',
    'host.gpu-needs-reset',
    /ROW_REMAPPER/,
  ],
  [
    'NVRM: nvAssertOkFailedNoLog: Assertion failed: Nvlink Fabric Probe failed [NV_ERR_NVLINK_FABRIC_FAILURE] (0x00000082) returned from status @ x.c:1',
    'host.fabric-not-ready',
    /fabric manager/,
  ],
])('what the driver says of its own calls tells that a card is not usable: %s', (text, code, remedy) => {
  expect(kernelFindings([text])).toMatchObject([{code, severity: 'critical', evidence: text}]);
  expect(kernelFindings([text])[0]?.remedy).toMatch(remedy);
});

test.each([
  'NVRM: nvAssertOkFailedNoLog: Assertion failed: Call not supported [NV_ERR_NOT_SUPPORTED] (0x00000056) returned from status @ x.c:1',
  'NVRM: rpcRmApiAlloc_GSP: GspRmAlloc failed: hClient=0xc1d00062; hParent=0x00000062; status=0x00000056',
  'usb 1-1: status=0x00000062',
])('%s is harmless', (text) => {
  expect(codesOf(text)).toEqual([]);
});

test('with the Xid of a card, what its calls say follows from it', () => {
  const xid = 'NVRM: Xid (PCI:0000:1a:00): 79, GPU has fallen off the bus.';
  expect(codesOf(xid, 'NVRM: rpcRmApiAlloc_GSP: GspRmAlloc failed: status=0x00000062')).toEqual(['host.xid']);
});

test('the two lines of one kill are one', () => {
  const chosen = (pid: number): string =>
    `oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=python3,pid=${pid},uid=0`;
  const killed = (pid: number): string =>
    `Out of memory: Killed process ${pid} (python3) total-vm:9kB, anon-rss:1048576kB`;
  expect(kernelFindings([chosen(9), killed(9)])[0]?.message).not.toContain('times');
  expect(kernelFindings([chosen(9), killed(9), chosen(10), killed(10)])[0]?.message).toContain('2 times');
});
