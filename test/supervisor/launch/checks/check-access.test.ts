import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {blockersOf} from '../../../../src/domain/preflight/check.ts';
import type {LaunchSettings} from '../../../../src/domain/settings/launch-settings.ts';
import {engines} from '../../../../src/engines/registry.ts';
import {vllm} from '../../../../src/engines/vllm/vllm.ts';
import {ok} from '../../../../src/shared/result.ts';
import type {ApiKey} from '../../../../src/supervisor/access/api-key.ts';
import {writeKeyFile} from '../../../../src/supervisor/access/key-file.ts';
import {keepRunKey} from '../../../../src/supervisor/access/run-key.ts';
import {accessCheck} from '../../../../src/supervisor/launch/checks/check-access.ts';
import {judgeLaunch} from '../../../../src/supervisor/launch/judge-launch.ts';
import {runPreflight} from '../../../../src/supervisor/launch/preflight.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';
import {configured, fakeWorld, installed} from '../fake-world.ts';

const none: ApiKey = {kind: 'none'};
const good: ApiKey = {kind: 'key', value: 'sk-test-0123456789abcdef', source: '/state/api-key', isWeak: false};

const container = {
  kind: 'container',
  client: 'docker',
  clientPath: '/usr/bin/docker',
  image: 'vllm/vllm-openai:v0.28.0',
  entrypoint: 'vllm',
  foundBy: 'a test',
  version: '0.28.0',
  versionSource: 'a test',
} as const;

async function codeOf(change: Partial<LaunchSettings>, apiKey: ApiKey = none): Promise<string | undefined> {
  const {finding} = await accessCheck(vllm, {...configured, ...change}, {apiKey, installation: ok(installed)});
  return finding?.code;
}

describe('without a key', () => {
  test.each(['127.0.0.1', '127.1.2.3', '127.1', '::1', 'localhost', '::ffff:127.0.0.1'])(
    '%s is reached only from this host',
    async (host) => {
      expect(await codeOf({host})).toBe(undefined);
    },
  );

  test.each(['0.0.0.0', '0', '::', '10.0.0.7', 'fe80::1', '::ffff:10.0.0.7', 'gantry-no-such-host.invalid', '*'])(
    '%s is refused',
    async (host) => {
      expect(await codeOf({host})).toBe('preflight.open-to-network');
    },
  );

  test.each([
    ['--host', '0.0.0.0'],
    ['--host=0.0.0.0'],
    ['--hos', '10.0.0.7'],
    ['--host', '127.0.0.1', '--host', '::'],
  ])('the arguments %s %s are refused', async (...extraArguments) => {
    expect(await codeOf({extraArguments: extraArguments.filter((word) => word !== undefined)})).toBe(
      'preflight.open-to-network',
    );
  });

  test.each([
    [['-p', '8000:8000'], true],
    [['-p8000:8000'], true],
    [['--publish=8000'], true],
    [['-P'], true],
    [['--publish', '[::]:8000:8000'], true],
    [['-p', '10.0.0.7:8000:8000/tcp'], true],
    [['-p', '127.0.0.1:8000:8000'], false],
    [['--publish=[::1]:8000:8000'], false],
    [['--pids-limit=-1'], false],
    [[], false],
  ] as const)('a container with %j is refused: %s', async (extraArguments, isRefused) => {
    const installation = ok({...container, extraArguments});
    const {finding} = await accessCheck(vllm, configured, {apiKey: none, installation});
    expect(finding?.code).toBe(isRefused ? 'preflight.open-to-network' : undefined);
  });
});

test('a good key opens every engine to the network, with a warning where it does not guard everything', async () => {
  for (const engine of engines) {
    const settings = {...configured, engine: engine.name, host: '0.0.0.0'};
    const check = await accessCheck(engine, settings, {apiKey: good, installation: null});
    expect(blockersOf([check], false)).toEqual([]);
    expect(check.finding?.code).toBe(engine.partialGuard === null ? undefined : 'preflight.key-guards-partly');
    expect(check.detail).toContain('/state/api-key');
    expect(JSON.stringify(check)).not.toContain(good.value);
  }
});

test('a weak key is refused beyond this host; one that cannot be used is always refused', async () => {
  const weak: ApiKey = {kind: 'key', value: 'EMPTY', source: 'VLLM_API_KEY', isWeak: true};
  expect(await codeOf({host: '::'}, weak)).toBe('preflight.api-key-weak');
  expect(await codeOf({}, weak)).toBe(undefined);
  const unusable: ApiKey = {kind: 'unusable', source: 'VLLM_API_KEY', reason: 'it is empty'};
  expect(await codeOf({host: '::'}, unusable)).toBe('preflight.api-key-unusable');
  expect(await codeOf({}, unusable)).toBe('preflight.api-key-unusable');
});

