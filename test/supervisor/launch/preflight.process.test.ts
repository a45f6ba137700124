import {createServer, type Server} from 'node:net';
import {afterEach, describe, expect, test} from 'vitest';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {absent} from '../../../src/samples/reading.ts';
import {err, ok} from '../../../src/shared/result.ts';
import type {FoundEngine} from '../../../src/sources/engine-installation/found-engine.ts';
import type {Installation} from '../../../src/supervisor/launch/installed-engines.ts';
import {findBlocker, findBlockers} from '../../../src/supervisor/launch/preflight.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import {planOf} from '../../support/plan-of.ts';

let server: Server | null = null;
afterEach(async () => {
  const open = server;
  server = null;
  if (open !== null) await new Promise((resolve) => open.close(resolve));
});

function listen(): Promise<number> {
  return new Promise((resolve) => {
    const opened = createServer();
    server = opened;
    opened.listen(0, '127.0.0.1', () => {
      const address = opened.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

async function freePort(): Promise<number> {
  const port = await listen();
  const open = server;
  server = null;
  if (open !== null) await new Promise((resolve) => open.close(resolve));
  return port;
}

function settings(change: Partial<LaunchSettings>): LaunchSettings {
  const known = buildSnapshot().engine.settings;
  if (known === null) throw new Error('the test node has settings');
  return {...known, ...change};
}

const installed: FoundEngine = {
  kind: 'program',
  path: '/opt/venv/bin/vllm',
  foundBy: 'PATH',
  version: '0.28.0',
  versionSource: 'a test',
};
const findInstallation = (): Promise<Installation> => Promise.resolve(ok(installed));

const lostCard: Finding = {
  code: 'source.nvidia-smi.gpu-lost',
  severity: 'critical',
  message: 'GPU 3 is lost.',
  evidence: null,
  remedy: 'Reboot.',
  settingsChange: null,
};

describe('preflight', () => {
  test('lets a start pass that nothing forbids', async () => {
    const input = {
      settings: settings({port: await freePort()}),
      force: false,
      plan: absent('no card'),
      gpuFindings: [],
      findInstallation,
    };
    expect(await findBlocker(input)).toBeNull();
  });

  test('refuses what cannot fit, with the reason of the plan, and lets it pass when forced', async () => {
    const wanted = settings({port: await freePort(), memoryFraction: 0.9});
    const plan = planOf(wanted, '8xH100');
    const blocker = await findBlocker({settings: wanted, force: false, plan, gpuFindings: [], findInstallation});
    expect(blocker).toMatchObject({code: 'preflight.does-not-fit', message: plan.reason});
    expect(await findBlocker({settings: wanted, force: true, plan, gpuFindings: [], findInstallation})).toBeNull();
  });

  test('refuses a start onto a lost card', async () => {
    const input = {
      settings: settings({port: await freePort()}),
      force: false,
      plan: absent('no card'),
      gpuFindings: [lostCard],
      findInstallation,
    };
    expect(await findBlocker(input)).toBe(lostCard);
  });

  test('names the process that holds the port, and offers the next one, even when forced', async () => {
    const port = await listen();
    const input = {settings: settings({port}), force: true, plan: absent('no card'), gpuFindings: [], findInstallation};
    const blocker = await findBlocker(input);
    expect(blocker?.code).toBe('preflight.port-in-use');
    expect(blocker?.message).toContain(`pid ${process.pid}`);
    expect(blocker?.settingsChange).toEqual({port: port + 1});
  });

  test('refuses an engine that nobody knows', async () => {
    const input = {
      settings: settings({engine: 'tgi'}),
      force: true,
      plan: absent('no card'),
      gpuFindings: [],
      findInstallation,
    };
    expect((await findBlocker(input))?.message).toContain('tgi');
  });

  test('an engine that is not installed is refused before the start, forced or not', async () => {
    const error = {code: 'engine.not-found', message: 'There is none.', remedy: 'Install it.', places: []} as const;
    const missing = (): Promise<Installation> => Promise.resolve(err(error));
    const wanted = settings({port: await freePort()});
    const input = {settings: wanted, plan: absent('no card'), gpuFindings: [], findInstallation: missing};
    for (const force of [false, true]) {
      expect(await findBlocker({...input, force})).toMatchObject({code: 'engine.not-found', severity: 'critical'});
    }
  });

  test('an engine too old for the model is refused before the start, and started all the same when forced', async () => {
    const old = (): Promise<Installation> => Promise.resolve(ok({...installed, version: '0.11.0'}));
    const wanted = settings({port: await freePort()});
    const input = {settings: wanted, plan: absent('no card'), gpuFindings: [], findInstallation: old};
    expect(await findBlocker({...input, force: false})).toMatchObject({code: 'vllm.too-old'});
    expect(await findBlocker({...input, force: true})).toBeNull();
  });

  test('names everything that forbids a start, not only the first thing', async () => {
    const port = await listen();
    const old = (): Promise<Installation> => Promise.resolve(ok({...installed, version: '0.11.0'}));
    const input = {settings: settings({port}), force: false, plan: absent('no card'), gpuFindings: [lostCard]};
    const codes = (await findBlockers({...input, findInstallation: old})).map(({code}) => code);
    expect(codes).toEqual(['source.nvidia-smi.gpu-lost', 'preflight.port-in-use', 'vllm.too-old']);
  });
});
