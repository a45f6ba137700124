import fc from 'fast-check';
import {type Snapshot, snapshotSchema} from '../../src/api/snapshot.ts';
import type {ConsoleData} from '../../src/client/console-data.ts';
import {engineStateSchema, startPhases} from '../../src/domain/lifecycle/phases.ts';
import {quantileSchema} from '../../src/domain/traffic/quantile.ts';
import {absent} from '../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../src/shared/units.ts';
import {buildConsoleData, buildFinding, buildGpu, buildSnapshot, TEST_NOW_MS} from '../support/build-snapshot.ts';

/** Numbers that are no readings: they are always there. */
const certainKeys = new Set([
  'index',
  'pid',
  'windowMs',
  'ms',
  'sinceMs',
  'budget',
  'nvlinks',
  'finishedRequestsTotal',
]);

/** Text as a driver, a log or a stranger may write it. */
export const outsideText = (isAscii: boolean): fc.Arbitrary<string> =>
  isAscii
    ? fc.string({maxLength: 60})
    : fc.oneof(
        fc.string({maxLength: 60}),
        fc.string({unit: 'grapheme', maxLength: 30}),
        fc.constantFrom(
          'メモリが足りません',
          '👩‍👩‍👧 é̂ 漢字',
          '\u001b[31mred\u001b[0m\r\n\tx',
          'a\u202eb\u2066c\u2028d',
        ),
      );

/** Every reading of a part of the snapshot as it is, zero, or absent. */
function scrambled(part: unknown, choices: Iterator<number>): unknown {
  const walk = (value: unknown, key: string): unknown => {
    if (certainKeys.has(key)) return value;
    if (typeof value === 'number') {
      const choice = choices.next().value % 4;
      return choice === 0 ? absent('not read') : choice === 1 ? 0 : value;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    if (quantileSchema.safeParse(value).success) return choices.next().value % 2 === 0 ? absent('not read') : value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner, name)]));
  };
  return walk(part, '');
}

/** What of the money may be unknown, whatever else is known. */
const unknownMoney = new Set([
  ...['nodeUsdPerHour', 'fiveMinutes', 'hour', 'day', 'today', 'month', 'projection', 'breakEven', 'thinkingRatio'],
  ...['nodeMicroUsd', 'unusedMicroUsd', 'nodeMicroUsdPerHour', 'nodeMicroUsdPerMillionTokens', 'mix'],
  ...['microUsdPerMillionTokens', 'savedMicroUsd', 'savedMicroUsdPerHour', 'utilizationRatio'],
]);

/** The money as it is, zero, negative, or absent. */
function scrambledCost(cost: Snapshot['cost'], choices: Iterator<number>): unknown {
  const walk = (value: unknown, key: string): unknown => {
    const choice = choices.next().value % 4;
    if (unknownMoney.has(key) && choice === 0) return absent('not read');
    // It is known as a whole or not at all.
    if (key === 'projection') return value;
    if (Array.isArray(value)) return choice === 0 ? [] : value.map((inner) => walk(inner, key));
    if (typeof value === 'number' && key !== 'dayAtMs') return choice === 1 ? 0 : choice === 2 ? -value : value;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner, name)]));
  };
  return walk(cost, '');
}

/** How an engine was started, as a stranger's programs and options may be. */
function anyStart(text: fc.Arbitrary<string>) {
  const process = fc.record({
    pid: fc.nat(9),
    parentPid: fc.nat(9),
    name: text,
    state: fc.constantFrom('R', 'S', 'D', '?'),
    residentBytes: fc.nat(),
    startedAtMs: fc.integer({min: TEST_NOW_MS - 1e9, max: TEST_NOW_MS + 1e6}),
    isShim: fc.boolean(),
  });
  const ms = fc.option(fc.nat(1e7));
  const phase = fc.record({
    phase: fc.constantFrom(...startPhases),
    startedAtMs: fc.integer({min: TEST_NOW_MS - 1e7, max: TEST_NOW_MS}),
    durationMs: ms,
    lastMs: ms,
    usualMs: ms,
  });
  return fc.record({
    command: fc.option(fc.array(fc.array(text, {maxLength: 4}), {maxLength: 6})),
    startPhases: fc.array(phase, {maxLength: 9}),
    processes: fc.oneof(fc.constant(absent('not read')), fc.array(process, {maxLength: 8})),
  });
}

