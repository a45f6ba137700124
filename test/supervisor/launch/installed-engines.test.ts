import {expect, test} from 'vitest';
import type {Engine} from '../../../src/engines/engine.ts';
import {findEngine} from '../../../src/engines/registry.ts';
import {
  createInstalledEngines,
  installationFinder,
  searchPlaces,
} from '../../../src/supervisor/launch/installed-engines.ts';

function vllm(): Engine {
  const engine = findEngine('vllm');
  if (engine === undefined) throw new Error('vLLM is an engine');
  return engine;
}

/** A finder over an engine that is where `executable` says, with a clock to turn. */
function bench(executable: string) {
  const state = {atMs: 0, looks: 0};
  const places = (engine: Engine) => {
    state.looks += 1;
    const choice = {engine: engine.name, executable, container: null};
    return searchPlaces(engine, choice, {PATH: '/usr/bin:/bin'});
  };
  return {state, find: createInstalledEngines(places, {monotonicMs: () => state.atMs})};
}

test('a preflight and the launch after it search once', async () => {
  const {state, find} = bench('true');
  const [first, second] = await Promise.all([find(vllm()), find(vllm())]);
  expect(first).toMatchObject({ok: true, value: {kind: 'program', version: null}});
  expect(second).toBe(first);
  state.atMs = 29_999;
  await find(vllm());
  expect(state.looks).toBe(1);
  state.atMs = 30_000;
  await find(vllm());
  expect(state.looks, 'an installation may change between starts').toBe(2);
});

test('what was not found is searched again immediately, because it may just be installed', async () => {
  const {state, find} = bench('no-such-engine');
  expect((await find(vllm())).ok).toBe(false);
  expect((await find(vllm())).ok).toBe(false);
  expect(state.looks).toBe(2);
});

test('a program configured for one engine is not used for another', () => {
  const choice = {engine: 'other', executable: '/opt/other', container: null};
  expect(searchPlaces(vllm(), choice, {})).toMatchObject({executable: null, container: null});
  expect(searchPlaces(vllm(), {...choice, engine: 'vllm'}, {})).toMatchObject({executable: '/opt/other'});
});

test('a replacement program is used unchanged, without a search and a version', async () => {
  const world = {engineDirectory: '/node', engineChoice: null};
  const find = installationFinder({world, environment: {}}, {monotonicMs: () => 0});
  expect(await find(vllm())).toMatchObject({ok: true, value: {kind: 'stand-in', path: '/node/vllm', version: null}});
});
