import {describe, expect, test} from 'vitest';
import {parseGpuCsv} from '../../../../src/sources/nvidia-smi/parse/parse-gpu-csv.ts';

const indexes = (text: string) => parseGpuCsv(text)?.cards.map(({cells}) => cells['index']);

describe('rows', () => {
  test('without an index have their position in the frame', () => {
    expect(indexes('uuid, pstate\nGPU-0, P0\nGPU-1, P0\n')).toEqual(['0', '1']);
    expect(indexes('index, pstate\n2, P0\n[GPU is lost], P0\n')).toEqual(['2', '3']);
    expect(indexes('index, pstate\n1234, P0\n')).toEqual(['0']);
  });

  test('are sorted by index', () => {
    expect(indexes('index, pstate\n10, P0\n9, P0\n')).toEqual(['9', '10']);
  });

  test('before the header and repeated headers are skipped; a header alone is not a list', () => {
    const header = 'index, pstate';
    expect(indexes(`7, P8\n${header}\n0, P0\n${header}\n1, P0\n`)).toEqual(['0', '1']);
    expect(parseGpuCsv(`${header}\n`)).toBeNull();
  });
});

describe('the common order of monitoring scripts', () => {
  const cells = [
    '2026/03/01 12:00:00.000',
    '0',
    'GPU-00000000',
    '00000000:01:00.0',
    '81559 MiB',
    '480 MiB',
    '1000 MiB',
    '80079 MiB',
    '5 %',
    '40',
    '95.00 W',
    '700.00 W',
    '1980 MHz',
    'P0',
  ];
  const withCell = (position: number, cell: string) =>
    cells.map((one, at) => (at === position ? cell : one)).join(', ');

  test('is recognized with units', () => {
    const parsed = parseGpuCsv(cells.join(', '));
    expect(parsed).toMatchObject({hasKnownColumns: true});
    expect(parsed?.cards[0]?.cells).toEqual({
      timestamp: '2026/03/01 12:00:00.000',
      index: '0',
      uuid: 'GPU-00000000',
      'pci.bus_id': '00000000:01:00.0',
      'memory.total': '81559 MiB',
      'memory.reserved': '480 MiB',
      'memory.used': '1000 MiB',
      'memory.free': '80079 MiB',
      'utilization.gpu': '5 %',
      'temperature.gpu': '40',
      'power.draw': '95.00 W',
      'enforced.power.limit': '700.00 W',
      'clocks.sm': '1980 MHz',
      pstate: 'P0',
    });
  });

  test.each([
    [4, '[N/A]'],
    [4, '81559'],
    [8, '5'],
    [8, '100 %'],
    [8, 'N/A'],
    [10, 'anything'],
    [13, 'P12'],
    [1, '12'],
    [1, '127'],
  ])('allows the cell %i to be %s', (position, cell) => {
    expect(parseGpuCsv(withCell(position, cell))?.hasKnownColumns).toBe(true);
  });

  test.each([
    [0, '01.03.2026'],
    [0, 'at 2026/03/01 12:00:00.000'],
    [0, '2026/03/01 12:00:00.0001'],
    [1, '1x'],
    [2, 'xGPU-00000000'],
    [2, 'GPU-00000000x'],
    [3, 'x00000000:01:00.0'],
    [3, '00000000:01:00.0x'],
    [8, 'x5'],
    [8, '5 %x'],
    [1, 'x'],
    [1, '1280'],
    [4, '81559 MB'],
    [4, 'x 81559'],
    [8, '5 W'],
    [13, 'P123'],
    [13, 'xP1'],
    [2, 'MIG-00000000'],
  ])('does not allow the cell %i to be %s', (position, cell) => {
    expect(parseGpuCsv(withCell(position, cell))?.hasKnownColumns).not.toBe(true);
  });

  test('must match every row', () => {
    expect(parseGpuCsv(`${cells.join(', ')}\n${withCell(4, '5 C')}`)?.hasKnownColumns).toBe(false);
    expect(parseGpuCsv(`${cells.join(', ')}\n${withCell(4, 'x')}`)).toBeNull();
    expect(parseGpuCsv(`${cells.join(', ')}\n${cells.slice(1).join(', ')}`)).toBeNull();
  });
});

describe('the order of the stream', () => {
  const cells = [
    ...['2026/03/01 12:00:00.000', '8', '0', 'GPU-00000000', '00000000:01:00.0', '81559', '1000', '80079', '5', '1'],
    ...['40', '45', '95.00', '700.00', '1980', 'P0', 'Disabled', '0', 'Enabled'],
  ];
  const withCount = (count: string) => [cells[0], count, ...cells.slice(2)].join(', ');

  test('is recognized, with more columns too, which have no names', () => {
    expect(parseGpuCsv(cells.join(', '))).toMatchObject({
      hasKnownColumns: true,
      cards: [{cells: {count: '8', 'temperature.memory': '45', persistence_mode: 'Enabled'}}],
    });
    const more = parseGpuCsv([...cells, '480', '[N/A]'].join(', '));
    expect(more?.hasKnownColumns).toBe(true);
    expect(more?.cards[0]?.cells).toMatchObject({persistence_mode: 'Enabled', 'column.0': '480', 'column.1': '[N/A]'});
  });

  test.each(['1', '12', '128'])('may have the count %s', (count) => {
    expect(parseGpuCsv(withCount(count))?.hasKnownColumns).toBe(true);
  });

  test.each(['', 'x', '8x', 'x8', '1280'])('does not have the count "%s"', (count) => {
    expect(parseGpuCsv(withCount(count))?.hasKnownColumns).not.toBe(true);
  });

  test('has all its columns in every row', () => {
    expect(parseGpuCsv(cells.slice(0, -1).join(', '))?.hasKnownColumns).not.toBe(true);
    const more = [...cells, '480'].join(', ');
    expect(parseGpuCsv(`${more}\n${cells.join(', ')}`)).toBeNull();
    expect(parseGpuCsv(`${cells.join(', ')}\n${more}`)).toBeNull();
  });
});

