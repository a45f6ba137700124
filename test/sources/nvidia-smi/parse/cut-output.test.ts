import {describe, expect, test} from 'vitest';
import type {GpuProcessSample, GpuSample} from '../../../../src/samples/gpu.ts';
import {isPresent, type Reading} from '../../../../src/samples/reading.ts';
import {parseOutput} from '../../../../src/sources/nvidia-smi/parse/parse-output.ts';
import {hasRecordings, readRecording, recordings} from '../recordings-folder.ts';

const card = (index: number) => ({
  index,
  uuid: `GPU-0000000${index}-1111-2222-3333-444444444444`,
  bus: `00000000:${index}6:00.0`,
  used: 43_834 + index,
});
const cards = [card(0), card(1), card(2)];

const table = `${[
  '+-----------------------------------------------------------------------------------------+',
  '| NVIDIA-SMI 565.57.01              Driver Version: 565.57.01      CUDA Version: 12.7     |',
  '|-----------------------------------------+------------------------+----------------------+',
  ...cards.flatMap(({index, bus, used}) => [
    `|   ${index}  NVIDIA GeForce RTX 4090        On  |   ${bus} Off |                  Off |`,
    `| 32%   37C    P8             19W /  450W |   ${index === 1 ? 'ERR!     ' : `${used}MiB`} /  49140MiB |      0%      Default |`,
    '|                                         |                        |                  N/A |',
    '+-----------------------------------------+------------------------+----------------------+',
  ]),
  '| Processes:                                                                              |',
  ...cards.map(
    ({index, used}) =>
      `|    ${index}   N/A  N/A   212176${index}      C   sglang::scheduler_TP${index}             ${used}MiB |`,
  ),
  '+-----------------------------------------------------------------------------------------+',
].join('\n')}\n`;

const queryText = `${[
  '==============NVSMI LOG==============',
  '',
  'Driver Version                            : 580.95.05',
  'Attached GPUs                             : 3',
  ...cards.flatMap(({uuid, bus, used}) => [
    `GPU ${bus}`,
    '    Product Name                          : NVIDIA H100 80GB HBM3',
    `    GPU UUID                              : ${uuid}`,
    '    FB Memory Usage',
    '        Total                             : 81559 MiB',
    `        Used                              : ${used} MiB`,
    '    Clocks Event Reasons',
    '        Idle                              : Not Active',
    '        SW Power Cap                      : Active',
    '    Processes',
    '        Process ID                        : 4711',
    '            Type                          : C',
    '            Name                          : VLLM::Worker_TP0',
    `            Used GPU Memory               : ${used} MiB`,
  ]),
].join('\n')}\n`;

const xml = `<?xml version="1.0" ?>\n<nvidia_smi_log>\n<driver_version>580.95.05</driver_version>\n<attached_gpus>3</attached_gpus>\n${cards
  .map(
    ({uuid, bus, used}) =>
      `<gpu id="${bus}"><product_name>NVIDIA H100</product_name><uuid>${uuid}</uuid><fb_memory_usage><total>81559 MiB</total><used>${used} MiB</used></fb_memory_usage><processes><process_info><pid>4711</pid><process_name>python3</process_name><used_memory>${used} MiB</used_memory></process_info></processes></gpu>`,
  )
  .join('\n')}\n</nvidia_smi_log>\n`;

const withHeader = `index, uuid, memory.total [MiB], memory.used [MiB], pstate\n${cards
  .map(({index, uuid, used}) => `${index}, ${uuid}, 81559 MiB, ${index === 1 ? 'ERR!' : `${used} MiB`}, P0\n`)
  .join('')}`;

const stream = cards
  .map(
    ({index, uuid, bus, used}) =>
      `2026/03/01 12:00:00.000, 3, ${index}, ${uuid}, ${bus}, 81559, ${used}, 80079, 5, 1, 40, 45, 95.00, 700.00, 1980, P0, Disabled, 0, Enabled\n`,
  )
  .join('');

const unnamed = cards.map(({uuid, used}) => `${uuid}, NVIDIA H100 80GB HBM3, ${used} MiB, 5 %, P0\n`).join('');
const listing = cards.map(({index, uuid}) => `GPU ${index}: NVIDIA H100 80GB HBM3 (UUID: ${uuid})\n`).join('');

