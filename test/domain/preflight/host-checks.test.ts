import {describe, expect, test} from 'vitest';
import {
  type CardUse,
  cardMemoryCheck,
  type HostFacts,
  hostChecks,
  modelFilesCheck,
} from '../../../src/domain/preflight/host-checks.ts';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';

const roomy: HostFacts = {
  sharedMemoryBytes: 64 * BYTES_PER_GIB,
  limits: {openFiles: 1_048_576, processes: Number.POSITIVE_INFINITY},
  stateDisk: {path: '/state', freeBytes: 100 * BYTES_PER_GIB},
  modelDisk: {path: '/hub', freeBytes: 700e9},
  cacheDisk: {path: '/cache', freeBytes: 100 * BYTES_PER_GIB},
};
const needs = {cardCount: 8, downloadBytes: 595e9};
const found = (facts: HostFacts, need = needs) =>
  hostChecks(facts, need).flatMap(({finding}) => (finding === null ? [] : [[finding.code, finding.severity]]));

describe('the host before a start', () => {
  test('has no finding if there is enough space', () => {
    expect(found(roomy)).toEqual([]);
  });

  test('lacks space for the complete download', () => {
    const [, check] = hostChecks({...roomy, modelDisk: {path: '/hub', freeBytes: 400e9}}, needs);
    expect(check?.finding).toMatchObject({
      code: 'preflight.disk-too-small',
      severity: 'critical',
      message: '595.0 GB to download to /hub, 400.0 GB are free: the download would fail halfway.',
    });
    expect(found({...roomy, modelDisk: {path: '/hub', freeBytes: 1}}, {...needs, downloadBytes: 0})).toEqual([]);
  });

  test('a container\u2019s 64 MiB of shared memory block eight workers, and not one', () => {
    const small = {...roomy, sharedMemoryBytes: 64 * BYTES_PER_MIB};
    expect(found(small)).toEqual([['preflight.shared-memory-small', 'critical']]);
    expect(found({...roomy, sharedMemoryBytes: 512 * BYTES_PER_MIB})).toEqual([
      ['preflight.shared-memory-small', 'warning'],
    ]);
    expect(found(small, {...needs, cardCount: 1})).toEqual([]);
  });

  test('low limits and full disks are warnings', () => {
    expect(found({...roomy, limits: {openFiles: 4096, processes: 1024}})).toEqual([
      ['preflight.limit-low', 'warning'],
      ['preflight.limit-low', 'warning'],
    ]);
    expect(found({...roomy, stateDisk: {path: '/state', freeBytes: 1}})).toEqual([['preflight.disk-low', 'warning']]);
  });

  test('an unknown value is not a finding, and has its reason', () => {
    const unread = absent('not mounted');
    const disk = {path: '/x', freeBytes: unread};
    const facts = {sharedMemoryBytes: unread, limits: unread, stateDisk: disk, modelDisk: disk, cacheDisk: disk};
    expect(found(facts)).toEqual([]);
    expect(hostChecks(facts, needs)[0]?.detail).toBe('not mounted');
  });
});

describe('the files of the model', () => {
  const model = {path: '/models/k2', missingFiles: ['a-00002.safetensors']};
  test('that are missing block a start from a directory; from the hub they are downloaded', () => {
    expect(modelFilesCheck(model, false).finding).toMatchObject({
      code: 'preflight.model-incomplete',
      severity: 'critical',
    });
    expect(modelFilesCheck(model, true).finding).toBeNull();
    expect(modelFilesCheck({...model, missingFiles: []}, false)).toMatchObject({
      detail: 'complete in /models/k2',
      finding: null,
    });
    expect(modelFilesCheck(null, true).finding).toBeNull();
  });
});

describe('the memory of the cards', () => {
  const need = {bytes: 126 * BYTES_PER_GIB, cardCount: 8, memoryFraction: 0.9, cudaVisibleBytes: 139.8 * BYTES_PER_GIB};
  const cards = (freeGib: number): CardUse[] =>
    Array.from({length: 8}, (_, index) => ({
      index,
      freeBytes: (index === 5 ? freeGib : 140) * BYTES_PER_GIB,
      holders: index === 5 ? [{pid: 4711, name: 'python', usedBytes: 20 * BYTES_PER_GIB}] : [],
    }));

  test('is enough, within the rounding of nvidia-smi', () => {
    expect(cardMemoryCheck(cards(125.6), need).finding).toBeNull();
    expect(cardMemoryCheck([], need).finding).toBeNull();
  });

  test('used by another process is reported with the process, and the fraction that fits next to it', () => {
    expect(cardMemoryCheck(cards(120), need).finding).toMatchObject({
      code: 'preflight.gpu-memory-taken',
      message: 'GPU 5 has 120.0 GiB free, and the engine needs 126.0 GiB: python (pid 4711) uses 20.0 GiB.',
      settingsChange: {memoryFraction: 0.85},
    });
  });

  test('of which hardly any is left is not fixed by the fraction; nor is it for an engine without one', () => {
    expect(cardMemoryCheck(cards(60), need).finding?.settingsChange).toBeNull();
    expect(cardMemoryCheck(cards(120), {...need, memoryFraction: null}).finding?.settingsChange).toBeNull();
  });

  test('of cards that the engine does not use does not matter', () => {
    expect(cardMemoryCheck(cards(1), {...need, cardCount: 4}).finding).toBeNull();
  });
});
