import {describe, expect, test} from 'vitest';
import {absent} from '../../../../src/samples/reading.ts';
import {parseTable} from '../../../../src/sources/nvidia-smi/parse/parse-table.ts';

const MIB = 1024 ** 2;
const banner = '| NVIDIA-SMI 580.1.2      Driver Version: 580.1.3     CUDA Version: 13.0     |';
const identity = (index: number, persistence: string) =>
  `|   ${index}  NVIDIA H100 80GB HBM3          ${persistence}  |   00000000:0${index}:00.0 Off |            0 |`;
const memory = (cell: string) => `| N/A   30C    P0    70W / 700W |   ${cell} |      0%      Default |`;

test('text without rows of GPUs is not a table, and a banner alone is a table without cards', () => {
  expect(parseTable('| a | table | of | others |')).toBeNull();
  expect(parseTable(banner)).toMatchObject({cards: [], driverVersion: '580.1.3', cudaVersion: '13.0', isCut: false});
});

test.each([
  '| NVIDIA-SMI 580.1.2   Driver Version:580.1.3   CUDA Version:13.0 |',
  '| NVIDIA-SMI 580.1.2   KMD Version:   580.1.3   CUDA UMD Version:   13.0|',
])('versions are read whatever the spaces: %s', (line) => {
  expect(parseTable(line)).toMatchObject({driverVersion: '580.1.3', cudaVersion: '13.0'});
});

const readings = {
  'table.ecc': '0',
  'table.temperature': '30C',
  'table.performance': 'P0',
  'table.power': '70W',
  'table.load': '0%',
};

test('a card has its identity, persistence and memory', () => {
  const text = [banner, identity(0, 'On'), memory('12MiB / 81559MiB'), identity(1, 'Off'), memory('0 MiB / 4 MiB')];
  expect(parseTable(text.join('\r\n'))?.cards).toEqual([
    {
      cells: {
        index: '0',
        name: 'NVIDIA H100 80GB HBM3',
        'pci.bus_id': '00000000:00:00.0',
        persistence_mode: 'Enabled',
        'memory.used': '12',
        'memory.total': '81559',
        ...readings,
      },
      migInstances: [],
    },
    {
      cells: {
        index: '1',
        name: 'NVIDIA H100 80GB HBM3',
        'pci.bus_id': '00000000:01:00.0',
        persistence_mode: 'Disabled',
        'memory.used': '0',
        'memory.total': '4',
        ...readings,
      },
      migInstances: [],
    },
  ]);
});

test('rows that were copied without the head of their table count, the last also without its second line', () => {
  const text = [identity(3, 'On'), memory('ERR!'), identity(5, 'On'), ''].join('\n');
  expect(parseTable(text)?.cards.map(({cells}) => [cells['index'], cells['memory.used']])).toEqual([
    ['3', 'ERR!'],
    ['5', undefined],
  ]);
});

test('a persistence mode that is neither on nor off is skipped', () => {
  const cells = parseTable([banner, identity(0, 'N/A'), memory('1MiB / 2MiB')].join('\n'))?.cards[0]?.cells;
  expect(cells).not.toHaveProperty('persistence_mode');
  expect(cells).toHaveProperty('index', '0');
});

test.each([
  ['GPU is lost', 'GPU is lost'],
  ['ERR! / 81559MiB', 'ERR!'],
])('a memory cell of %s has no numbers', (cell, words) => {
  const cells = parseTable([banner, identity(0, 'On'), memory(cell)].join('\n'))?.cards[0]?.cells;
  expect([cells?.['memory.used'], cells?.['memory.total']]).toEqual([words, words]);
});

test.each(['12MiB/81559MiB', '12 MiB  /  81559 MiB', '12MiB / 81559MiB'])(
  'a memory cell of %s has two numbers, whatever the spaces',
  (cell) => {
    const cells = parseTable([banner, identity(0, 'On'), memory(cell)].join('\n'))?.cards[0]?.cells;
    expect([cells?.['memory.used'], cells?.['memory.total']]).toEqual(['12', '81559']);
  },
);

test.each(['x12MiB / 81559MiB', '12MiB / 81559MiBx', '12MiB of 81559MiB'])('a memory cell of %s is a text', (cell) => {
  const cells = parseTable([banner, identity(0, 'On'), memory(cell)].join('\n'))?.cards[0]?.cells;
  expect([cells?.['memory.used'], cells?.['memory.total']]).toEqual([cell, cell]);
});

test('indexes have up to three digits, and a line of another beginning is no card', () => {
  const lines = [0, 12, 127].map((index) => identity(0, 'On').replace('|   0 ', `| ${String(index).padStart(3)} `));
  const text = [banner, ...lines.flatMap((line) => [line, memory('1MiB / 2MiB')])].join('\n');
  expect(parseTable(text)?.cards.map(({cells}) => cells['index'])).toEqual(['0', '12', '127']);
  for (const line of [`x${identity(0, 'On')}`, identity(0, 'On').replace('|   0 ', '| 1270 ')]) {
    expect(parseTable([banner, line, memory('1MiB / 2MiB')].join('\n'))?.cards).toEqual([]);
  }
});

