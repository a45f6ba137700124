import fc from 'fast-check';
import {expect, test} from 'vitest';
import {driverFindings, driverMessages, messagesOf} from '../../../../src/domain/diagnosis/kernel/driver-messages.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const gpu = (index: number, bus: string, fault: string | null = null) => ({
  index,
  uuid: `GPU-${index}`,
  pciBusId: `00000000:${bus}:00.0`,
  fault,
});
const line = (text: string, ageMs = 60_000) => ({ageMs, text});
const xid = (bus: string, number: number, rest = 'pid=4711, name=python3, Ch 00000001') =>
  `NVRM: Xid (PCI:0000:${bus}:00): ${number}, ${rest}`;

test('messages are those of the driver that name a card, with the meaning of an Xid', () => {
  const found = driverMessages(
    [
      line('EXT4-fs (nvme0n1p2): mounted filesystem'),
      line('NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.105.08'),
      line('NVRM: GPU at PCI:0000:1b:00: GPU-1', 62_400),
      line(xid('1b', 79, 'GPU has fallen off the bus.'), 62_000),
      line(xid('43', 31), 61_000),
    ],
    NOW_MS,
  );
  expect(
    found.map(({atMs, pciBusId, fault}) => [NOW_MS - atMs, pciBusId, fault?.kind, fault?.xid, fault?.meaning]),
  ).toEqual([
    [62_000, '0000:1b:00', undefined, undefined, undefined],
    [62_000, '0000:1b:00', 'card', 79, 'it fell off the bus'],
    [61_000, '0000:43:00', 'program', 31, 'a program accessed memory that is not its own (MMU fault)'],
  ]);
});

test('lines in a row of one fault are one message, and of a flood each card keeps its newest', () => {
  const channels = Array.from({length: 200}, (_, channel) => line(xid('1b', 94, `Ch ${channel}`), 9_000 - channel));
  expect(driverMessages(channels, NOW_MS)).toMatchObject([{count: 200, text: xid('1b', 94, 'Ch 199')}]);
  const flood = Array.from({length: 500}, (_, at) => line(xid('1b', at % 2 === 0 ? 13 : 43), 600_000 - at * 1_000));
  const kept = driverMessages([line(xid('43', 48), 900_000), ...flood], NOW_MS);
  expect(kept).toHaveLength(9);
  expect(kept[0]).toMatchObject({pciBusId: '0000:43:00'});
  expect(kept.at(-1)?.atMs).toBe(NOW_MS - 101_000);
});

test('faults of programs do not push out a fault of the GPU itself', () => {
  const flood = Array.from({length: 50}, (_, at) => line(xid('1b', at % 2 === 0 ? 13 : 43), 60_000 - at * 1_000));
  const kept = driverMessages([line(xid('1b', 48), 900_000), ...flood], NOW_MS);
  expect(kept.map(({fault}) => fault?.xid)).toEqual([48, 43, 13, 43, 13, 43, 13, 43]);
});

test.each([
  [63, 'reported a retired memory page or row (Xid 63).', /^Nothing has to be done now/],
  [92, 'reported many corrected memory errors (Xid 92).', /^Nothing has to be done now/],
  [94, 'reported a contained memory error (Xid 94).', /^The program that used this memory was ended/],
  [95, 'failed: an uncontained memory error (Xid 95).', /^Take the GPU out of use/],
])('a GPU that works after Xid %d is not called failed unless it is', (number, message, remedy) => {
  const [finding] = driverFindings(driverMessages([line(xid('1b', number))], NOW_MS), [gpu(0, '1B')], NOW_MS);
  expect(finding).toMatchObject({severity: 'warning', remedy: expect.stringMatching(remedy)});
  expect(finding?.message.endsWith(message)).toBe(true);
});

test.each([
  [79, 'failed: it fell off the bus (Xid 79).', 'power the node off and on'],
  [48, 'failed: an uncorrectable memory error (double-bit ECC) (Xid 48).', 'reboot the node'],
  [94, 'reported a contained memory error (Xid 94).', 'reboot the node'],
])(
  'a GPU that was gone before this supervisor started is named by its address alone (Xid %d)',
  (number, message, act) => {
    const messages = driverMessages([line(xid('3b', number))], NOW_MS);
    expect(driverFindings(messages, [gpu(0, '1B'), gpu(1, '43')], NOW_MS)).toMatchObject([
      {
        message: `The GPU at 0000:3b:00 ${message}`,
        details: {index: null, pciBusId: '0000:3b:00'},
        remedy: `nvidia-smi does not list this GPU: it is lost, or is another container's. lspci -s 3b:00 shows its slot. For a lost one, ${act}; replace it if it does not return.`,
      },
    ]);
    // With no list of the GPUs nothing is known of it.
    expect(driverFindings(messages, [], NOW_MS)[0]?.remedy).not.toContain('does not list');
  },
);

