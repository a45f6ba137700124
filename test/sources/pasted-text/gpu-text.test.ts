import {expect, test} from 'vitest';
import {readLines} from './read-lines.ts';

const CARDS = 8;
const name = 'NVIDIA H100 80GB HBM3';
const indexes = Array.from({length: CARDS}, (_, index) => index);

/** An identity with as few digits in common as the real ones have. */
function uuid(index: number): string {
  const hex = (factor: number, length: number): string =>
    ((index + 3) * factor).toString(16).padStart(length, '0').slice(-length);
  return `GPU-${hex(2_654_435_761, 8)}-${hex(40_503, 4)}-${hex(4_099, 4)}-${hex(7_919, 4)}-${hex(104_729_999, 12)}`;
}

const bus = (index: number): string => `00000000:${(0x18 + index * 0x1b).toString(16).toUpperCase()}:00.0`;
const listed = indexes.map((index) => `GPU ${index}: ${name} (UUID: ${uuid(index)})`);
const row = (index: number): string =>
  `|   ${index}  ${name}          On  |   ${bus(index)} Off |                    0 |`;
const readings = '| N/A   31C    P0             112W /  700W |   71234MiB /  81559MiB |     97%      Default |';

/** Every form in which the cards of a node are listed. */
const forms: Readonly<Record<string, readonly string[]>> = {
  '-L': listed,
  '-L of two kinds of cards': listed.map((line, index) => (index < 5 ? line : line.replace(name, 'NVIDIA L4'))),
  '-L with MIG devices': listed.flatMap((line, index) => [
    line,
    ...[0, 1, 2].map(
      (device) => `  MIG 2g.20gb     Device  ${device}: (UUID: MIG-${uuid(index * 10 + device).slice(4)})`,
    ),
  ]),
  '-L of a container': listed.map((line) => `gpu-tools-1  | ${line}`),
  'a list with units': [
    'index, name, uuid, memory.total [MiB], memory.used [MiB], utilization.gpu [%]',
    ...indexes.map((index) => `${index}, ${name}, ${uuid(index)}, 81559 MiB, 71234 MiB, 97 %`),
  ],
  'a list without units': [
    'uuid, name, memory.total [MiB], memory.used [MiB], utilization.gpu [%]',
    ...indexes.map((index) => `${uuid(index)}, ${name}, 81559, 71234, 97`),
  ],
  'a list with times': [
    'timestamp, name, pci.bus_id, memory.total [MiB], memory.used [MiB]',
    ...indexes.map((index) => `2026/05/06 12:30:01.123, ${name}, ${bus(index)}, 81559 MiB, 71234 MiB`),
  ],
  'a list without a header': indexes.map((index) => `${index}, ${uuid(index)}, ${name}, 81559 MiB, 97 %, P0`),
  'a list without a header or units': indexes.map(
    (index) => `${index}, ${uuid(index)}, ${bus(index)}, 81559, 71234, 97`,
  ),
  'a list of names': indexes.map((index) => `${index}, ${name}, 81559 MiB, 71234 MiB, 97 %`),
  'a table': [
    '| NVIDIA-SMI 580.1.2      Driver Version: 580.1.3     CUDA Version: 13.0     |',
    ...indexes.flatMap((index) => [row(index), readings]),
  ],
  'rows of a table': indexes.flatMap((index) => [row(index), readings]),
  'the status of links': listed.flatMap((line) => [
    line,
    ...Array.from({length: 18}, (_, link) => `\t Link ${link}: 26.562 GB/s`),
  ]),
  'chosen sections of -q': [
    'Attached GPUs                             : 8',
    ...indexes.flatMap((index) => [
      `GPU ${bus(index)}`,
      '    FB Memory Usage',
      '        Total                             : 81559 MiB',
      '        Used                              : 71234 MiB',
      '    ',
    ]),
  ],
  '-q -x': [
    '<?xml version="1.0" ?>',
    '<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v13.dtd">',
    '<nvidia_smi_log>',
    '\t<attached_gpus>8</attached_gpus>',
    ...indexes.flatMap((index) => [
      `\t<gpu id="${bus(index)}">`,
      `\t\t<product_name>${name}</product_name>`,
      `\t\t<uuid>${uuid(index)}</uuid>`,
      `\t\t<vbios_version>96.00.89.00.0${index}</vbios_version>`,
      '\t\t\t<clocks_event_reason_hw_thermal_slowdown>Not Active</clocks_event_reason_hw_thermal_slowdown>',
      '\t\t\t<clocks_event_reason_sw_thermal_slowdown>Not Active</clocks_event_reason_sw_thermal_slowdown>',
      '\t</gpu>',
    ]),
    '</nvidia_smi_log>',
  ],
};

