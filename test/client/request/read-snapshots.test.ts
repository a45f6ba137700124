import fc from 'fast-check';
import {expect, test, vi} from 'vitest';
import {snapshotPatch} from '../../../src/api/recording/snapshot-changes.ts';
import {type Snapshot, snapshotSchema} from '../../../src/api/snapshot.ts';
import {buildFinding, buildGpu, buildSnapshot} from '../../support/build-snapshot.ts';
import {anySnapshot} from '../../views/arbitraries.ts';

// As in a program that was built.
vi.stubGlobal('GANTRY_BUILD', 'build-1');
const {BUILD_HEADER} = await import('../../../src/api/headers.ts');
const {createSnapshotReader} = await import('../../../src/client/request/read-snapshots.ts');

const sameBuild = {[BUILD_HEADER]: 'build-1'};
const otherBuild = {[BUILD_HEADER]: 'build-2'};

const whole = (snapshot: object) => ({name: 'snapshot', data: JSON.stringify(snapshot)});
const changes = (before: Snapshot, after: Snapshot) => ({
  name: 'changes',
  data: JSON.stringify({from: before.sequence, patch: snapshotPatch(before, after)}),
});

function reading() {
  let loaded = 0;
  const read = createSnapshotReader(async () => {
    loaded += 1;
    return snapshotSchema;
  });
  return {read, loaded: () => loaded};
}

const first = buildSnapshot({sequence: 1});
const second = {...first, sequence: 2, gpus: first.gpus.map((gpu) => ({...gpu, temperatureCelsius: 77}))};

test('a snapshot that comes as its changes is the whole one, and shares what did not change with the one before', async () => {
  const {read, loaded} = reading();
  const [one, two] = [await read(whole(first), sameBuild), await read(changes(first, second), sameBuild)];
  expect(two).toEqual({ok: true, value: second});
  if (one?.ok !== true || two?.ok !== true) throw new Error('not read');
  expect(two.value.plan).toBe(one.value.plan);
  expect(one.value.gpus[0]?.temperatureCelsius, 'the one before stays as it was').toBe(
    first.gpus[0]?.temperatureCelsius,
  );
  expect(loaded(), 'the same build has checked both').toBe(0);
});

test('what another build sends is checked whole, and keeps what this version does not know for the next changes', async () => {
  const {read, loaded} = reading();
  const newer = (of: Snapshot, value: number) => ({...of, later: {value}});
  const opened = await read(whole(newer(first, 1)), otherBuild);
  expect(opened).toEqual({ok: true, value: first});
  expect(await read(changes(newer(first, 1), newer(second, 2)), otherBuild)).toEqual({ok: true, value: second});
  expect(loaded()).toBe(2);
  const wrong = {name: 'changes', data: JSON.stringify({from: 2, patch: {'/takenAtMs': 'now'}})};
  expect(await read(wrong, otherBuild)).toMatchObject({ok: false, error: {code: 'supervisor.incompatible'}});
});

test.each([
  ['before a snapshot', [], changes(first, second)],
  ['of a snapshot that did not arrive', [whole(first)], changes({...first, sequence: 7}, second)],
  ['that lead nowhere', [whole(first)], {name: 'changes', data: '{"from": 1, "patch": {"/gpus/99/index": 1}}'}],
  ['that are not JSON', [whole(first)], {name: 'changes', data: '{"from": 1, "pat'}],
  ['of another form', [whole(first)], {name: 'changes', data: '{"from": 1}'}],
])('changes %s are an error, after which the stream is opened again', async (_, before, event) => {
  const {read} = reading();
  for (const each of before) expect(await read(each, otherBuild)).toMatchObject({ok: true});
  expect(await read(event, otherBuild)).toMatchObject({ok: false, error: {code: 'supervisor.incompatible'}});
});

test('other events are skipped, and a snapshot that is not JSON is an error', async () => {
  const {read} = reading();
  expect(await read({name: 'lines', data: '{}'}, sameBuild)).toBeNull();
  expect(await read({name: 'snapshot', data: '{"schema'}, sameBuild)).toMatchObject({ok: false});
});

/** Snapshots of all that comes and goes: GPUs, findings, values that become absent, a stopped engine. */
const similarSnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    gpus: fc.array(fc.nat(3), {maxLength: 3}),
    findings: fc.array(fc.constantFrom('a/b', 'c~d', 'e'), {maxLength: 3}),
    usage: fc.oneof(fc.double({min: 0, max: 1, noNaN: true}), fc.constant({absent: 'not read'})),
    isStopped: fc.boolean(),
    hostname: fc.string({unit: 'grapheme', maxLength: 4}),
    sequence: fc.nat(1_000_000),
  })
  .map(({gpus, findings, usage, isStopped, hostname, sequence}) =>
    buildSnapshot({
      sequence,
      node: {hostname},
      kvCache: {usageRatio: usage},
      gpus: gpus.map((index) => buildGpu(index)),
      findings: findings.map((code) => buildFinding({code})),
      ...(isStopped ? {engine: {state: 'stopped', runId: null, facts: {}, startPhases: []}} : {}),
    }),
  );

test('any snapshots, of which some are skipped for a slow reader, are at each event as the complete one would be', async () => {
  const taken = fc.oneof({weight: 9, arbitrary: similarSnapshot}, {weight: 1, arbitrary: anySnapshot(false)});
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(taken, fc.boolean()), {minLength: 1, maxLength: 6}), async (stream) => {
      const {read} = reading();
      let sent: Snapshot | null = null;
      for (const [snapshot, isSkipped] of stream) {
        if (isSkipped) continue;
        const event = sent === null ? whole(snapshot) : changes(sent, snapshot);
        sent = snapshot;
        expect(await read(event, sameBuild)).toEqual({ok: true, value: JSON.parse(JSON.stringify(snapshot))});
      }
    }),
  );
});
