import {describe, expect, test} from 'vitest';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {parseNodeSpec} from '../../../src/domain/memory/node-spec.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {absent} from '../../../src/samples/reading.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {judgeLaunch} from '../../../src/supervisor/launch/judge-launch.ts';
import {type LaunchRequest, passes, refusalFor} from '../../../src/supervisor/launch/judgement.ts';
import type {CardReading, JudgementWorld} from '../../../src/supervisor/launch/world/judgement-world.ts';
import {configured, fakeWorld, idleCards, installed, inventoryOf, notInstalled} from './fake-world.ts';

function judge(
  change: Partial<LaunchSettings>,
  world: Partial<JudgementWorld> = {},
  request: Partial<Omit<LaunchRequest, 'settings'>> = {},
) {
  const settings = {...configured, ...change};
  return judgeLaunch(
    {settings, force: false, held: () => null, node: null, memoryPatienceMs: 0, ...request},
    fakeWorld(world),
  );
}

const cards = (reading: Partial<CardReading>): Pick<JudgementWorld, 'readCards'> => ({
  readCards: () => Promise.resolve({inventory: inventoryOf(8), findings: [], unread: null, ...reading}),
});

const lostCard: Finding = {
  code: 'source.nvidia-smi.gpu-lost',
  severity: 'critical',
  message: 'GPU 3 is lost.',
  evidence: null,
  remedy: 'Reboot.',
  settingsChange: null,
};

const codesOf = ({blockers}: {blockers: readonly Finding[]}) => blockers.map(({code}) => code);

