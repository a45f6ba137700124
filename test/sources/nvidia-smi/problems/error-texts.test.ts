import {describe, expect, test} from 'vitest';
import {
  lostHandleFinding,
  lostHandles,
  messageFindings,
} from '../../../../src/sources/nvidia-smi/problems/error-texts.ts';

const codes = (text: string) => messageFindings(text).map(({code}) => code.replace('source.nvidia-smi.', ''));

test.each([
  ["NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 'driver-not-loaded'],
  ['Failed to initialize NVML: Driver Not Loaded', 'driver-not-loaded'],
  ["NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.", 'library-missing'],
  ['Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.1', 'version-mismatch'],
  ['Failed to initialize NVML: Insufficient Permissions', 'no-permission'],
  ['Failed to initialize NVML: Unknown Error', 'unknown-error'],
  ['No devices were found. Please make sure /dev/nvidia* are readable', 'no-devices-permission'],
  ['No devices were found', 'no-devices'],
  ['Field "x.y" is not a valid field to query.', 'invalid-field'],
  ['Only one --query-* switch can be used at a time', 'invalid-arguments'],
  ['Invalid combination of input arguments. Please run nvidia-smi -h.', 'invalid-arguments'],
  ['Option "--x" is not recognized. Please run nvidia-smi -h.', 'invalid-arguments'],
  ['Failed to query device index 3', 'gpu-lost'],
])('%s is %s alone', (text, code) => {
  expect(codes(text)).toEqual([code]);
  expect(messageFindings(text)[0]?.severity).toBe('critical');
});

test('text without a message has no finding', () => {
  expect(codes('')).toEqual([]);
  expect(codes('0, GPU-0, 81559 MiB')).toEqual([]);
});

test('the version of the library is named, whatever the line ends', () => {
  const start = 'Failed to initialize NVML: Driver/library version mismatch';
  for (const rest of ['\nNVML library version: 580.1', '\r\n NVML library version: 580.1\r\n']) {
    expect(messageFindings(`${start}${rest}`)[0]?.message).toContain('(580.1)');
  }
  expect(messageFindings(start)[0]?.message).not.toContain('(');
});

test('the evidence is the first line of the message', () => {
  const [finding] = messageFindings(
    'x\nFailed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.1\n',
  );
  expect(finding?.evidence).toBe('Failed to initialize NVML: Driver/library version mismatch');
  const [windows] = messageFindings(
    'Failed to initialize NVML: Driver/library version mismatch\r\nNVML library version: 580.1',
  );
  expect(windows?.evidence).toBe(finding?.evidence);
});

describe('events that a loop prints', () => {
  const line = 'GPU 00000000:1A:00.0: Detected Critical Xid Error';

  test('are each a warning about the card', () => {
    const findings = messageFindings(`${line}\nother\nGPU 2: A Double Bit ECC occurred  \n`);
    expect(findings).toMatchObject([
      {
        code: 'source.nvidia-smi.driver-event',
        severity: 'warning',
        evidence: line,
        details: {index: null, pciBusId: '00000000:1A:00.0'},
      },
      {code: 'source.nvidia-smi.driver-event', severity: 'warning', details: {index: 2, pciBusId: null}},
    ]);
  });

  test('are on their own line', () => {
    expect(codes(`x ${line}`)).toEqual([]);
    expect(codes(`${line} and more`)).toEqual([]);
  });
});

describe('cards that cannot be opened', () => {
  const older =
    'Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU';
  const newer = 'Unable to determine the device handle for GPU3: 0000:03:00.0: Unknown Error';

  test('are identified by address in older branches and by index in newer ones', () => {
    expect(lostHandles(`${older}\n${newer}\n`)).toEqual([
      {card: '0000:02:00.0', address: null, reason: 'GPU is lost', evidence: older},
      {card: '3', address: '0000:03:00.0', reason: 'Unknown Error', evidence: newer},
    ]);
    expect(lostHandles(`${newer}  \n`)).toEqual([
      {card: '3', address: '0000:03:00.0', reason: 'Unknown Error', evidence: newer},
    ]);
    expect(lostHandles('No devices were found')).toEqual([]);
    // No index of a GPU: read as a number it would be infinite, which no document can hold.
    const digits = '9'.repeat(400);
    const [named] = lostHandles(`Unable to determine the device handle for GPU ${digits}: Unknown Error`);
    expect(named === undefined ? null : lostHandleFinding(named).message).toContain(digits);
  });

  test.each([
    ['Insufficient Permissions', 'no-permission'],
    ['Unknown Error', 'unknown-error'],
    ['GPU is lost', 'gpu-lost'],
  ])('for the reason %s are %s', (reason, code) => {
    const finding = lostHandleFinding({card: '3', address: '0000:03:00.0', reason, evidence: 'e'});
    expect(finding).toMatchObject({
      code: `source.nvidia-smi.${code}`,
      severity: 'critical',
      evidence: 'e',
      details: {index: 3, pciBusId: '0000:03:00.0'},
    });
  });

  test('keep their address if there is no index', () => {
    expect(
      lostHandleFinding({card: '0000:02:00.0', address: null, reason: 'GPU is lost', evidence: 'e'}).details,
    ).toMatchObject({
      index: null,
      pciBusId: '0000:02:00.0',
    });
  });
});
