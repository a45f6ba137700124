import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../../src/domain/diagnosis/finding.ts';
import {
  applySettingsChange,
  type LaunchSettings,
  type SettingsChange,
} from '../../../../src/domain/settings/launch-settings.ts';
import {isPresent} from '../../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {judgeLaunch} from '../../../../src/supervisor/launch/judge-launch.ts';
import type {Judgement} from '../../../../src/supervisor/launch/judgement.ts';
import type {JudgementWorld} from '../../../../src/supervisor/launch/world/judgement-world.ts';
import {hostileChange} from '../../../domain/memory/hostile-settings.ts';
import {configured, fakeWorld, idleCards, inventoryOf} from '../fake-world.ts';

function judge(settings: LaunchSettings, world: Partial<JudgementWorld>): Promise<Judgement> {
  return judgeLaunch({settings, force: false, held: () => null, node: null, memoryPatienceMs: 0}, fakeWorld(world));
}

/** Every change that these findings offer. */
function offeredBy(findings: readonly Finding[]): readonly SettingsChange[] {
  return findings.flatMap((finding) => [
    ...(finding.settingsChange === null ? [] : [finding.settingsChange]),
    ...(finding.cure?.alternatives ?? []),
    ...(detailsOf(finding, 'preflight.does-not-fit')?.cures ?? []).map(({settingsChange}) => settingsChange),
  ]);
}

const advisedBy = ({plan}: Judgement) => offeredBy(isPresent(plan) ? plan.findings : []);

/** Eight GPUs, the last ones with so much memory of another program. */
function takenCards(first: number, usedGib: number): Partial<JudgementWorld> {
  const usedBytes = usedGib * BYTES_PER_GIB;
  const gpus = idleCards(8).map((gpu, index) =>
    index < first
      ? gpu
      : {...gpu, memoryUsedBytes: usedBytes, memoryFreeBytes: Number(gpu.memoryTotalBytes) - usedBytes},
  );
  const processes = gpus.slice(first).map(({uuid}) => ({pid: 99, name: 'python', usedBytes, gpuUuid: uuid}));
  const inventory = inventoryOf(8, {gpus, processes});
  return {readCards: () => Promise.resolve({inventory, findings: [], unread: null})};
}

/** Ports below this one are in use. */
const portsFrom = (firstFree: number): Partial<JudgementWorld> => ({
  findPortProblem: (_host, port) =>
    Promise.resolve(port < firstFree ? {code: 'EADDRINUSE', holder: {pid: 7, command: 'nginx'}} : null),
});

const worlds = fc.constantFrom<Partial<JudgementWorld>>(
  {},
  takenCards(4, 60),
  takenCards(7, 10),
  takenCards(0, 20),
  portsFrom(8_003),
  portsFrom(9_000),
);

describe('every change that a judgement offers', () => {
  test('leads to a start that is accepted, or that only the other listed problems block', {
    timeout: 180_000,
  }, async () => {
    let offeredCount = 0;
    await fc.assert(
      fc.asyncProperty(hostileChange, worlds, async (change, world) => {
        const settings = {...configured, ...change};
        const present = await judge(settings, world);
        const codes = new Set(present.blockers.map(({code}) => code));
        const cures = offeredBy(present.blockers);
        for (const offered of [...cures, ...advisedBy(present)]) {
          offeredCount += 1;
          const then = await judge(applySettingsChange(settings, offered), world);
          const remaining = then.blockers.map(({code}) => code);
          const said = JSON.stringify([change, offered]);
          expect(
            remaining.filter((code) => !codes.has(code)),
            said,
          ).toEqual([]);
          if (cures.includes(offered)) expect(remaining.length, said).toBeLessThan(codes.size);
        }
      }),
      {numRuns: 20},
    );
    expect(offeredCount).toBeGreaterThan(0);
  });

  test('is not more GPUs where another program has their memory', async () => {
    const settings = {...configured, tensorParallelSize: 4, contextLengthTokens: 1_024};
    const free = await judge(settings, {});
    expect(free.blockers[0]?.settingsChange).toEqual({tensorParallelSize: 8});
    const taken = await judge(settings, takenCards(4, 60));
    const [blocker] = taken.blockers;
    expect(blocker).toMatchObject({code: 'preflight.does-not-fit', settingsChange: null, details: {cures: []}});
    expect(blocker?.remedy).toContain('No setting fixes it on this host. With tensor parallel 8: GPU 4');
    expect([...offeredBy(taken.blockers), ...advisedBy(taken)]).toEqual([]);
  });

  test('is a port that is free, and none if all of the next ones are in use', async () => {
    const [next] = (await judge(configured, portsFrom(8_003))).blockers;
    expect(next).toMatchObject({code: 'preflight.port-in-use', settingsChange: {port: 8_003}});
    const [none] = (await judge(configured, portsFrom(9_000))).blockers;
    expect(none).toMatchObject({settingsChange: null});
    expect(none?.remedy).toContain('Stop the program that holds the memory or the port.');
  });

  test('is no lower memory fraction with which the model does not fit, or that needs more free memory', async () => {
    // 0.66 is just enough: less is, with another cache type.
    const [tight] = (await judge({...configured, memoryFraction: 0.68}, takenCards(0, 50))).blockers;
    expect(tight).toMatchObject({
      code: 'preflight.gpu-memory-taken',
      settingsChange: {memoryFraction: 0.64, kvCacheDtype: 'fp8'},
    });
    const [ofSglang] = (await judge({...configured, engine: 'sglang', memoryFraction: 0.8}, takenCards(0, 20)))
      .blockers;
    expect(ofSglang?.settingsChange ?? null).toBeNull();
  });
});

test('advice stays without its change where another program has the memory that it would need', async () => {
  const settings = {
    ...configured,
    engine: 'llamacpp',
    format: 'fp8',
    tensorParallelSize: 6,
    contextLengthTokens: 1_024,
  };
  const upcastOf = async (world: Partial<JudgementWorld>) => {
    const {plan} = await judge(settings, world);
    return isPresent(plan) ? plan.findings.find(({code}) => code === 'memory.format-is-upcast') : undefined;
  };
  expect(await upcastOf({})).toMatchObject({remedy: 'Use the INT4 checkpoint.', settingsChange: {format: 'int4'}});
  const taken = await upcastOf(takenCards(4, 60));
  expect(taken).toMatchObject({settingsChange: null});
  expect(taken?.remedy).toMatch(/^Use the INT4 checkpoint\. With format int4: GPU 4 .*pid 99/);
});

test('two fixes with the same text are both listed', async () => {
  const [blocker] = (await judge({...configured, memoryFraction: 0.6}, {})).blockers;
  if (blocker === undefined) throw new Error('nothing blocks the start');
  const {cures} = detailsOf(blocker, 'preflight.does-not-fit') ?? {cures: []};
  for (const {text} of cures) expect(blocker.remedy.split(text)).toHaveLength(2);
});