const forms: readonly (readonly [name: string, text: string])[] = [
  ['the plain table', table],
  ['the text report', queryText],
  ['XML', xml],
  ['a list with a header', withHeader],
  ['the list of the stream', stream],
  ['a list of an unknown order', unnamed],
  ['a listing', listing],
];

describe('output that is cut', () => {
  test.each(forms)('%s, whole, has three GPUs', (_, text) => {
    expect(parseOutput(text).gpus).toHaveLength(3);
  });

  test.each(forms)('%s, cut at any byte, has fewer GPUs, and none with another value', (_, text) => {
    const cuts = Array.from({length: text.length}, (_unused, cut) => cut);
    expect(cuts.flatMap((cut) => misreadAt(text, cut))).toEqual([]);
  });
});

const processLists: readonly string[] = [
  cards.map(({uuid, used}) => `${uuid}, 4711, ${used}, VLLM::Worker_TP0\n`).join(''),
  cards.map(({uuid}) => `${uuid}, 4711, [N/A], [Not Found]\n`).join(''),
  cards.map(({bus, used}) => `NVIDIA H100 80GB HBM3, ${bus}, 4711, python3, ${used} MiB\n`).join(''),
  cards.map(({uuid}) => `${uuid}, 4711\n`).join(''),
  `pid, process_name, used_gpu_memory [MiB]\n4711, sglang::scheduler_TP0, 43834 MiB\n4712, N/A, N/A\n`,
  `gpu_uuid, pid, process_name\n${cards.map(({uuid}) => `${uuid}, 4711, VLLM::Worker_TP0\n`).join('')}`,
];

test.each(processLists)('processes are no GPUs, whole or cut: %#', (text) => {
  for (let end = 0; end <= text.length; end += 1) expect(parseOutput(text.slice(0, end)).gpus).toEqual([]);
});

/** What a GPU or a process of a cut text has that the same one of the whole text has not. */
function misreadAt(text: string, cut: number): readonly string[] {
  const whole = parseOutput(text);
  const part = parseOutput(text.slice(0, cut));
  return [
    ...part.gpus.flatMap((gpu) => {
      const same = whole.gpus.find(({index}) => index === gpu.index);
      if (same === undefined) return [`${cut}: GPU ${gpu.index} is not there`];
      return differences(gpu, same).map((key) => `${cut}: GPU ${gpu.index} has another ${key}`);
    }),
    ...part.processes
      .filter((process) => !whole.processes.some((other) => isPart(process, other)))
      .map(({pid}) => `${cut}: process ${pid}`),
  ];
}

type Values = Readonly<Record<string, unknown>>;

function differences(part: GpuSample, whole: GpuSample): readonly string[] {
  const other: Values = whole;
  const readings: Values = part;
  return Object.keys(readings).filter(
    (key) =>
      key !== 'migInstances' &&
      !isUnknown(readings[key]) &&
      JSON.stringify(readings[key]) !== JSON.stringify(other[key]),
  );
}

function isUnknown(value: unknown): boolean {
  return value === null || (typeof value === 'object' && 'absent' in value);
}

function isPart(part: GpuProcessSample, whole: GpuProcessSample): boolean {
  const isSame = <T>(reading: Reading<T>, other: Reading<T>): boolean => !isPresent(reading) || reading === other;
  return part.pid === whole.pid && isSame(part.name, whole.name) && isSame(part.usedBytes, whole.usedBytes);
}

/** Of a loop, an earlier frame has other values than the newest one. */
const loops = /stream|loop/;
const CUTS_OF_A_RECORDING = 60;

describe.skipIf(!hasRecordings)('recordings that are cut', () => {
  test.each(hasRecordings ? recordings().filter((name) => !loops.test(name)) : [])('%s', (name) => {
    const text = readRecording(name);
    const step = Math.max(1, Math.floor(text.length / CUTS_OF_A_RECORDING));
    const cuts = Array.from({length: CUTS_OF_A_RECORDING}, (_, index) => index * step + (index % 7));
    expect(cuts.filter((cut) => cut < text.length).flatMap((cut) => misreadAt(text, cut))).toEqual([]);
  });
});