test.each(Object.entries(forms))('%s has all of its cards, though their lines are of equal length', (_, lines) => {
  const found = readLines(lines);
  expect(found).toMatchObject({kind: 'gpu-report', exit: 'no-failure', lineCount: lines.length});
  expect(found?.kind === 'gpu-report' && found.summary[0]).toBe('8 GPUs.');
});

test.each(Object.entries(forms).filter(([form]) => !/MIG|container|links|-q/.test(form)))(
  '%s of one card is one card, and of three are three',
  (form, lines) => {
    const perCard = form === 'a table' || form === 'rows of a table' ? 2 : 1;
    const heads = lines.length - CARDS * perCard;
    for (const count of [1, 2, 3]) {
      const found = readLines(lines.slice(0, heads + count * perCard));
      expect(found?.kind === 'gpu-report' && found.summary[0], `${count}`).toBe(
        count === 1 ? '1 GPU.' : `${count} GPUs.`,
      );
    }
  },
);

const unread = '| N/A   ERR!   ERR!             ERR! /  700W |       ERR! /  81559MiB |     ERR!      Default |';

test.each([
  ['two lines of a table', [row(3), unread]],
  ['the first line of two', [row(3).replace('   0 |', 'ERR! |')]],
  ['a row of a list', [`3, ${name}, ERR!, ERR!`]],
  ['a row of a list, in brackets', [`3, ${name}, 81559 MiB, [Unknown Error], [Unknown Error]`]],
])('%s that cannot be read is of a failed GPU, and no other GPU is missing', (_, lines) => {
  const found = readLines(lines);
  expect(found).toMatchObject({kind: 'gpu-report', exit: 'failed'});
  expect(found?.findings.map(({code}) => code)).toEqual(['source.nvidia-smi.unknown-error']);
  expect(found?.findings[0]?.message).toContain('GPU 3');
});

test('a single value that cannot be read is a warning: it may be a sensor', () => {
  const found = readLines([row(0), readings.replace('112W', 'ERR!')]);
  expect(found).toMatchObject({exit: 'no-failure', findings: [{code: 'source.nvidia-smi.value-unreadable'}]});
  const fan = readLines([row(0), readings.replace('| N/A', '|ERR! ')]);
  expect(fan).toMatchObject({exit: 'no-failure', findings: []});
});

test.each([
  ['topo', ['\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity', 'GPU0\t X \tNV18\t0-47\t0', 'GPU1\tNV18\t X \t48-95\t1']],
  [
    'pmon',
    ['# gpu         pid   type     sm    mem    command ', '    0      41000     C     97     44    VLLM::Worker '],
  ],
  ['dmon', ['# gpu    pwr  gtemp     sm', '# Idx      W      C      %', '    0    700     61     97']],
])('%s is recognized, and has no GPUs', (form, lines) => {
  const found = readLines(lines);
  expect(found).toMatchObject({kind: 'gpu-report', exit: 'no-failure', findings: []});
  expect(found?.kind === 'gpu-report' && found.summary).toEqual([
    `This is the output of ${form}: it has no list of GPUs.`,
  ]);
});

test('rows of other programs are no GPUs', () => {
  expect(readLines(['3, alice, 41000, 71 MiB', '4, bob, 41001, 72 MiB'])).toBeNull();
  expect(readLines(['| 3 | NVIDIA | great |', '| 4 | others | fine |'])).toBeNull();
});

test('why the driver is not there comes before the message that it is not', () => {
  const found = readLines([
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest driver is running.",
    "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service",
  ]);
  expect(found).toMatchObject({kind: 'gpu-report', exit: 'failed', summary: []});
  expect(found?.findings.map(({code}) => code)).toEqual([
    'host.module-unsigned',
    'source.nvidia-smi.driver-not-loaded',
  ]);
});