test.each([
  [['--network=bridge', '-p', '127.0.0.1:8000:8000'], false],
  [['--net', 'bridge'], false],
  [['--network=pasta:-T,8000', '--publish=[::1]:8000:8000'], false],
  [['--network=own', '-p', '127.0.0.1:8000:8000'], false],
  [['--network=bridge', '-p', '8000:8000'], true],
  [['--network=own', '-p', '127.0.0.1:8000:8000', '-p', '10.0.0.7:8000:8000'], true],
  [['--network=macvlan-net'], true],
  [['--network=host', '-p', '127.0.0.1:8000:8000'], true],
  [['--network=bridge', '--network=host'], true],
  [['--network=container:proxy', '-p', '127.0.0.1:8000:8000'], true],
  [['-p', '127.0.0.1:8000:8000'], true],
] as const)('an engine on 0.0.0.0 in a container with %j is refused: %s', async (extraArguments, isRefused) => {
  const installation = ok({...container, extraArguments});
  const {finding} = await accessCheck(vllm, {...configured, host: '0.0.0.0'}, {apiKey: none, installation});
  expect(finding?.code).toBe(isRefused ? 'preflight.open-to-network' : undefined);
});

test('an automatic restart of an open engine is reported as critical and starts; a start by command is refused', async () => {
  const stateDir = temporaryDirectory('open');
  const world = fakeWorld({directories: {stateDir, dataDir: stateDir}});
  const begun = (isAutomatic: boolean, change: Partial<typeof world> = {}) =>
    runPreflight(
      {settings: {...configured, host: '0.0.0.0'}, force: false, isAutomatic, endedPids: new Set(), difference: null},
      {...world, ...change},
    );
  const codes = (findings: readonly {readonly code: string}[]) => findings.map(({code}) => code);
  const weak = {variables: {...world.variables, VLLM_API_KEY: 'EMPTY'}};
  for (const [code, change] of [
    ['preflight.open-to-network', {}],
    ['preflight.api-key-weak', weak],
  ] as const) {
    const automatic = await begun(true, change);
    expect(automatic.blockers).toEqual([]);
    expect(automatic.findings).toContainEqual(expect.objectContaining({code, severity: 'critical'}));
    expect(codes((await begun(false, change)).blockers)).toEqual([code]);
  }
  // Without its key the engine would be more open than it was.
  writeFileSync(path.join(stateDir, 'api-key'), good.value, {mode: 0o644});
  chmodSync(path.join(stateDir, 'api-key'), 0o644);
  expect(codes((await begun(true)).blockers)).toEqual(['preflight.api-key-unusable']);
});

test('an automatic restart has the key of the run before, also where this supervisor does not know it', async () => {
  const stateDir = temporaryDirectory('open');
  const world = fakeWorld({directories: {stateDir, dataDir: stateDir}});
  mkdirSync(path.join(stateDir, 'runs', '20260101-000000-aaaa'), {recursive: true});
  await keepRunKey({stateDir, runId: '20260101-000000-aaaa'}, good.value);
  const begun = (isAutomatic: boolean) =>
    runPreflight(
      {settings: {...configured, host: '0.0.0.0'}, force: false, isAutomatic, endedPids: new Set(), difference: null},
      world,
    );
  for (const mode of [null, 0o644]) {
    if (mode !== null) writeFileSync(path.join(stateDir, 'api-key'), 'x'.repeat(43), {mode});
    const automatic = await begun(true);
    expect(automatic.blockers).toEqual([]);
    expect(automatic.apiKey).toMatchObject({kind: 'key', value: good.value});
    expect(automatic.findings.map(({code}) => code)).not.toContain('preflight.open-to-network');
    expect((await begun(false)).apiKey.kind).toBe(mode === null ? 'none' : 'unusable');
  }
});

describe('the judgement of a launch', () => {
  let stateDir = '';
  beforeEach(() => {
    stateDir = temporaryDirectory('access');
  });
  const judged = (force: boolean) =>
    judgeLaunch(
      {settings: {...configured, host: '0.0.0.0'}, force, held: () => null, node: null, memoryPatienceMs: 0},
      fakeWorld({directories: {stateDir, dataDir: stateDir}}),
    );

  test('refuses an open engine, also with force, until there is a key, which is in nothing that is shown', async () => {
    for (const force of [false, true]) {
      const refused = await judged(force);
      expect(refused.blockers.map(({code}) => code)).toContain('preflight.open-to-network');
    }
    const {value} = good;
    await writeKeyFile(`${stateDir}/api-key`, value);
    const accepted = await judged(false);
    expect(accepted.blockers).toEqual([]);
    expect(accepted.launch?.environment).toContainEqual(expect.objectContaining({name: 'VLLM_API_KEY', value}));
    expect(JSON.stringify([accepted.checks, accepted.launch?.arguments])).not.toContain(value);
  });
});