function anyOwner(text: fc.Arbitrary<string>) {
  const container = fc.record({
    runtime: fc.constantFrom('docker', 'lxc', null),
    id: fc.option(text),
    podUid: fc.option(text),
  });
  const owner = fc.record({
    uid: fc.nat(),
    user: fc.option(text),
    container: fc.option(container),
    unit: fc.option(text),
  });
  return fc.oneof(owner, fc.constant(absent('not to be seen')), fc.constant(undefined));
}

/** Snapshots of nodes in any state, with anything missing. */
export function anySnapshot(isAscii: boolean): fc.Arbitrary<Snapshot> {
  const text = outsideText(isAscii);
  const finding = fc.record({
    severity: fc.constantFrom('critical', 'warning', 'info'),
    message: text,
    remedy: text,
    settingsChange: fc.constantFrom(null, {contextLengthTokens: 9_664}, {kvCacheDtype: 'fp8'}),
  });
  const gpu = fc.record({
    fault: fc.option(text),
    processes: fc.oneof(
      fc.constant(absent('not read')),
      fc.array(
        fc.record({pid: fc.nat(), name: text, usedBytes: fc.nat(), isOwn: fc.boolean(), owner: anyOwner(text)}),
        {
          maxLength: 3,
        },
      ),
    ),
    migInstances: fc.array(
      fc.record({
        gpuInstanceId: fc.nat(12),
        computeInstanceId: fc.nat(3),
        memoryTotalBytes: fc.constant(10 * BYTES_PER_GIB),
        memoryUsedBytes: fc.constant(BYTES_PER_GIB),
        memoryFreeBytes: fc.constant(9 * BYTES_PER_GIB),
      }),
      {maxLength: 2},
    ),
  });
  return fc
    .record({
      state: fc.constantFrom(...engineStateSchema.options),
      phase: fc.option(fc.constantFrom(...startPhases)),
      simulated: fc.boolean(),
      version: text,
      isNew: fc.boolean(),
      exitStatus: fc.option(fc.nat(255)),
      findings: fc.array(finding, {maxLength: 4}),
      gpus: fc.array(gpu, {maxLength: 9}),
      poolGib: fc.double({min: -20, max: 90, noNaN: true}),
      hasPlan: fc.boolean(),
      freshness: fc.constantFrom('ok', 'waiting', 'stale', 'failed', 'off'),
      choices: fc.infiniteStream(fc.nat(3)),
      started: anyStart(text),
    })
    .map((seed) => {
      const whole = buildSnapshot();
      return snapshotSchema.parse({
        ...whole,
        simulated: seed.simulated,
        engine: {
          ...whole.engine,
          state: seed.state,
          phase: seed.phase,
          version: seed.version,
          settings: seed.isNew ? null : whole.engine.settings,
          ...seed.started,
          exit:
            seed.exitStatus === null ? null : {status: seed.exitStatus, atMs: TEST_NOW_MS - 5_000, wasRequested: false},
        },
        plan: !seed.hasPlan
          ? absent('no card was read')
          : buildSnapshot({
              plan: {
                verdict: seed.poolGib < 0 ? 'does-not-fit' : 'fits',
                perGpu: {kvCachePoolBytes: seed.poolGib * BYTES_PER_GIB},
              },
            }).plan,
        findings: seed.findings.map((parts) => buildFinding(parts)),
        gpus: seed.gpus.map((parts, index) => scrambled(buildGpu(index, parts), seed.choices)),
        traffic: scrambled(whole.traffic, seed.choices),
        kvCache: scrambled(whole.kvCache, seed.choices),
        latency: scrambled(whole.latency, seed.choices),
        cost: scrambledCost(whole.cost, seed.choices),
        sources: {...whole.sources, metrics: {state: seed.freshness, ageMs: 14_000, detail: 'no answer'}},
      });
    });
}

/** What a console may know, from nothing to everything. */
export function anyConsoleData(isAscii: boolean): fc.Arbitrary<ConsoleData> {
  return fc
    .record({
      snapshot: fc.option(anySnapshot(isAscii), {freq: 9}),
      connection: fc.constantFrom<ConsoleData['connection']>(
        {kind: 'connecting'},
        {kind: 'live'},
        {kind: 'lost', sinceMs: TEST_NOW_MS - 14_000, reason: 'the socket is gone'},
      ),
      hasHistory: fc.boolean(),
      log: fc.array(outsideText(isAscii), {maxLength: 5}),
    })
    .map(({snapshot, connection, hasHistory, log}) =>
      buildConsoleData({
        snapshot,
        connection,
        log: log.map((text, index) => ({number: index + 1, text})),
        ...(hasHistory ? {} : {history: {}}),
      }),
    );
}
