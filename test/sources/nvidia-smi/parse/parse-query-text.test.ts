import {describe, expect, test} from 'vitest';
import {parseQueryText} from '../../../../src/sources/nvidia-smi/parse/parse-query-text.ts';

const MIB = 1024 ** 2;
const LOG = '==============NVSMI LOG==============';
const head = [
  LOG,
  '',
  'Timestamp : Sun Mar  1 12:00:00 2026',
  'Driver Version : 580.1',
  'CUDA Version : 13.0',
  'Attached GPUs : 2',
];
const heading = (index: number) => `GPU 00000000:0${index}:00.0`;
const parse = (...lines: readonly string[]) => parseQueryText(`${lines.join('\n')}\n`);
const cellsOf = (...lines: readonly string[]) => parse(...head, heading(1), ...lines)?.cards[0]?.cells ?? {};

describe('reports', () => {
  test('text without a card is not a report', () => {
    expect(parse('')).toBeNull();
    expect(parse(...head)).toBeNull();
    expect(parse('GPU 0: NVIDIA H100')).toBeNull();
  });

  test('have the header and the address of each card, also with Windows line ends', () => {
    expect(parseQueryText([...head, heading(1), heading(2), ''].join('\r\n'))).toEqual({
      driverVersion: '580.1',
      cudaVersion: '13.0',
      attachedCount: 2,
      cards: [
        {cells: {'pci.bus_id': '00000000:01:00.0'}, migInstances: []},
        {cells: {'pci.bus_id': '00000000:02:00.0'}, migInstances: []},
      ],
      processes: [],
      isCut: false,
    });
  });

  test('without the line that begins one, or after other text on it, are read as well', () => {
    expect(parse(heading(1), '    Performance State : P0')?.cards).toMatchObject([{cells: {pstate: 'P0'}}]);
    // Such a line within another text begins no report, which would be a second one without its header.
    const quoted = parse(...head, `log: ${LOG}`, heading(1));
    expect([quoted?.driverVersion, quoted?.cards.length]).toEqual(['580.1', 1]);
    expect(parse(...head, 'LOG', '=NVSMI LOG=', heading(1))?.driverVersion).toHaveProperty('absent');
  });

  test('only a line of its own begins a card; blanks may follow the address', () => {
    expect(parse(`on ${heading(1)}`)).toBeNull();
    expect(parse(`${heading(1)} x`)).toBeNull();
    expect(parse(`${heading(1)}x`)).toBeNull();
    expect(parse(`${heading(1)} \t`)?.cards).toHaveLength(1);
  });

  test('of equal length: the last one counts; with one value less, the one before', () => {
    const state = (value: string) => [...head, heading(1), `    Performance State : ${value}`];
    expect(parse(...state('P0'), ...state('P8'))?.cards[0]?.cells['pstate']).toBe('P8');
    const three = [state('P0'), state('P2'), [...head, heading(1)]].flat();
    expect(parse(...three)?.cards[0]?.cells['pstate']).toBe('P2');
  });

  test('a kernel mode driver and a CUDA version of its own name are versions too', () => {
    const report = parse(LOG, 'KMD Version : 610.2', 'CUDA UMD Version : 14.1', heading(1));
    expect([report?.driverVersion, report?.cudaVersion]).toEqual(['610.2', '14.1']);
  });

  test('the last one counts unless it is cut off', () => {
    const card = (state: string) => [heading(1), `    Performance State : ${state}`, '    Persistence Mode : Enabled'];
    const whole = parse(...head, ...card('P0'), ...head, ...card('P8'));
    expect(whole?.cards.map(({cells}) => cells['pstate'])).toEqual(['P8']);
    const cut = parse(...head, ...card('P0'), ...head, heading(1), '    Performance State : P8');
    expect(cut?.cards.map(({cells}) => cells['pstate'])).toEqual(['P0']);
    const fewerCards = parse(...head, heading(1), heading(2), ...head, heading(1));
    expect(fewerCards?.cards).toHaveLength(2);
    const withoutCards = parse(...head, ...card('P0'), ...head);
    expect(withoutCards?.cards).toHaveLength(1);
  });
});