describe('columns of an unknown order', () => {
  test('are read past blank lines', () => {
    expect(parseGpuCsv(' \n\nGPU-00000001, 5 %\n  \nGPU-00000002, 5 %\n')?.cards).toHaveLength(2);
  });

  test.each(['NVIDIA H100', 'TeslaV100', 'GeForce RTX 4090', 'QuadroP6000', 'GRID A', 'TITAN V'])(
    '%s is a name',
    (name) => {
      expect(parseGpuCsv(`GPU-00000001, ${name}, P0`)?.cards[0]?.cells['name']).toBe(name);
    },
  );

  test.each(['NVIDIA', 'NVIDIA -', 'my Tesla V100', 'Radeon 1'])('%s is not: it may be a process', (name) => {
    expect(parseGpuCsv(`GPU-00000001, ${name}, P0`)).toBeNull();
  });

  test.each(['P8', '5 %', '95.00 W', '1980 MHz', 'Enabled', 'Disabled'])('%s is of a GPU only', (state) => {
    expect(parseGpuCsv(`GPU-00000001, ${state}, 81559`)?.cards).toHaveLength(1);
    expect(parseGpuCsv(`GPU-00000001, ${state}, 81559\nGPU-00000002, 1, 81559`)).toBeNull();
  });

  test('numbers of the rows in the first column are indexes; one that is missing makes them other numbers', () => {
    expect(indexes('0, GPU-00000001, 5\n1, GPU-00000002, 5\n')).toEqual(['0', '1']);
    expect(indexes('0, GPU-00000001, 5\n2, GPU-00000002, 5\n')).toBeUndefined();
    expect(indexes('GPU-00000001, 0, 5\nGPU-00000002, 1, 5\n')).toBeUndefined();
  });

  test('of processes are not a list of GPUs', () => {
    for (const name of [
      'VLLM::Worker_TP0',
      'sglang::scheduler_TP0',
      'python3',
      '[Not Found]',
      'N/A',
      '/usr/bin/python3',
    ]) {
      for (const used of ['43824 MiB', '43824', '[N/A]']) {
        expect(parseGpuCsv(`GPU-00000001, 2121769, ${used}, ${name}`)).toBeNull();
        expect(parseGpuCsv(`00000000:16:00.0, NVIDIA H100, 2121769, ${name}, ${used}`)).toBeNull();
        expect(parseGpuCsv(`2026/03/01 12:00:00.000, GPU-00000001, 2121769, ${name}, ${used}`)).toBeNull();
      }
    }
    expect(parseGpuCsv('GPU-00000001, 2121769\nGPU-00000002, 2121770')).toBeNull();
    expect(parseGpuCsv('GPU-00000001, 0x000000000005F3C9, Double Bit ECC')).toBeNull();
  });

  test('a GPU that comes twice is one', () => {
    const frame = 'GPU-00000001, 5 %\nGPU-00000002, 5 %\n';
    expect(indexes(`${frame}${frame}`)).toEqual(['0', '1']);
  });

  test('give identities, each once', () => {
    const parsed = parseGpuCsv(
      '2026/03/01 12:00:00.000, Tesla V100, GPU-00000001, 00000000:01:00.0, P0, GRID A, 81559 MiB',
    );
    expect(parsed?.hasKnownColumns).toBe(false);
    expect(parsed?.cards[0]?.cells).toEqual({
      timestamp: '2026/03/01 12:00:00.000',
      name: 'Tesla V100',
      uuid: 'GPU-00000001',
      'pci.bus_id': '00000000:01:00.0',
      'column.4': 'P0',
      'column.5': 'GRID A',
      'column.6': '81559 MiB',
      index: '0',
    });
  });

  test('need an identity and equal rows', () => {
    expect(parseGpuCsv('00000000:01:00.0, 5 %\n')?.cards).toHaveLength(1);
    expect(parseGpuCsv('NVIDIA H100, 5 %\n')).toBeNull();
    expect(parseGpuCsv('GPU-00000001\n')).toBeNull();
    expect(parseGpuCsv('GPU-00000001, 5 %\nGPU-00000002, 5 %, 6\n')).toBeNull();
  });
});

test.each(['ERR!', '[Unknown Error]', '[GPU is lost]', 'Unknown Error'])(
  'a row of a known order may have %s instead of a number',
  (text) => {
    const row = (index: number, cell: string) =>
      [
        ...['2026/03/01 12:00:00.000', '2', String(index), `GPU-0000000${index}`, `00000000:0${index}:00.0`, cell],
        ...[cell, cell, cell, '1', '40', '45', '95.00', '700.00', '1980', 'P0', 'Disabled', '0', 'Enabled'],
      ].join(', ');
    const parsed = parseGpuCsv(`${row(0, '81559')}\n${row(1, text)}`);
    expect(parsed?.hasKnownColumns).toBe(true);
    expect(parsed?.cards.map(({cells}) => cells['memory.total'])).toEqual(['81559', text]);
  },
);
