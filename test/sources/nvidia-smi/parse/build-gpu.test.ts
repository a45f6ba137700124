import {expect, test} from 'vitest';
import {buildGpu, type GpuCells} from '../../../../src/sources/nvidia-smi/parse/build-gpu.ts';

const build = (cells: GpuCells) => buildGpu({cells, migInstances: []}, 7);

test('a card without a readable index has that of its position', () => {
  expect(build({index: '3'}).index).toBe(3);
  expect(build({index: '[GPU is lost]'}).index).toBe(7);
  expect(build({}).index).toBe(7);
});

test('the state of the fabric is without the word before it', () => {
  expect(build({'fabric.state': 'state  Completed'}).fabricState).toBe('Completed');
  expect(build({'fabric.state': 'In state  x'}).fabricState).toBe('In state  x');
});

test('each value comes from the cell with its name', () => {
  const cells: GpuCells = {
    index: '2',
    uuid: 'GPU-1',
    'pci.bus_id': '00000000:1B:00.0',
    name: 'NVIDIA H200',
    'memory.total': '10',
    'memory.used': '4',
    'memory.free': '5',
    'memory.reserved': '1',
    'utilization.gpu': '90',
    'utilization.memory': '30',
    'temperature.gpu': '51',
    'temperature.memory': '62',
    'power.draw': '400.5',
    'enforced.power.limit': '600',
    'power.limit': '700',
    'clocks.sm': '1980',
    pstate: 'P0',
    persistence_mode: 'Enabled',
    'mig.mode.current': 'Disabled',
    'ecc.errors.uncorrected.volatile.total': '3',
    gpu_recovery_action: 'None',
    'remapped_rows.pending': 'Yes',
    'remapped_rows.failure': 'No',
  };
  const mib = 1024 * 1024;
  expect(build(cells)).toMatchObject({
    index: 2,
    uuid: 'GPU-1',
    pciBusId: '00000000:1B:00.0',
    name: 'NVIDIA H200',
    memoryTotalBytes: 10 * mib,
    memoryUsedBytes: 4 * mib,
    memoryFreeBytes: 5 * mib,
    memoryReservedBytes: mib,
    utilizationRatio: 0.9,
    memoryUtilizationRatio: 0.3,
    temperatureCelsius: 51,
    memoryTemperatureCelsius: 62,
    powerDrawWatts: 400.5,
    powerLimitWatts: 600,
    smClockMhz: 1980,
    performanceState: 'P0',
    persistenceMode: 'Enabled',
    migMode: 'Disabled',
    eccUncorrectedVolatileCount: 3,
    recoveryAction: 'None',
    remappedRowsPending: true,
    remappedRowsFailure: false,
    fault: null,
  });
});

test('a row with 0 MiB next to an error text is faulted, not idle', () => {
  const gpu = build({index: '3', 'memory.used': '0', 'utilization.gpu': '0', 'power.draw': '[GPU requires reset]'});
  expect(gpu.fault).toBe('GPU requires reset');
});

test('a notebook card whose power cannot be read is not faulted', () => {
  expect(build({'power.draw': '[Unknown Error]', 'memory.used': '10'}).fault).toBeNull();
  expect(build({'memory.used': '[Unknown Error]'}).fault).toBe('Unknown Error');
});

test.each(['index', 'uuid', 'memory.total', 'memory.used', 'memory.free', 'temperature.gpu', 'utilization.gpu'])(
  'an unknown error of %s is one of the GPU',
  (name) => {
    expect(build({[name]: '[Unknown Error]'}).fault).toBe('Unknown Error');
  },
);

test.each(['power.draw', 'pstate', 'memory.reserved', 'temperature.memory', 'fabric.state'])(
  'an unknown error of %s is one of that reading',
  (name) => {
    expect(build({[name]: '[Unknown Error]'}).fault).toBeNull();
  },
);

test('free memory is read and never computed from the others', () => {
  expect(build({'memory.total': '81559', 'memory.used': '1'}).memoryFreeBytes).toHaveProperty('absent');
});

test('the instant power is used if there is no average; without both the reason stays', () => {
  expect(build({'power.draw': '[N/A]', 'power.draw.instant': '71.5'}).powerDrawWatts).toBe(71.5);
  expect(build({'power.draw': '[N/A]'}).powerDrawWatts).toEqual({absent: 'not available on this GPU'});
});

test('drivers from 535 to 555 repeat a label before the state of the fabric', () => {
  expect(build({'fabric.state': 'state  Completed'}).fabricState).toBe('Completed');
  expect(build({'fabric.state': 'In Progress'}).fabricState).toBe('In Progress');
});

test('the mask of clock event reasons is translated bit by bit', () => {
  const reasons = (mask: string) => build({'clocks_event_reasons.active': mask}).clockEventReasons;
  expect(reasons('0x0000000000000000')).toEqual([]);
  expect(reasons('0x0000000000000044')).toEqual(['software power cap', 'hardware thermal slowdown']);
  expect(reasons('0x8000000000000001')).toEqual(['idle']);
  expect(reasons('Active')).toEqual({absent: 'the driver printed "Active"'});
});

test('the enforced power limit is used; if it is unknown, the configured one', () => {
  expect(build({'enforced.power.limit': '600.00', 'power.limit': '700.00'}).powerLimitWatts).toBe(600);
  expect(build({'enforced.power.limit': '[N/A]', 'power.limit': '700.00'}).powerLimitWatts).toBe(700);
  expect(build({'power.limit': '700.00'}).powerLimitWatts).toBe(700);
});

test('links and highest clocks are of the slow query, and nothing of a row of the stream', () => {
  expect(build({index: '0', 'clocks.mem': '3201'})).toMatchObject({memoryClockMhz: 3201});
  expect(build({index: '0'})).not.toHaveProperty('pcieLink');
  const slow = build({
    'clocks.max.sm': '1980 MHz',
    'clocks.max.mem': '3201 MHz',
    'pcie.link.gen.current': '1',
    'pcie.link.gen.max': '5',
    'pcie.link.width.current': '8x',
    'pcie.link.width.max': '16x',
  });
  expect(slow.clockLimits).toEqual({smMhz: 1980, memoryMhz: 3201});
  expect(slow.pcieLink).toEqual({generation: 1, maxGeneration: 5, lanes: 8, maxLanes: 16});
  expect(build({'pcie.link.width.max': 'N/A'}).pcieLink?.maxLanes).toHaveProperty('absent');
});
