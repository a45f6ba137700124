import {describe, expect, test} from 'vitest';
import {
  type CardNeed,
  type CardUse,
  cardMemoryCheck,
  type HostFacts,
  hostChecks,
  isAboutHost,
  modelFilesCheck,
  noWeightsCheck,
} from '../../../src/domain/preflight/host-checks.ts';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';

const GIB = BYTES_PER_GIB;
const roomy: HostFacts = {
  sharedMemoryBytes: 64 * GIB,
  limits: {openFiles: 65_535, processes: 4_096},
  stateDisk: {path: '/state', freeBytes: GIB},
  modelDisk: {path: '/hub', freeBytes: 595e9},
  cacheDisk: {path: '/cache', freeBytes: 5 * GIB},
};
const needs = {cardCount: 2, downloadBytes: 595e9};
const findingOf = (change: Partial<HostFacts>, name: string) =>
  hostChecks({...roomy, ...change}, needs).find((check) => check.name === name)?.finding;

describe('exactly the needed amount is enough, and one byte less is not', () => {
  test('of everything together', () => {
    expect(hostChecks(roomy, needs).flatMap(({finding}) => finding ?? [])).toEqual([]);
    expect(hostChecks(roomy, needs).map(({name}) => name)).toEqual([
      'shared memory',
      'disk for the model',
      'disk for compiled code',
      'disk for logs and state',
      'open files',
      'processes',
    ]);
  });

  test('of the disk for the model', () => {
    const modelDisk = {path: '/hub', freeBytes: 595e9 - 1};
    expect(findingOf({modelDisk}, 'disk for the model')).toMatchObject({
      code: 'preflight.disk-too-small',
      severity: 'critical',
      details: {path: '/hub', neededBytes: 595e9, freeBytes: 595e9 - 1},
    });
  });

  test('of the disks for code and state', () => {
    expect(findingOf({cacheDisk: {path: '/cache', freeBytes: 5 * GIB - 1}}, 'disk for compiled code')).toMatchObject({
      code: 'preflight.disk-low',
      severity: 'warning',
      details: {path: '/cache', neededBytes: 5 * GIB, freeBytes: 5 * GIB - 1},
    });
    expect(findingOf({stateDisk: {path: '/state', freeBytes: GIB - 1}}, 'disk for logs and state')).toMatchObject({
      details: {path: '/state', neededBytes: GIB},
    });
  });

  test('of the limits', () => {
    expect(findingOf({limits: {openFiles: 65_534, processes: 4_096}}, 'open files')).toMatchObject({
      details: {limit: 'nofile', present: 65_534, wanted: 65_535},
    });
    expect(findingOf({limits: {openFiles: 65_535, processes: 4_095}}, 'processes')).toMatchObject({
      details: {limit: 'nproc', present: 4_095, wanted: 4_096},
    });
  });

  test('of shared memory: below 1 GiB a warning, up to the 64 MiB of a container critical', () => {
    const severityOf = (sharedMemoryBytes: number) => findingOf({sharedMemoryBytes}, 'shared memory')?.severity;
    expect(severityOf(GIB)).toBeUndefined();
    expect(severityOf(GIB - 1)).toBe('warning');
    expect(severityOf(64 * BYTES_PER_MIB + 1)).toBe('warning');
    expect(severityOf(64 * BYTES_PER_MIB)).toBe('critical');
    expect(findingOf({sharedMemoryBytes: GIB - 1}, 'shared memory')?.details).toEqual({
      sizeBytes: GIB - 1,
      cardCount: 2,
    });
  });
});

test('every finding about the host is known as one, and those about the model and the GPUs are not', () => {
  const poor: HostFacts = {
    sharedMemoryBytes: 1,
    limits: {openFiles: 1, processes: 1},
    stateDisk: {path: '/state', freeBytes: 1},
    modelDisk: {path: '/hub', freeBytes: 1},
    cacheDisk: {path: '/cache', freeBytes: 1},
  };
  const found = hostChecks(poor, needs).map(({finding}) => finding);
  expect(found.map((finding) => finding?.code)).toEqual([
    'preflight.shared-memory-small',
    'preflight.disk-too-small',
    'preflight.disk-low',
    'preflight.disk-low',
    'preflight.limit-low',
    'preflight.limit-low',
  ]);
  expect(found.every((finding) => finding !== null && isAboutHost(finding))).toBe(true);
  const others = [
    noWeightsCheck('/m').finding,
    modelFilesCheck({path: '/m', missingFiles: ['a']}, false).finding,
    {code: 'preflight.gpu-memory-taken'},
  ];
  expect(others.map((finding) => finding !== null && isAboutHost(finding))).toEqual([false, false, false]);
});

