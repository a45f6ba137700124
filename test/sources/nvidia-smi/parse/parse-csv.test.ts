import {describe, expect, test} from 'vitest';
import {
  headerFields,
  isGpuHeader,
  parseProcesses,
  rowCells,
} from '../../../../src/sources/nvidia-smi/parse/parse-csv.ts';
import {parseGpuCsv} from '../../../../src/sources/nvidia-smi/parse/parse-gpu-csv.ts';

describe('headers', () => {
  test('are read without units, with the requested names', () => {
    expect(
      headerFields('index, clocks.current.sm [MHz], memory.used [MiB], clocks_throttle_reasons.active, uuid'),
    ).toEqual(['index', 'clocks.sm', 'memory.used', 'clocks_event_reasons.active', 'uuid']);
    expect(headerFields('gpu_uuid, gpu_bus_id, gpu_name, gpu_serial')).toEqual([
      'uuid',
      'pci.bus_id',
      'name',
      'gpu_serial',
    ]);
    // Only at the end is it a unit.
    expect(headerFields('ecc [volatile] total [count], a [b] c')).toEqual(['ecc [volatile] total', 'a [b] c']);
  });

  test('of lists of processes and pages are not those of cards', () => {
    expect(isGpuHeader('index, name, memory.total [MiB]')).toBe(true);
    expect(isGpuHeader('gpu_uuid, pid, used_gpu_memory [MiB], process_name')).toBe(false);
    expect(isGpuHeader('gpu_uuid, retired_pages.address')).toBe(false);
    for (const field of ['pid', 'process_name', 'retired_pages.address']) {
      expect(isGpuHeader(`index, uuid, ${field}`)).toBe(false);
    }
    for (const field of ['index', 'uuid', 'name', 'pci.bus_id']) expect(isGpuHeader(`${field}, pstate`)).toBe(true);
    expect(isGpuHeader('pstate, memory.used')).toBe(false);
    for (const other of ['Pstate', '2nd', 'a b', 'a-b', '']) expect(isGpuHeader(`index, ${other}`)).toBe(false);
    expect(isGpuHeader('0, NVIDIA H100 80GB HBM3, 81559')).toBe(false);
  });
});

test('a row of another length is skipped', () => {
  expect(rowCells('0, 81559', ['index', 'memory.total', 'pstate'])).toBeNull();
  expect(rowCells('0, , P0', ['index', 'serial', 'pstate'])).toEqual({index: '0', serial: '', pstate: 'P0'});
  expect(rowCells('0, 1, 0', ['index', 'count', 'index'])).toEqual({index: '0', count: '1'});
  expect(rowCells(' 0,1,  P0 \r', ['index', 'count', 'pstate'])).toEqual({index: '0', count: '1', pstate: 'P0'});
  expect(rowCells('a, b', ['gpu_uuid', 'clocks.current.sm'])).toEqual({uuid: 'a', 'clocks.sm': 'b'});
});

describe('processes', () => {
  test('may have commas in their name, no name and no memory', () => {
    const text = `GPU-a, 1, 500, python, -m x, y
GPU-a, 2, [N/A], [Not Found]
GPU-b, 1, 7, VLLM::Worker_TP0
`;
    expect(parseProcesses(text)).toEqual([
      {pid: 1, name: 'python, -m x, y', usedBytes: 500 * 1024 ** 2, gpuUuid: 'GPU-a'},
      {
        pid: 2,
        name: {absent: 'the driver did not find it'},
        usedBytes: {absent: 'not available on this GPU'},
        gpuUuid: 'GPU-a',
      },
      {pid: 1, name: 'VLLM::Worker_TP0', usedBytes: 7 * 1024 ** 2, gpuUuid: 'GPU-b'},
    ]);
  });

  test('no process is an empty list, and other lines are skipped', () => {
    expect(parseProcesses('')).toEqual([]);
    expect(parseProcesses('No running processes found\n\nGPU-a, [N/A], 3, x\nGPU-a, 5\n')).toEqual([]);
  });

  test('without the end of its line, a process is not read: its numbers may be cut', () => {
    expect(parseProcesses('GPU-a, 1, 500, x\nGPU-a, 2, 43').map(({pid}) => pid)).toEqual([1]);
    expect(parseProcesses('GPU-a, 1, 500, VLLM::Worker_T')).toEqual([]);
  });

  test('may have an empty name, and Windows line ends', () => {
    expect(parseProcesses('GPU-a, 1, 500, \r\nGPU-a, 2, 7, x\r\n')).toMatchObject([
      {pid: 1, name: {absent: 'the driver printed nothing'}, usedBytes: 500 * 1024 ** 2},
      {pid: 2, name: 'x'},
    ]);
  });
});

describe('a list of cards', () => {
  const bus = (index: number) => `00000000:0${index}:00.0`;

  test('by its header, also with Windows line ends and other lines in between', () => {
    const parsed = parseGpuCsv(
      'index, uuid, memory.total [MiB]\r\n0, GPU-0, 81559 MiB\r\nstray\r\n1, GPU-1, 81559 MiB\r\n',
    );
    expect(parsed?.cards.map(({cells}) => [cells['index'], cells['memory.total']])).toEqual([
      ['0', '81559 MiB'],
      ['1', '81559 MiB'],
    ]);
  });

  test('of several frames the newest row of each card counts', () => {
    const parsed = parseGpuCsv(
      'index, memory.used [MiB]\n0, 1 MiB\n1, 2 MiB\n0, 3 MiB\n[GPU is lost], [GPU is lost]\n',
    );
    expect(parsed?.cards.map(({cells}) => [cells['index'], cells['memory.used']])).toEqual([
      ['0', '3 MiB'],
      ['1', '[GPU is lost]'],
    ]);
  });

  test('without a header in the order of the stream', () => {
    const row = (index: number) =>
      `2026/03/01 12:00:00.000, 2, ${index}, GPU-0000000${index}, ${bus(index)}, 81559, 1000, 80079, 5, 1, 40, 45, 95.00, 700.00, 1980, P0, Disabled, 0, Enabled, 480, 94.10, 0x0`;
    const parsed = parseGpuCsv(`${row(0)}\n${row(1)}\n`);
    expect(parsed?.hasKnownColumns).toBe(true);
    expect(parsed?.cards.map(({cells}) => cells['memory.free'])).toEqual(['80079', '80079']);
    expect(parsed?.cards[1]?.cells['pci.bus_id']).toBe(bus(1));
  });

  test('without a header in an unknown order: identities, and no guessed numbers', () => {
    const parsed = parseGpuCsv(`NVIDIA H200, GPU-00000001, 143771, 12 %\nNVIDIA H200, GPU-00000002, 143771, 13 %\n`);
    expect(parsed?.hasKnownColumns).toBe(false);
    expect(
      parsed?.cards.map(({cells}) => [cells['index'], cells['uuid'], cells['name'], cells['memory.total']]),
    ).toEqual([
      ['0', 'GPU-00000001', 'NVIDIA H200', undefined],
      ['1', 'GPU-00000002', 'NVIDIA H200', undefined],
    ]);
  });

  test('processes without a header are not cards', () => {
    expect(parseGpuCsv('GPU-00000001, 4711, 2566, /usr/bin/python3\n')).toBeNull();
    expect(parseGpuCsv('')).toBeNull();
    expect(parseGpuCsv('some, words\n')).toBeNull();
  });
});