describe('a judgement', () => {
  test('of a start without blockers passes, with all checks, the plan and the launch', async () => {
    const judgement = await judge({});
    expect(codesOf(judgement)).toEqual([]);
    expect(passes(judgement)).toBe(true);
    expect(refusalFor(judgement.blockers)).toBeNull();
    expect(judgement.checks.map(({name}) => name)).toEqual([
      'arguments',
      'access',
      'nvidia-smi',
      'plan',
      'GPU memory',
      'model files',
      'port',
      'state directory',
      'shared memory',
      'disk for the model',
      'disk for compiled code',
      'disk for logs and state',
      'open files',
      'processes',
      'engine',
      'sockets between processes',
    ]);
    expect(judgement.plan).toMatchObject({verdict: 'fits'});
    expect(judgement.launch).toMatchObject({executable: installed.kind === 'program' ? installed.path : ''});
  });

  test('has everything that blocks a start, and so has the refusal', async () => {
    const judgement = await judge(
      {},
      {
        ...cards({findings: [lostCard]}),
        findPortProblem: () => Promise.resolve({code: 'EADDRINUSE', holder: {pid: 77, command: 'nginx'}}),
        findInstallation: () => Promise.resolve(ok({...installed, version: '0.11.0'})),
      },
    );
    expect(codesOf(judgement)).toEqual(['source.nvidia-smi.gpu-lost', 'preflight.port-in-use', 'vllm.too-old']);
    const refusal = refusalFor(judgement.blockers);
    expect(refusal).toMatchObject({code: 'source.nvidia-smi.gpu-lost'});
    expect(refusal).toMatchObject({
      message: 'GPU 3 is lost.',
      others: [
        {code: 'preflight.port-in-use', message: 'Port 8000 on 127.0.0.1 is in use by pid 77 (nginx).'},
        {code: 'vllm.too-old'},
      ],
    });
    expect(refusalFor(judgement.blockers.slice(0, 1))).not.toHaveProperty('others');
  });

  test('of a plan that does not fit lists every fix of the plan, and --force', async () => {
    const judgement = await judge({memoryFraction: 0.64});
    expect(codesOf(judgement)).toEqual(['preflight.does-not-fit']);
    const [blocker] = judgement.blockers;
    if (blocker === undefined) throw new Error('nothing forbids it');
    const {cures} = detailsOf(blocker, 'preflight.does-not-fit') ?? {cures: []};
    expect(cures.map(({settingsChange}) => settingsChange)).toEqual([
      {memoryFraction: 0.69},
      {kvCacheDtype: 'fp8'},
      {decodeContextParallelSize: 8},
      {contextLengthTokens: 161_344},
    ]);
    for (const {text} of cures) expect(blocker.remedy).toContain(text);
    expect(blocker.remedy).toMatch(/To start anyway, use gantry up or gantry restart with --force\.$/);
    expect(blocker.settingsChange).toEqual({memoryFraction: 0.69});
    expect(codesOf(await judge({memoryFraction: 0.64}, {}, {force: true}))).toEqual([]);
  });

  test('of a context beyond the model has each change once, whatever its reasons', async () => {
    const [blocker] = (await judge({contextLengthTokens: 1_310_720})).blockers;
    if (blocker === undefined) throw new Error('nothing forbids it');
    const {cures} = detailsOf(blocker, 'preflight.does-not-fit') ?? {cures: []};
    const lengths = cures.flatMap(({settingsChange}) => settingsChange.contextLengthTokens ?? []);
    expect(lengths).toEqual([262_144]);
    expect(blocker.remedy.split('262,144')).toHaveLength(2);
  });

  test('of a plan that no setting fixes says which cards it would fit', async () => {
    const judgement = await judge({tensorParallelSize: 2}, cards({inventory: inventoryOf(2)}));
    expect(judgement.blockers[0]?.remedy).toMatch(
      /8x H200.*To start anyway, use gantry up or gantry restart with --force\.$/,
    );
    expect(judgement.blockers[0]?.settingsChange).toBeNull();
  });

  test('of other cards does not check this host', async () => {
    const node = parseNodeSpec('8xH200');
    if (!node.ok) throw new Error(node.error.message);
    const never = () => Promise.reject(new Error('this host was asked'));
    const judgement = await judge(
      {},
      {readCards: never, readHostFacts: never, findPortProblem: never, findWriteProblem: never},
      {node: node.value},
    );
    expect(judgement.checks.map(({name}) => name)).toEqual(['arguments', 'plan', 'model files']);
    expect(judgement.plan).toMatchObject({verdict: 'fits'});
  });

  test('is for the version that is installed, else for the one that runs, here and on other cards', async () => {
    const node = parseNodeSpec('8xH200');
    if (!node.ok) throw new Error(node.error.message);
    const running = {runningVersion: (engine: string) => (engine === 'vllm' ? '0.20.2' : null)};
    const nameless = {...running, findInstallation: () => Promise.resolve(ok({...installed, version: null}))};
    for (const here of [{}, {node: node.value}]) {
      const known = await judge({}, running, here);
      expect(known.plan).toMatchObject({engine: {version: installed.version, versionOrigin: 'installed'}});
      const logged = await judge({}, nameless, here);
      expect(logged.plan).toMatchObject({engine: {version: '0.20.2', versionOrigin: 'log'}});
      const other = await judge({engine: 'sglang'}, nameless, here);
      expect(other.plan).toMatchObject({engine: {version: null, versionOrigin: 'assumed'}});
    }
  });

  test('shows the launch of an engine that is not installed as if it were on PATH', async () => {
    const judgement = await judge({}, {findInstallation: () => Promise.resolve(notInstalled)});
    expect(codesOf(judgement)).toEqual(['engine.not-found']);
    expect(judgement.launch).toMatchObject({executable: 'vllm'});
  });

  test('of an unknown engine has no launch and one finding', async () => {
    const judgement = await judge({engine: 'tgi'}, {}, {force: true});
    expect(codesOf(judgement)).toEqual(['preflight.unknown-engine']);
    expect(judgement.launch).toBeNull();
  });
});