test('a table that is cut within a card is without that card', () => {
  const cut = memory('12MiB / 81559MiB').slice(0, -40);
  for (const end of [[], [cut], ['| N/A   30C    P0    70W / 700W |   4']]) {
    const text = [banner, identity(0, 'On'), memory('1MiB / 2MiB'), identity(1, 'On'), ...end].join('\n');
    expect(parseTable(text)?.cards.map(({cells}) => cells['index'])).toEqual(['0']);
  }
});

test('of several tables the last one counts', () => {
  const first = [banner, identity(0, 'On'), memory('1MiB / 2MiB')];
  const second = [banner.replace('580.1.3', '590.0.0'), identity(1, 'On'), memory('3MiB / 4MiB')];
  const report = parseTable([...first, ...second].join('\n'));
  expect(report?.driverVersion).toBe('590.0.0');
  expect(report?.cards.map(({cells}) => cells['index'])).toEqual(['1']);
});

test('a kernel mode driver and a CUDA version of its own name are versions too', () => {
  const report = parseTable('| NVIDIA-SMI 610.1   KMD Version: 610.2   CUDA UMD Version: 14.1 |');
  expect([report?.driverVersion, report?.cudaVersion]).toEqual(['610.2', '14.1']);
});

test('MIG devices belong to their card; those of a card that is not listed are skipped', () => {
  const mig = (card: number, instance: string, compute: string) =>
    `|  ${card}    ${instance}    ${compute}   0  |   45MiB /  9856MiB    | 16      0 |  1   0    1    0    0 |`;
  const text = [banner, identity(0, 'On'), memory('1MiB / 2MiB'), identity(1, 'On'), memory('1MiB / 2MiB')];
  const others = [
    '|  1   12   34   10  |  456 MiB/9856 MiB | 16 |',
    `x${mig(1, '7', '3')}`,
    mig(1, '7', '3').replace('MiB', 'GiB'),
  ];
  const odd = parseTable([...text, ...others].join('\n'))?.cards[1]?.migInstances;
  expect(odd).toMatchObject([
    {gpuInstanceId: 12, computeInstanceId: 34, memoryTotalBytes: 9856 * MIB, memoryUsedBytes: 456 * MIB},
  ]);
  const report = parseTable([...text, mig(1, '7', '3'), mig(1, 'N/A', 'N/A'), mig(5, '8', '0')].join('\n'));
  expect(report?.cards.map(({migInstances}) => migInstances.length)).toEqual([0, 2]);
  expect(report?.cards[1]?.migInstances[0]).toEqual({
    gpuInstanceId: 7,
    computeInstanceId: 3,
    memoryTotalBytes: 9856 * MIB,
    memoryUsedBytes: 45 * MIB,
    memoryFreeBytes: absent('not in the plain table'),
  });
  expect(report?.cards[1]?.migInstances[1]?.gpuInstanceId).toHaveProperty('absent');
});

describe('processes', () => {
  const table = (...rows: readonly string[]) =>
    parseTable([banner, identity(0, 'On'), memory('1MiB / 2MiB'), '| Processes: |', ...rows].join('\n'))?.processes;

  test.each([
    [
      '|    0   N/A  N/A   2121769      C   sglang::scheduler_TP0                       43824MiB |',
      'sglang::scheduler_TP0',
    ],
    ['|    0   N/A  N/A         2121769      C   VLLM::Worker_TP0                      43824MiB |', 'VLLM::Worker_TP0'],
    [
      '|    0    1    0   2121769    C+G   /usr/bin/python3 -m x                       43824MiB |',
      '/usr/bin/python3 -m x',
    ],
    ['|    0   2121769      C   ...nda3/envs/llm/bin/python                 43824MiB |', '...nda3/envs/llm/bin/python'],
  ])('%s', (row, name) => {
    expect(table(row)).toEqual([
      {pid: 2_121_769, name, usedBytes: 43_824 * MIB, gpuUuid: {absent: 'not in the plain table'}},
    ]);
  });

  test.each(['N/A', '16901...'])('memory of %s is unknown', (used) => {
    const [process] = table(`|    0   N/A  N/A   4711      C   python3            ${used} |`) ?? [];
    expect(process).toMatchObject({pid: 4711, name: 'python3', usedBytes: {absent: expect.any(String)}});
  });

  test('a line that is cut, the heading and the rest of the table are no processes', () => {
    expect(
      table(
        '|  GPU   GI   CI        PID   Type   Process name                              GPU Memory |',
        '|        ID   ID                                                               Usage      |',
        '|=========================================================================================|',
        '|  No running processes found                                                             |',
        '|    0   N/A  N/A   2121769      C   sglang::scheduler_TP0                       4382',
      ),
    ).toEqual([]);
  });
});