describe('the cells of a card', () => {
  test('are in their section', () => {
    expect(
      cellsOf(
        '    Product Name : NVIDIA H100: PCIe',
        '    GPU UUID : GPU-1',
        '    Persistence Mode : Enabled',
        '    FB Memory Usage',
        '        Total : 4 MiB',
        '        Reserved : 1 MiB',
        '        Used : 2 MiB',
        '        Free : 1 MiB',
        '    BAR1 Memory Usage',
        '        Total : 9 MiB',
        '    Utilization',
        '        GPU : 5 %',
        '        Memory : 6 %',
        '    Temperature',
        '        GPU Current Temp : 40 C',
        '        Memory Current Temp : 50 C',
        '    Clocks',
        '        SM : 345 MHz',
        '    MIG Mode',
        '        Current : Disabled',
        '    Fabric',
        '        State : Completed',
        '        Status : Success',
        '        Health',
        '            Summary : Healthy',
        '    GPU Recovery Action : None',
        '    Remapped Rows',
        '        Pending : No',
        '        Remapping Failure Occurred : Yes',
        '    Processes : None',
      ),
    ).toEqual({
      'pci.bus_id': '00000000:01:00.0',
      name: 'NVIDIA H100: PCIe',
      uuid: 'GPU-1',
      persistence_mode: 'Enabled',
      'memory.total': '4 MiB',
      'memory.reserved': '1 MiB',
      'memory.used': '2 MiB',
      'memory.free': '1 MiB',
      'utilization.gpu': '5 %',
      'utilization.memory': '6 %',
      'temperature.gpu': '40 C',
      'temperature.memory': '50 C',
      'clocks.sm': '345 MHz',
      'mig.mode.current': 'Disabled',
      'fabric.state': 'Completed',
      'fabric.status': 'Success',
      'fabric.health.summary': 'Healthy',
      gpu_recovery_action: 'None',
      'remapped_rows.pending': 'No',
      'remapped_rows.failure': 'Yes',
    });
  });

  test.each([
    ['GPU Power Readings', 'Power Draw'],
    ['GPU Power Readings', 'Average Power Draw'],
    ['GPU Power Readings', 'Instantaneous Power Draw'],
    ['Power Readings', 'Power Draw'],
  ])('the power draw is in %s, %s', (section, name) => {
    expect(cellsOf(`    ${section}`, `        ${name} : 70 W`)['power.draw']).toBe('70 W');
  });

  test.each([
    ['GPU Power Readings', 'Current Power Limit', 'enforced.power.limit'],
    ['Power Readings', 'Enforced Power Limit', 'enforced.power.limit'],
    ['Utilization', 'Gpu', 'utilization.gpu'],
    ['Retired Pages', 'Pending Page Blacklist', 'retired_pages.pending'],
    ['Retired Pages', 'Pending Page Retirement', 'retired_pages.pending'],
  ])('%s, %s is %s', (section, name, field) => {
    expect(cellsOf(`    ${section}`, `        ${name} : 7`)[field]).toBe('7');
  });

  test('the first value counts, or the first text if there is no value', () => {
    const draws = (average: string, instant: string) =>
      cellsOf(
        '    GPU Power Readings',
        `        Average Power Draw : ${average}`,
        `        Instantaneous Power Draw : ${instant}`,
      )['power.draw'];
    expect(draws('N/A', '71 W')).toBe('71 W');
    expect(draws('70 W', '71 W')).toBe('70 W');
    expect(draws('N/A', 'GPU is lost')).toBe('N/A');
  });

  test('the error text of a section applies to everything in it', () => {
    const cells = cellsOf('    FB Memory Usage : GPU is lost');
    expect([cells['memory.total'], cells['memory.used']]).toEqual(['GPU is lost', 'GPU is lost']);
  });

  test('are those of the innermost section, whatever the depth and the blanks around a value', () => {
    expect(
      cellsOf('    Temperature', '        Deeper', '            x : 1', '        GPU Current Temp:  40 C \t')[
        'temperature.gpu'
      ],
    ).toBe('40 C');
    // A line that is not indented ends every section, and one with the same indentation its sibling.
    expect(cellsOf('    Temperature', 'Other', '        GPU Current Temp : 40 C')).toEqual({
      'pci.bus_id': '00000000:01:00.0',
    });
    expect(cellsOf('    Clocks', '    Temperature', '        SM : 345 MHz')['clocks.sm']).toBeUndefined();
  });

  test('an empty line changes nothing', () => {
    expect(cellsOf('    Clocks', '', '  ', '        SM : 345 MHz')['clocks.sm']).toBe('345 MHz');
  });

  test('the first of two equal names counts', () => {
    expect(cellsOf('    Performance State : P0', '    Performance State : P8')['pstate']).toBe('P0');
  });
});