test.each([
  ['with', ['gpu_uuid, pid, used_gpu_memory [MiB], process_name']],
  ['without', []],
])('a list of processes %s a header has what each holds', (_, head) => {
  const rows = indexes.map((index) => `${uuid(index)}, ${41_000 + index}, 71234 MiB, VLLM::Worker_TP${index}`);
  const found = readLines([...head, ...rows]);
  expect(found).toMatchObject({kind: 'gpu-report', exit: 'no-failure', findings: []});
  expect(found?.kind === 'gpu-report' && found.summary).toHaveLength(CARDS);
  expect(found?.kind === 'gpu-report' && found.summary[3]).toBe('Process 41003 VLLM::Worker_TP3 holds 69.6 GiB.');
});

test('rows without a head that name their GPU, with memory or a fault, are those of GPUs', () => {
  const healthy = indexes.slice(0, 3).map((index) => `GPU ${index}, ${name}, 81559 MiB, 71234 MiB`);
  expect(readLines(healthy)).toMatchObject({kind: 'gpu-report', exit: 'no-failure', findings: []});
  const lost = [...healthy, `GPU 3, ${name}, [GPU requires reset], [GPU requires reset]`];
  expect(readLines(lost)).toMatchObject({
    kind: 'gpu-report',
    exit: 'failed',
    findings: [{code: 'source.nvidia-smi.gpu-requires-reset', message: 'GPU 3 requires a reset.'}],
  });
});

test.each([
  [
    'by its identity',
    ['uuid, memory.used [MiB], memory.total [MiB]', `${uuid(3)}, 1000 MiB, 81559 MiB`],
    `GPU ${uuid(3)} of unknown name: 0.98 GiB of 79.6 GiB in use.`,
  ],
  ['by its address', [`${bus(3)}, ${name}, P0, 45 %`], `GPU ${bus(3)} ${name}: no memory size in this output.`],
  [
    'or not at all',
    ['name, memory.used [MiB], memory.total [MiB]', `${name}, 1000 MiB, 81559 MiB`],
    `GPU ? ${name}: 0.98 GiB of 79.6 GiB in use.`,
  ],
])('one row that does not tell its index is named %s', (_, lines, text) => {
  const found = readLines(lines);
  expect(found?.kind === 'gpu-report' && found.summary[1]).toBe(text);
});

test('a fault in such a row is that of no index, and several rows below a header are numbered by their position', () => {
  const head = 'name, memory.used [MiB], memory.total [MiB]';
  const lost = `${name}, [Unknown Error], [Unknown Error]`;
  const alone = readLines([head, lost])?.findings[0];
  expect(alone).toMatchObject({
    message: 'GPU ? cannot be read: the driver reports Unknown Error.',
    details: {index: null},
  });
  const second = readLines([head, `${name}, 1000 MiB, 81559 MiB`, lost])?.findings[0];
  expect(second).toMatchObject({
    message: 'GPU 1 cannot be read: the driver reports Unknown Error.',
    details: {index: 1},
  });
});

test('of rows without their head, the others are not missing', () => {
  const rows = [3, 5].map((index) => `${index}, ${name}, 1000 MiB, 81559 MiB`);
  expect(readLines(rows)).toMatchObject({kind: 'gpu-report', exit: 'no-failure', findings: []});
  expect(readLines(['index, name, memory.used [MiB], memory.total [MiB]', ...rows])?.exit).toBe('failed');
});

test('GPUs that are well, below a text that failed, do not make it well', () => {
  const list = ['index, name, memory.used [MiB], memory.total [MiB]', `0, ${name}, 4 MiB, 81559 MiB`];
  const error = 'RuntimeError: CUDA error: an illegal memory access was encountered';
  expect(readLines([error, '', ...list])).toMatchObject({kind: 'engine-log', exit: 'failed'});
  expect(readLines([...list, '', error])).toMatchObject({kind: 'engine-log', exit: 'failed'});
  const dead = ['    PID    PPID STAT CMD', '   4100    4000 Zl   [sglang::schedul] <defunct>'];
  expect(readLines([...dead, '', ...list])).toMatchObject({
    kind: 'process-list',
    exit: 'failed',
    findings: [{code: 'host.workers-defunct'}],
  });
  expect(readLines(list)).toMatchObject({kind: 'gpu-report', exit: 'no-failure'});
});