test('limits that cannot be read are one line; those without a bound say so', () => {
  const unread = hostChecks({...roomy, limits: absent('no /proc')}, needs);
  expect(unread.at(-1)).toMatchObject({name: 'limits', detail: 'no /proc', finding: null});
  expect(unread).toHaveLength(5);
  const unbounded = hostChecks({...roomy, limits: {openFiles: Number.POSITIVE_INFINITY, processes: 9_000}}, needs);
  expect(unbounded.find(({name}) => name === 'open files')?.detail).not.toMatch(/\d|Infinity/);
  expect(unbounded.find(({name}) => name === 'processes')?.detail).toContain('9000');
});

test('without a download the disk does not matter, and an unknown disk blocks nothing', () => {
  const full = {path: '/hub', freeBytes: 0};
  const [, none] = hostChecks({...roomy, modelDisk: full}, {...needs, downloadBytes: 0});
  expect(none?.finding).toBeNull();
  expect(none?.detail).not.toContain('/hub');
  const [, unread] = hostChecks({...roomy, modelDisk: {path: '/hub', freeBytes: absent('stale NFS')}}, needs);
  expect(unread).toMatchObject({finding: null, detail: expect.stringContaining('stale NFS')});
});

describe('missing model files', () => {
  const missing = (count: number) => ({path: '/m', missingFiles: Array.from({length: count}, (_, i) => `f${i}`)});

  test('lists up to three', () => {
    expect(modelFilesCheck(missing(3), false).detail).toContain('f0, f1, f2');
    expect(modelFilesCheck(missing(3), false).detail).not.toContain('...');
    expect(modelFilesCheck(missing(4), false).detail).toContain('f0, f1, f2, ...');
    expect(modelFilesCheck(missing(4), false).detail).not.toContain('f3');
    expect(modelFilesCheck(missing(4), false).finding?.details).toEqual({
      path: '/m',
      missingFiles: missing(4).missingFiles,
    });
  });

  test('that the engine downloads are not a finding; weights that nobody brings are', () => {
    expect(modelFilesCheck(null, true)).toMatchObject({name: 'model files', finding: null});
    expect(noWeightsCheck('/m/config.json')).toMatchObject({
      name: 'model files',
      finding: {code: 'preflight.no-weights', severity: 'warning'},
    });
  });
});

describe('the memory of the cards', () => {
  const need: CardNeed = {bytes: 100 * GIB, cardCount: 2, memoryFraction: 0.9, cudaVisibleBytes: 100 * GIB};
  const holder = (pid: number) => ({pid, name: `p${pid}`, usedBytes: GIB});
  const card = (index: number, freeBytes: CardUse['freeBytes'], holders: CardUse['holders'] = []): CardUse => ({
    index,
    freeBytes,
    holders,
  });
  const check = (cards: readonly CardUse[], change: Partial<CardNeed> = {}) =>
    cardMemoryCheck(cards, {...need, ...change}).finding;

  test('may lack half a GiB, and no byte more', () => {
    expect(check([card(0, 99.5 * GIB)])).toBeNull();
    expect(check([card(0, 99.5 * GIB - 1)])?.code).toBe('preflight.gpu-memory-taken');
  });

  test('is not checked if it cannot be read', () => {
    expect(check([card(0, absent('lost'))])).toBeNull();
  });

  test('reports the fullest card first, whatever the order, and all of them in its details', () => {
    const finding = check([card(0, 95 * GIB, [holder(1)]), card(1, 90 * GIB, [holder(2)]), card(2, 0)]);
    expect(finding?.message).toMatch(/^GPU 1 .*1 more/);
    expect(finding?.details).toEqual({
      neededBytesPerGpu: 100 * GIB,
      cards: [
        {index: 0, freeBytes: 95 * GIB, holders: [{pid: 1, name: 'p1', usedBytes: GIB}]},
        {index: 1, freeBytes: 90 * GIB, holders: [{pid: 2, name: 'p2', usedBytes: GIB}]},
      ],
    });
    expect(check([card(1, 90 * GIB)])?.message).not.toContain('more)');
  });

  test('a fraction is offered that fits next to other processes, rounded down, and none that is too low to be useful', () => {
    expect(check([card(0, 90.5 * GIB)])?.settingsChange).toEqual({memoryFraction: 0.8});
    expect(check([card(0, 85 * GIB)])?.settingsChange).toEqual({memoryFraction: 0.75});
    expect(check([card(0, 84.9 * GIB)])?.settingsChange).toBeNull();
  });

  test('lists three processes and counts the rest; one of unknown use has no number', () => {
    const four = [holder(1), holder(2), holder(3), holder(4)];
    expect(check([card(0, GIB, four)])?.message).toContain('p3 (pid 3)');
    expect(check([card(0, GIB, four)])?.message).toContain('1 more');
    expect(check([card(0, GIB, four)])?.message).not.toContain('p4');
    expect(check([card(0, GIB, four.slice(0, 3))])?.message).not.toContain('more');
    const unread = check([card(0, GIB, [{pid: 5, name: 'x', usedBytes: absent('no permission')}])]);
    expect(unread?.details).toMatchObject({cards: [{holders: [{pid: 5, usedBytes: null}]}]});
    expect(check([card(0, GIB)])?.details).toMatchObject({cards: [{holders: []}]});
  });
});