describe('uncorrected errors', () => {
  const count = (...lines: readonly string[]) =>
    cellsOf('    ECC Errors', '        Volatile', ...lines.map((line) => `            ${line}`))[
      'ecc.errors.uncorrected.volatile.total'
    ];

  test('are one total in older branches', () => {
    expect(count('Double Bit', '    Total : 3', 'SRAM Uncorrectable : 9')).toBe('3');
  });

  test('are the sum of their parts in newer ones', () => {
    expect(count('SRAM Uncorrectable : 1', 'DRAM Uncorrectable : 2')).toBe('3');
    expect(count('SRAM Uncorrectable Parity : 4', 'SRAM Uncorrectable SEC-DED : 8', 'DRAM Uncorrectable : N/A')).toBe(
      '12',
    );
  });

  test('that cannot be counted give the text; without any there is no cell', () => {
    expect(count('SRAM Uncorrectable : N/A')).toBe('N/A');
    expect(count('DRAM Uncorrectable : N/A')).toBe('N/A');
    expect(count('Other : 1')).toBeUndefined();
  });
});

test.each(['Event', 'Throttle'])('the clock %s reasons become a mask', (word) => {
  const cells = cellsOf(
    `    Clocks ${word} Reasons`,
    '        Idle : Not Active',
    '        HW Slowdown : Not Active',
    '            HW Thermal Slowdown : Active',
  );
  expect(cells['clocks_event_reasons.active']).toBe('0x40');
});

test('MIG devices have their instances and memory, separate from the card', () => {
  const device = (id: number, section: string) => [
    '    MIG Device',
    '        Index : 0',
    `        GPU Instance ID : ${id}`,
    '        Compute Instance ID : 1',
    `        ${section}`,
    '            Total : 4 MiB',
    '            Used : 1 MiB',
    '            Free : 3 MiB',
  ];
  const card = parse(
    ...head,
    heading(1),
    ...device(7, 'FB Memory Usage'),
    ...device(8, 'Shared FB Memory Usage'),
    '    FB Memory Usage',
    '        Total : 90 MiB',
  )?.cards[0];
  const memory = {memoryTotalBytes: 4 * MIB, memoryUsedBytes: MIB, memoryFreeBytes: 3 * MIB};
  expect(card?.migInstances).toEqual([
    {gpuInstanceId: 7, computeInstanceId: 1, ...memory},
    {gpuInstanceId: 8, computeInstanceId: 1, ...memory},
  ]);
  expect(card?.cells['memory.total']).toBe('90 MiB');
});

test('without MIG devices there is no instance, and what is below such a line is not of the card', () => {
  const card = parse(...head, heading(1), '    MIG Device : None', '        Performance State : P0')?.cards[0];
  expect(card).toEqual({cells: {'pci.bus_id': '00000000:01:00.0'}, migInstances: []});
});

describe('processes', () => {
  const entry = (pid: string) => [
    `        Process ID : ${pid}`,
    '            Type : C',
    '            Name : python',
    '            Used GPU Memory : 5 MiB',
  ];
  const processes = (...lines: readonly string[]) =>
    parse(...head, heading(1), '    GPU UUID : GPU-1', '    Processes', ...lines)?.processes;

  test('have the identity of their card; one without a process id is skipped', () => {
    expect(processes(...entry('12'), ...entry('N/A'), ...entry('13'))).toEqual([
      {pid: 12, name: 'python', usedBytes: 5 * MIB, gpuUuid: 'GPU-1'},
      {pid: 13, name: 'python', usedBytes: 5 * MIB, gpuUuid: 'GPU-1'},
    ]);
  });

  test('start with the instance in newer branches', () => {
    const instance = '        GPU instance ID : N/A';
    expect(processes(instance, ...entry('12'), instance, ...entry('13'))?.map(({pid}) => pid)).toEqual([12, 13]);
  });

  test('no process is an empty list', () => {
    expect(parse(...head, heading(1), '    Processes : None')?.processes).toEqual([]);
  });
});