describe('cards', () => {
  test('that were not read block a start, with the reason, and give no plan', async () => {
    const judgement = await judge({}, cards({inventory: null, unread: 'nvidia-smi reported none within 30 s'}));
    expect(codesOf(judgement)).toEqual(['preflight.cards-unread']);
    expect(judgement.blockers[0]?.message).toBe('The GPUs could not be read: nvidia-smi reported none within 30 s.');
    expect(passes(await judge({}, cards({inventory: null, unread: 'nothing'}), {force: true}))).toBe(true);
  });

  test('with several problems have a check for each', async () => {
    const other = {...lostCard, code: 'source.nvidia-smi.fabric', message: 'The fabric is not ready.'};
    expect(codesOf(await judge({}, cards({findings: [lostCard, other]})))).toEqual([lostCard.code, other.code]);
  });

  const worker = (pid: number, gpuUuid: string, usedGib: number) => ({
    pid,
    name: 'VLLM::Worker',
    usedBytes: usedGib * BYTES_PER_GIB,
    gpuUuid,
  });
  const busy = (usedGib: number, pid: number | null) => {
    const gpus = idleCards(8).map((gpu) => ({
      ...gpu,
      memoryUsedBytes: usedGib * BYTES_PER_GIB,
      memoryFreeBytes: Number(gpu.memoryTotalBytes) - usedGib * BYTES_PER_GIB,
    }));
    return inventoryOf(8, {
      gpus,
      processes: pid === null ? [] : gpus.map(({uuid}) => worker(pid, String(uuid), usedGib)),
    });
  };
  const held = {
    endpoint: {host: '127.0.0.1', port: 8000},
    pids: new Set([41]),
    gpuIndexes: null,
    gpuCount: 8,
    isMemorySteady: true,
  };

  test('used by a foreign process block a start, with the process; those of the replaced engine do not', async () => {
    const stranger = await judge({}, cards({inventory: busy(100, 99)}));
    expect(codesOf(stranger)).toEqual(['preflight.gpu-memory-taken']);
    expect(stranger.blockers[0]?.message).toContain('pid 99');
    expect(codesOf(await judge({}, cards({inventory: busy(100, 99)}), {held: () => held}))).toEqual([
      'preflight.gpu-memory-taken',
    ]);
    expect(codesOf(await judge({}, cards({inventory: busy(100, 41)}), {held: () => held}))).toEqual([]);
  });

  test('without a process list count the replaced engine as gone from its own cards', async () => {
    expect(codesOf(await judge({}, cards({inventory: busy(100, null)}), {held: () => held}))).toEqual([]);
    const onFour = {...held, gpuCount: 4};
    expect(codesOf(await judge({}, cards({inventory: busy(100, null)}), {held: () => onFour}))).toEqual([
      'preflight.gpu-memory-taken',
    ]);
  });

  test('whose memory is being freed are waited for, within limits; foreign processes are not', async () => {
    const readings = [busy(100, null), busy(50, null), inventoryOf(8)];
    let reads = 0;
    const settling = {
      readCards: () => {
        const inventory = readings[Math.min(reads, readings.length - 1)] ?? null;
        reads += 1;
        return Promise.resolve({inventory, findings: [], unread: null});
      },
    };
    expect(codesOf(await judge({}, settling, {memoryPatienceMs: 10_000}))).toEqual([]);
    expect(reads).toBe(3);
    reads = 0;
    expect(codesOf(await judge({}, settling, {memoryPatienceMs: 500}))).toEqual(['preflight.gpu-memory-taken']);
    let pauses = 0;
    const pause = () => {
      pauses += 1;
      return Promise.resolve();
    };
    await judge({}, {...cards({inventory: busy(100, 99)}), pause}, {memoryPatienceMs: 10_000});
    expect(pauses).toBe(0);
  });

  test('that can no longer be read during the wait for memory block the start', async () => {
    let reads = 0;
    const going = {
      readCards: () => {
        reads += 1;
        return Promise.resolve({inventory: reads === 1 ? busy(100, null) : null, findings: [], unread: 'it hangs'});
      },
    };
    expect(codesOf(await judge({}, going, {memoryPatienceMs: 10_000}))).toEqual(['preflight.cards-unread']);
  });
});

