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
  const state = {atMs: 0, executable};
  const places = (engine: Engine) => {
    const choice = {engine: engine.name, executable: state.executable, container: null};
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
  expect(await find(vllm())).toBe(first);
  state.atMs = 30_000;
  expect(await find(vllm()), 'an installation may change between starts').not.toBe(first);
});

test('another configured program is searched for immediately', async () => {
  const {state, find} = bench('true');
  const first = await find(vllm());
  state.executable = 'sh';
  expect(await find(vllm())).not.toBe(first);
  expect(await find(vllm())).toMatchObject({ok: true, value: {path: expect.stringMatching(/sh$/)}});
});

test('what was not found is searched again immediately, because it may just be installed', async () => {
  const {find} = bench('no-such-engine');
  const first = await find(vllm());
  expect(first.ok).toBe(false);
  expect(await find(vllm())).not.toBe(first);
});

test('a program configured for one engine is not used for another', () => {
  const choice = {engine: 'other', executable: '/opt/other', container: null};
  expect(searchPlaces(vllm(), choice, {})).toMatchObject({executable: null, container: null});
  expect(searchPlaces(vllm(), {...choice, engine: 'vllm'}, {})).toMatchObject({executable: '/opt/other'});
});

test('a replacement program is used unchanged, without a search, with the version that is stated for it', async () => {
  const world = {standIns: {directory: '/node', versions: {sglang: '0.5.18'}}};
  const find = installationFinder({world, environment: {}, engineChoice: () => null}, {monotonicMs: () => 0});
  expect(await find(vllm())).toMatchObject({ok: true, value: {kind: 'stand-in', path: '/node/vllm', version: null}});
  const sglang = findEngine('sglang');
  expect(sglang && (await find(sglang))).toMatchObject({ok: true, value: {version: '0.5.18'}});
});
