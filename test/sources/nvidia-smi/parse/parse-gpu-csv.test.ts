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
    expect(parseGpuCsv(`${cells.join(', ')}\n${withCell(4, 'x')}`)?.hasKnownColumns).toBe(false);
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
    expect(parseGpuCsv(' \n\nGPU-00000001, 5\n  \nGPU-00000002, 5\n')?.cards).toHaveLength(2);
  });

  test.each(['NVIDIA H100', 'TeslaV100', 'GeForce RTX 4090', 'QuadroP6000', 'GRID A', 'TITAN V'])(
    '%s is a name',
    (name) => {
      expect(parseGpuCsv(`GPU-00000001, ${name}`)?.cards[0]?.cells['name']).toBe(name);
    },
  );

  test.each(['NVIDIA', 'NVIDIA -', 'my Tesla V100', 'Radeon 1'])('%s is not', (name) => {
    expect(parseGpuCsv(`GPU-00000001, ${name}`)?.cards[0]?.cells).not.toHaveProperty('name');
  });

  test('a date is no path, other texts with a slash are', () => {
    expect(parseGpuCsv('GPU-00000001, 2026/03/01 12:00')?.cards).toHaveLength(1);
    expect(parseGpuCsv('GPU-00000001, at/2026/03/01 x')).toBeNull();
    expect(parseGpuCsv('GPU-00000001, 2026/03/01')).toBeNull();
  });

  test('give identities, each once', () => {
    const parsed = parseGpuCsv(
      '2026/03/01 12:00:00.000, Tesla V100, GPU-00000001, 00000000:01:00.0, GPU-00000002, GRID A',
    );
    expect(parsed?.hasKnownColumns).toBe(false);
    expect(parsed?.cards[0]?.cells).toEqual({
      timestamp: '2026/03/01 12:00:00.000',
      name: 'Tesla V100',
      uuid: 'GPU-00000001',
      'pci.bus_id': '00000000:01:00.0',
      'column.4': 'GPU-00000002',
      'column.5': 'GRID A',
      index: '0',
    });
  });

  test('need an identity, a second column, equal rows and no path', () => {
    expect(parseGpuCsv('00000000:01:00.0, 5\n')?.cards).toHaveLength(1);
    expect(parseGpuCsv('GPU-00000001, my NVIDIA H100\n')?.cards[0]?.cells).not.toHaveProperty('name');
    expect(parseGpuCsv('NVIDIA H100, 5\n')).toBeNull();
    expect(parseGpuCsv('GPU-00000001\n')).toBeNull();
    expect(parseGpuCsv('GPU-00000001, 5\nGPU-00000002, 5, 6\n')).toBeNull();
    expect(parseGpuCsv('GPU-00000001, 5, a/b\n')).toBeNull();
  });
});
