import {describe, expect, test} from 'vitest';
import {buildGpu, type GpuCells} from '../../../../src/sources/nvidia-smi/parse/build-gpu.ts';
import {
  findingsOfCells,
  findingsOfGpus,
  missingFinding,
  missingIndexes,
} from '../../../../src/sources/nvidia-smi/problems/card-findings.ts';

const found = (cells: GpuCells) =>
  findingsOfGpus([buildGpu({cells: {index: '3', ...cells}, migInstances: []}, 0)]).map(({code, severity}) => [
    code.replace('source.nvidia-smi.', ''),
    severity,
  ]);
const second = buildGpu({cells: {index: '2'}, migInstances: []}, 0);
const ofCells = (cells: GpuCells) => findingsOfCells(cells, second).map(({code, severity}) => [code, severity]);

test('a healthy card, and one that reports nothing, has no finding', () => {
  expect(found({})).toEqual([]);
  expect(
    found({
      gpu_recovery_action: 'None',
      'remapped_rows.failure': 'No',
      'remapped_rows.pending': '0',
      'ecc.errors.uncorrected.volatile.total': '0',
      'fabric.state': 'Completed',
      persistence_mode: 'Enabled',
    }),
  ).toEqual([]);
});

describe('a fault of the card', () => {
  test.each([
    ['GPU requires reset', 'gpu-requires-reset'],
    ['Unknown Error', 'unknown-error'],
    ['ERR!', 'unknown-error'],
    ['GPU is lost', 'gpu-lost'],
    ['GPU access blocked by the operating system', 'gpu-lost'],
  ])('%s is %s', (words, code) => {
    expect(found({'memory.used': words})).toEqual([[code, 'critical']]);
  });

  test('hides what else its cells report, and keeps the text as evidence', () => {
    const gpu = buildGpu(
      {cells: {index: '3', uuid: 'GPU is lost', 'remapped_rows.failure': 'Yes'}, migInstances: []},
      0,
    );
    expect(findingsOfGpus([gpu])).toMatchObject([
      {code: 'source.nvidia-smi.gpu-lost', evidence: 'GPU is lost', details: {index: 3, uuid: null}},
    ]);
  });
});

test.each([
  ['Reset', 'critical'],
  ['Reboot', 'critical'],
  ['Drain P2P', 'warning'],
])('the recovery action %s is %s', (action, severity) => {
  expect(found({gpu_recovery_action: action})).toEqual([['recovery-action', severity]]);
});

test('a reboot has a remedy of its own; all other actions begin with a reset', () => {
  const remedyOf = (action: string) =>
    findingsOfGpus([buildGpu({cells: {index: '3', gpu_recovery_action: action}, migInstances: []}, 0)])[0]?.remedy;
  expect(remedyOf('Reboot')).not.toContain('--gpu-reset');
  for (const action of ['Reset', 'Drain P2P', 'Drain and Reset'])
    expect(remedyOf(action)).toContain('--gpu-reset -i 3');
});

test('a GPU is named by its index, and by its address if that is known', () => {
  const messageOf = (cells: GpuCells) =>
    findingsOfGpus([buildGpu({cells: {index: '3', 'remapped_rows.failure': 'Yes', ...cells}, migInstances: []}, 0)])[0]
      ?.message;
  expect(messageOf({'pci.bus_id': '00000000:3A:00.0'})).toContain('GPU 3 (00000000:3A:00.0):');
  expect(messageOf({'pci.bus_id': '[N/A]'})).toContain('GPU 3:');
});

test('the memory of a card: rows that cannot be remapped, pending rows, and one error or more', () => {
  expect(found({'remapped_rows.failure': 'Yes'})).toEqual([['row-remap-failure', 'critical']]);
  expect(found({'remapped_rows.pending': 'Yes'})).toEqual([['row-remap-pending', 'warning']]);
  expect(found({'ecc.errors.uncorrected.volatile.total': '1'})).toEqual([['ecc-uncorrected', 'warning']]);
  expect(found({'ecc.errors.uncorrected.volatile.total': '2'})).toEqual([['ecc-uncorrected', 'warning']]);
  expect(found({'ecc.errors.uncorrected.volatile.total': '[N/A]'})).toEqual([]);
  expect(found({'remapped_rows.failure': 'Yes', 'remapped_rows.pending': 'Yes'})).toHaveLength(2);
});

test.each(['Not Started', 'In Progress'])('a fabric that is %s is not ready', (state) => {
  expect(found({'fabric.state': state})).toEqual([['fabric-not-ready', 'warning']]);
});

test('persistence mode is one finding for all cards, and no finding if all have it', () => {
  const gpu = (mode: string, index: number) =>
    buildGpu({cells: {index: String(index), persistence_mode: mode}, migInstances: []}, 0);
  expect(findingsOfGpus([gpu('Disabled', 0), gpu('Disabled', 1)])).toMatchObject([
    {code: 'source.nvidia-smi.persistence-mode-off', severity: 'warning'},
  ]);
  expect(findingsOfGpus([gpu('Enabled', 0), gpu('[N/A]', 1)])).toEqual([]);
  const [one] = findingsOfGpus([gpu('Enabled', 0), gpu('Disabled', 1)]);
  expect(one?.message).toContain(' 1 GPU:');
});

describe('cells that are not in the sample', () => {
  test.each(['Unhealthy', 'Degraded', 'limited capacity'])('a fabric health of %s', (health) => {
    expect(ofCells({'fabric.health.summary': health})).toEqual([['source.nvidia-smi.fabric-unhealthy', 'warning']]);
  });

  test.each(['Healthy', 'N/A', 'not Degraded'])('a fabric health of %s is not a finding', (health) => {
    expect(ofCells({'fabric.health.summary': health})).toEqual([]);
  });

  test('a page that is pending retirement, and none', () => {
    expect(ofCells({'retired_pages.pending': 'Yes'})).toEqual([
      ['source.nvidia-smi.page-retirement-pending', 'warning'],
    ]);
    expect(ofCells({'retired_pages.pending': 'No'})).toEqual([]);
  });

  test('memory that this user cannot read', () => {
    expect(ofCells({'memory.total': '[Insufficient Permissions]'})).toEqual([
      ['source.nvidia-smi.no-permission', 'warning'],
    ]);
    expect(ofCells({'memory.total': '[N/A]'})).toEqual([]);
    expect(ofCells({})).toEqual([]);
  });

  test('the card is in the details', () => {
    expect(findingsOfCells({'retired_pages.pending': 'Yes'}, second)[0]?.details).toMatchObject({index: 2});
    expect(missingFinding(5)).toMatchObject({
      code: 'source.nvidia-smi.gpu-missing',
      severity: 'critical',
      details: {index: 5},
    });
  });
});

test('indexes are missing below the highest one and below the count', () => {
  expect(missingIndexes([], 0)).toEqual([]);
  expect(missingIndexes([], 2)).toEqual([0, 1]);
  expect(missingIndexes([0, 1], 0)).toEqual([]);
  expect(missingIndexes([0, 3], 0)).toEqual([1, 2]);
  expect(missingIndexes([0, 1], 4)).toEqual([2, 3]);
  expect(missingIndexes([0, 1, 2], 2)).toEqual([]);
});