test('a fault at an address that no listed GPU has is reported by itself', () => {
  const messages = driverMessages([line(xid('1b', 119)), line(xid('43', 48)), line(xid('43', 31))], NOW_MS);
  const xids = (...gpus: Parameters<typeof driverFindings>[1]) =>
    driverFindings(messages, gpus, NOW_MS).map(({details}) => details);
  const [timeout, memory] = [
    {pciBusId: '0000:1b:00', xid: 119},
    {pciBusId: '0000:43:00', xid: 48},
  ];
  expect(xids()).toMatchObject([timeout, memory]);
  expect(xids(gpu(1, '43'))).toMatchObject([memory, timeout]);
  expect(xids(gpu(0, '1B', 'GPU is lost'))).toMatchObject([memory]);
});

test('faults of MIG instances of a GPU name the instance, also with the part of it', () => {
  const of = (instance: string) => line(`NVRM: Xid (PCI:0000:1b:00 ${instance}): 94, pid=1, Contained: SM`);
  const messages = driverMessages([of('GPU-I:05 GPU-CI:00'), of('GPU-I:07')], NOW_MS);
  expect(messages.map(({fault}) => fault?.gpuInstanceId)).toEqual([5, 7]);
  const messageWith = (...gpus: Parameters<typeof driverFindings>[1]) =>
    driverFindings(messages, gpus, NOW_MS).map(({message}) => message.replace(/ reported .*/, ''));
  expect(messageWith()).toEqual(['MIG instance 5 of the GPU at 0000:1b:00', 'MIG instance 7 of the GPU at 0000:1b:00']);
  expect(messageWith(gpu(3, '1B'))).toEqual([
    'MIG instance 5 of GPU 3 (0000:1b:00)',
    'MIG instance 7 of GPU 3 (0000:1b:00)',
  ]);
});

test('messages of unknown age are no messages', () => {
  expect(driverMessages([{ageMs: null, text: xid('1b', 48)}], NOW_MS)).toEqual([]);
});

test('where every GPU has a PCI domain of its own, a message is of one of them', () => {
  const messages = driverMessages([line('NVRM: Xid (PCI:0002:00:00): 48, pid=1')], NOW_MS);
  const of = (pciBusId: string) => messagesOf(messages, {...gpu(0, '00'), pciBusId}).length;
  expect([of('00000001:00:00.0'), of('00000002:00:00.0'), of('0002:00:00.0'), of('00:00.0')]).toEqual([0, 1, 1, 1]);
});

test('a message is of the GPU at its address, however both are written', () => {
  const messages = driverMessages([line(xid('1b', 48)), line(xid('43', 48))], NOW_MS);
  expect(messagesOf(messages, gpu(0, '1B')).map(({pciBusId}) => pciBusId)).toEqual(['0000:1b:00']);
  expect(messagesOf(messages, gpu(7, 'DF'))).toEqual([]);
  expect(messagesOf(messages, {...gpu(0, '1B'), pciBusId: {absent: 'not read'}})).toEqual([]);
});

test('a fault of a GPU that works is a warning for an hour; of a program, or of a GPU that is lost, it is none', () => {
  const findings = (age: number, fault: string | null = null) =>
    driverFindings(
      driverMessages([line(xid('1b', 48), age), line(xid('1b', 45), age), line(xid('43', 31), age)], NOW_MS),
      [gpu(0, '1B', fault), gpu(1, '43')],
      NOW_MS,
    ).map(({code, severity, message}) => [code, severity, message]);
  expect(findings(3_599_000)).toEqual([
    ['host.xid', 'warning', 'GPU 0 (0000:1b:00) failed: an uncorrectable memory error (double-bit ECC) (Xid 48).'],
  ]);
  expect(findings(3_602_000)).toEqual([]);
  expect(findings(1_000, 'GPU is lost')).toEqual([]);
});

test('any kernel log is read: few messages of each card, none longer than a few rows', () => {
  const part = fc.constantFrom(
    'NVRM: ',
    'Xid (PCI:0000:1b:00): ',
    '0000:43:00',
    '79',
    ', ',
    'GPU',
    'fallen off the bus',
    '(',
    ' ',
  );
  const text = fc.array(fc.oneof(part, fc.string()), {maxLength: 30}).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(fc.record({ageMs: fc.option(fc.nat()), text}), {maxLength: 60}), (messages) => {
      const found = driverMessages(messages, NOW_MS);
      for (const [, own] of Map.groupBy(found, ({pciBusId}) => pciBusId)) expect(own.length).toBeLessThanOrEqual(8);
      for (const message of found) expect(message.text.length).toBeLessThanOrEqual(300);
    }),
  );
});
