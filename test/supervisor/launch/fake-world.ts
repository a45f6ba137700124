import {configurationSchema, toLaunchSettings} from '../../../src/config/configuration.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import type {GpuInventory} from '../../../src/samples/gpu.ts';
import {absent} from '../../../src/samples/reading.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import type {FoundEngine} from '../../../src/sources/engine-installation/found-engine.ts';
import type {Installation} from '../../../src/supervisor/launch/installed-engines.ts';
import type {JudgementWorld} from '../../../src/supervisor/launch/world/judgement-world.ts';
import {h200Cards} from './gpu-samples.ts';

/** Settings that fit eight H200. */
export const configured: LaunchSettings = toLaunchSettings(configurationSchema.parse({}));

export const installed: FoundEngine = {
  kind: 'program',
  path: '/opt/venv/bin/vllm',
  foundBy: 'PATH',
  version: '0.28.0',
  versionSource: '/opt/venv/lib/python3.12/site-packages/vllm-0.28.0.dist-info',
};

export const notInstalled: Installation = err({
  code: 'engine.not-found',
  message: 'The program "vllm" on PATH.',
  remedy: 'Install vllm.',
  places: ['PATH: /usr/bin'],
});

/** So many idle H200. */
export function inventoryOf(count: number, change: Partial<GpuInventory> = {}): GpuInventory {
  return {
    stamp: {sampledAtMs: 0, monotonicMs: 0},
    driverVersion: '580.105.08',
    cudaVersion: '13.0',
    gpus: idleCards(count),
    processes: [],
    ...change,
  };
}

/** So many H200 with nothing on them. */
export function idleCards(count: number): GpuInventory['gpus'] {
  return h200Cards(count).map((gpu) => ({
    ...gpu,
    memoryUsedBytes: 0,
    memoryFreeBytes: gpu.memoryTotalBytes,
    memoryReservedBytes: absent('a test'),
  }));
}

/** A host on which the configured engine starts: eight idle H200, room everywhere, the model still to be downloaded. */
export function fakeWorld(change: Partial<JudgementWorld> = {}): JudgementWorld {
  const disk = {path: '/disk', freeBytes: 2_000 * BYTES_PER_GIB};
  return {
    simulated: false,
    nvidiaSmiPath: () => 'nvidia-smi',
    directories: {stateDir: '/state', dataDir: '/data'},
    homeDirectory: '/home/op',
    variables: {PATH: '/usr/bin'},
    nowMs: () => Date.UTC(2026, 10, 23, 17, 5, 12),
    pause: () => Promise.resolve(),
    readCards: () => Promise.resolve({inventory: inventoryOf(8), findings: [], unread: null}),
    lookUpModel: () => Promise.resolve(ok(null)),
    outcomes: () => [],
    findInstallation: () => Promise.resolve(ok(installed)),
    readInstalledVersion: () => Promise.resolve(installed.version),
    runningVersion: () => null,
    readHostFacts: () =>
      Promise.resolve({
        sharedMemoryBytes: 64 * BYTES_PER_GIB,
        limits: {openFiles: 1_048_576, processes: 1_048_576},
        stateDisk: disk,
        modelDisk: disk,
        cacheDisk: disk,
      }),
    findPortProblem: () => Promise.resolve(null),
    findWriteProblem: () => Promise.resolve(null),
    ...change,
  };
}