describe('the rest of the host', () => {
  test('a check that throws is reported, and blocks nothing', async () => {
    const judgement = await judge({}, {readHostFacts: () => Promise.reject(new Error('/proc is gone'))});
    expect(codesOf(judgement)).toEqual([]);
    expect(judgement.checks.flatMap(({finding}) => finding ?? [])).toMatchObject([
      {
        code: 'preflight.unchecked',
        severity: 'warning',
        message: expect.stringContaining('/proc is gone'),
        details: {check: 'host'},
      },
    ]);
  });

  test('the port and address of the replaced engine are free; another address is not', async () => {
    const taken = {findPortProblem: () => Promise.resolve({code: 'EADDRINUSE', holder: null})};
    const held = {
      endpoint: {host: '127.0.0.1', port: 8000},
      pids: new Set<number>(),
      gpuIndexes: null,
      gpuCount: 8,
      isMemorySteady: true,
    };
    expect(codesOf(await judge({}, taken, {held: () => held}))).toEqual([]);
    expect(codesOf(await judge({host: '127.0.0.2'}, taken, {held: () => held}))).toEqual(['preflight.port-in-use']);
    expect(codesOf(await judge({port: 8001}, taken, {held: () => held, force: true}))).toEqual([
      'preflight.port-in-use',
    ]);
    const own = {findPortProblem: () => Promise.resolve({code: 'EADDRINUSE', holder: {pid: 7, command: 'engine'}})};
    const wide = {...held, endpoint: {host: '0.0.0.0', port: 8000}, pids: new Set([7])};
    expect(codesOf(await judge({}, own, {held: () => wide}))).toEqual([]);
    expect(codesOf(await judge({}, own, {held: () => ({...wide, pids: new Set([8])})}))).toEqual([
      'preflight.port-in-use',
    ]);
    const unusable = {findPortProblem: () => Promise.resolve({code: 'EACCES', holder: null})};
    expect(codesOf(await judge({port: 80}, unusable))).toEqual(['preflight.port-unusable']);
  });

  test('a simulated node checks neither the host nor a missing model', async () => {
    const never = () => Promise.reject(new Error('the host was asked'));
    const world = {simulated: true, readHostFacts: never};
    expect(codesOf(await judge({model: '/models/none'}, world))).toEqual(['preflight.no-plan']);
    const problem = {code: 'memory.truncated-model-file', message: 'It is cut short.', remedy: 'Download it again.'};
    const cutShort = {...world, lookUpModel: () => Promise.resolve(err(problem))};
    expect(codesOf(await judge({model: '/models/kimi'}, cutShort))).toEqual([problem.code]);
  });

  test('a driver that gives no version is shown as unknown', async () => {
    const judgement = await judge({}, cards({inventory: inventoryOf(8, {driverVersion: absent('not asked')})}));
    expect(judgement.checks.find(({name}) => name === 'nvidia-smi')?.detail).toBe('nvidia-smi: 8 GPUs, driver unknown');
  });
});

describe('with a lost GPU', () => {
  const lost = inventoryOf(8, {
    gpus: idleCards(8).map((gpu) => (gpu.index === 3 ? {...gpu, fault: 'GPU is lost'} : gpu)),
  });
  const world = cards({inventory: lost, findings: [lostCard]});
  const checkOf = (judgement: Awaited<ReturnType<typeof judge>>, name: string) =>
    judgement.checks.filter((check) => check.name === name);

  test('no check says that all eight can be used', async () => {
    const judgement = await judge({}, world);
    expect(codesOf(judgement)).toEqual(['source.nvidia-smi.gpu-lost', 'preflight.does-not-fit']);
    expect(checkOf(judgement, 'nvidia-smi').map(({detail}) => detail)).toEqual([
      'nvidia-smi: 7 of 8 GPUs can be used, driver 580.105.08',
    ]);
    expect(checkOf(judgement, 'plan').map(({detail}) => detail)).toEqual([
      'These settings need 8 GPUs; 7 can be used.',
    ]);
    expect(checkOf(judgement, 'GPU memory')).toEqual([]);
    const remedy = judgement.blockers[1]?.remedy;
    expect(remedy).toBe('No settings fit on the 7 usable GPUs. Get the missing GPU back: its own finding says how.');
  });

  test('a plan for fewer GPUs is one for those that are left: the memory of the others is checked', async () => {
    const small = {tensorParallelSize: 4};
    const memory = {memoryTotalBytes: 250 * BYTES_PER_GIB, memoryFreeBytes: 250 * BYTES_PER_GIB};
    const large = lost.gpus.map((gpu) => ({...gpu, ...memory}));
    const judgement = await judge(small, cards({inventory: {...lost, gpus: large}, findings: [lostCard]}));
    expect(codesOf(judgement)).toEqual(['source.nvidia-smi.gpu-lost']);
    const taken = large.map((gpu) => (gpu.index === 4 ? {...gpu, memoryFreeBytes: BYTES_PER_GIB} : gpu));
    const busy = await judge(small, cards({inventory: {...lost, gpus: taken}, findings: [lostCard]}));
    expect(codesOf(busy)).toContain('preflight.gpu-memory-taken');
    const beyond = large.map((gpu) => (gpu.index === 5 ? {...gpu, memoryFreeBytes: BYTES_PER_GIB} : gpu));
    const idle = await judge(small, cards({inventory: {...lost, gpus: beyond}, findings: [lostCard]}));
    expect(codesOf(idle)).not.toContain('preflight.gpu-memory-taken');
  });
});
