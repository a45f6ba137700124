import {expect, test} from 'vitest';
import {readLines} from './read-lines.ts';

const at = '[May 06 2026 12:30:01]';
const journal = 'May 06 12:30:01 node-17';
const quiet = [
  `${at} [INFO] [tid 1803] Received an inband message:  Message header details: magic Id:abcd request Id:1f type:4 length:14`,
  'Message payload details:Team release request: Team Handle:99c9 Flags:0',
  '',
  `${at} [INFO] [tid 1808] multicast group 0 is freed.`,
];

test('a log of requests is the log of the fabric manager and no JSON', () => {
  expect(readLines(quiet)).toMatchObject({kind: 'fabric-manager-log', exit: 'no-failure', findings: []});
});

test('an error of a switch that is not fatal is a warning', () => {
  const error = `${at} [ERROR] [tid 99] detected NVSwitch non-fatal error 12033 on fid 0 on NVSwitch pci bus id 00000000:84:00.0 physical id 1 port 17`;
  expect(readLines([...quiet, error])).toMatchObject({
    kind: 'fabric-manager-log',
    exit: 'no-failure',
    findings: [{code: 'host.nvswitch-error', severity: 'warning'}],
  });
});

test('another error is a failure, with its line', () => {
  expect(readLines([...quiet, `${at} [ERROR] [tid 99] failed to train the links of GPU 3`])).toMatchObject({
    exit: 'failed',
    findings: [{code: 'host.fabric-manager-error', evidence: 'failed to train the links of GPU 3'}],
  });
});

test('in the journal, a version that is not the driver\u2019s comes before the unit that failed', () => {
  const found = readLines([
    `${journal} systemd[1]: Starting NVIDIA fabric manager service...`,
    `${journal} nv-fabricmanager[2211]: fabric manager NVIDIA GPU driver interface version 570.124.06 don't match with driver version 570.133.20. Please update with matching NVIDIA driver package.`,
    `${journal} systemd[1]: nvidia-fabricmanager.service: Control process exited, code=exited, status=1/FAILURE`,
    `${journal} systemd[1]: Failed to start NVIDIA fabric manager service.`,
  ]);
  expect(found).toMatchObject({kind: 'fabric-manager-log', exit: 'failed'});
  expect(found?.findings.map(({code}) => code)).toEqual(['host.fabric-manager-version']);
  expect(found?.findings[0]?.message).toContain('has version 570.124.06, and the driver 570.133.20');
});

test('a unit that failed without a word of the service says where its log is', () => {
  const found = readLines([`${journal} systemd[1]: nvidia-fabricmanager.service: Failed with result 'exit-code'.`]);
  expect(found?.findings[0]).toMatchObject({code: 'host.fabric-manager-failed', severity: 'critical'});
});

test('the manager of the fabric of Blackwell, where it starts, is no failure', () => {
  const at = '10.0.0.1: 2026/05/06 12:30:07 nvidia-fabricmanager-wrapper: ';
  const read = readLines([
    `${at}found NVSwitch LPF: device=mlx5_10 guid=0xcc40f3030027f630`,
    `${at}waiting for socket creation at /var/run/nvidia-fabricmanager/fm_sm_ipc.socket`,
    '10.0.0.1: nvlsm: OpenSM 2025.06.5_eb3b4ba_df9bb3c_ae214d2',
  ]);
  expect(read).toMatchObject({kind: 'fabric-manager-log', exit: 'no-failure', findings: []});
});
