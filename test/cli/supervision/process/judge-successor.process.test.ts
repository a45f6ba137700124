import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, onTestFinished, test} from 'vitest';
import type {ApiError} from '../../../../src/api/commands.ts';
import {SNAPSHOT_SCHEMA_VERSION, type Snapshot} from '../../../../src/api/snapshot.ts';
import {ensureKnownSupervisor} from '../../../../src/cli/supervision/ensure-supervisor.ts';
import {findSuccessorProblem} from '../../../../src/cli/supervision/process/judge-successor.ts';
import {wire} from '../../../../src/cli/wiring.ts';
import {incompatibleError} from '../../../../src/client/incompatible-error.ts';
import {err, ok, type Result} from '../../../../src/shared/result.ts';
import {makeTemporaryDirectory} from '../../../harness/temporary-directory.ts';
import {buildSnapshot} from '../../../support/build-snapshot.ts';

const OWN_PRICES = `apis:
  - {name: mine, model: mine, input: 1, cachedInput: null, output: 2, asOf: 2026-11-01, source: the contract}
`;

let home: string;
let environment: Readonly<Record<string, string>>;
beforeEach(() => {
  const {directory, remove} = makeTemporaryDirectory('successor');
  onTestFinished(remove);
  home = directory;
  const places = ['config', 'state', 'data', 'runtime'].map((name) => [name, path.join(home, name)] as const);
  environment = Object.fromEntries(places.map(([name, place]) => [`GANTRY_${name.toUpperCase()}_DIR`, place]));
  for (const [, place] of places) mkdirSync(place, {mode: 0o700});
});

const write = (name: string, text: string): void => writeFileSync(path.join(home, 'config', name), text);
const problem = (configPath: string | null = null) => findSuccessorProblem({configPath, environment});

test('what no new supervisor starts with is found before a running one is ended, with file and line', async () => {
  expect(await problem()).toBeNull();
  write('gantry.yaml', 'cost: {priceBook: mine}\n');
  expect(await problem()).toMatchObject({
    code: 'configuration.invalid-value',
    message: expect.stringContaining('gantry.yaml:1:19: cost.priceBook is "mine"'),
    remedy: expect.stringContaining('add it to prices.yaml'),
  });
  write('prices.yaml', OWN_PRICES);
  expect(await problem()).toBeNull();
  expect(await problem(path.join(home, 'other.yaml'))).toMatchObject({code: 'configuration.file-missing'});
  environment = {...environment, GANTRY_COST_NODE_USD_PER_HOUR: 'free'};
  expect((await problem())?.message).toContain('GANTRY_COST_NODE_USD_PER_HOUR');
});

test('a supervisor of an older Gantry stays, and is used as far as it is understood, where no new one could start', async () => {
  write('gantry.yaml', 'cost: {nodeUsdPerHour: free}\n');
  const wiring = await wire({json: true, version: '9.0.0'}, environment, 'supervisor');
  if (!wiring.ok) throw new Error(wiring.error.message);
  const older = ok(buildSnapshot({}));
  const unreadable = err(incompatibleError({schemaVersion: SNAPSHOT_SCHEMA_VERSION - 1}, 'schemaVersion: invalid.'));
  const answering = (answer: Result<Snapshot, ApiError>) => ({
    ...wiring.value,
    client: {...wiring.value.client, getSnapshot: async () => answer},
  });
  expect(await ensureKnownSupervisor(answering(older))).toBe(older);
  expect(await ensureKnownSupervisor(answering(unreadable))).toMatchObject({
    ok: false,
    error: {code: 'configuration.invalid-value', message: expect.stringContaining('gantry.yaml:1:24')},
  });
});
