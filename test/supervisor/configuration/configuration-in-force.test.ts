import {describe, expect, test} from 'vitest';
import type {NewEvent} from '../../../src/api/event-schema.ts';
import type {SettingsWithOrigins} from '../../../src/domain/configuration/launch-base.ts';
import {detailsOf} from '../../../src/domain/diagnosis/details/details.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {createValueDigests} from '../../../src/supervisor/access/value-digests.ts';
import {ConfigurationInForce} from '../../../src/supervisor/configuration/configuration-in-force.ts';
import {type JournalEntry, journalEntrySchema} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {runOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {CONFIGURATION_FILE, fakeSource} from './fake-source.ts';

const digests = createValueDigests();

/** A configuration in force, with an engine that can be started by commands as a supervisor would. */
function bench(text: string, env: Record<string, string> = {}, earlier: readonly JournalEntry[] = []) {
  const file = fakeSource(text, env);
  const events: Omit<NewEvent, 'atMs'>[] = [];
  const applied: string[] = [];
  const entries: JournalEntry[] = [];
  let state: LifecycleState = initialLifecycleState();
  const inForce = new ConfigurationInForce(file.source, {
    record: (event) => events.push(event),
    state: () => state,
    entries: earlier,
    digests,
  });
  inForce.subscribe((now, before) => applied.push(`${before.nvidiaSmiPath} ${now.nvidiaSmiPath}`));
  const begin = (command: Parameters<typeof inForce.launchOf>[0], client = 'cli'): void => {
    const launch = inForce.launchOf(command, state, {client, findings: []});
    if (launch === null) throw new Error('nothing is started');
    inForce.launches.keep(launch);
    const recorded = inForce.beginLaunch(launch.settings);
    entries.push(
      journalEntrySchema.parse({
        type: 'run-started',
        ...{atMs: 1, runId: runOf(1).runId, run: runOf(1), settings: launch.settings, argv: [], simulated: null},
        configured: JSON.parse(JSON.stringify(recorded)),
      }),
    );
    state = {...state, state: 'ready', run: runOf(1), settings: launch.settings, lastGoodSettings: launch.settings};
  };
  return {
    ...file,
    inForce,
    events,
    applied,
    entries,
    start: () => begin({type: 'start', force: false}),
    startChanged: (change: object) => begin({type: 'start', change, force: false}),
    startWith: (launch: SettingsWithOrigins) => begin({type: 'start', force: false, ...launch}),
    stop: () => {
      state = {...state, state: 'stopped', run: null};
    },
    running: () => state,
    adopt: (running: LifecycleState) => {
      state = running;
    },
    restart: (change: object, client = 'cli') =>
      begin({type: 'restart', change, drainMs: 0, force: false, lastGood: false, rollback: false}, client),
    row: (key: string) => inForce.describe(state).view.values.find((row) => row.key === key),
    findings: () => inForce.describe(state).findings,
    codes: () => inForce.describe(state).findings.map(({code}) => code),
    next: () => inForce.nextSettings(state),
  };
}

describe('an edit that needs no restart', () => {
  test('is in force immediately, and one event', () => {
    const {save, inForce, events, applied, codes} = bench('cost: {nodeUsdPerHour: 28.8}');
    save('cost: {nodeUsdPerHour: 30}\nnvidiaSmi: {path: /opt/smi}');
    expect(inForce.current).toMatchObject({billing: {microUsdPerHour: 30_000_000}, nvidiaSmiPath: '/opt/smi'});
    expect(applied).toEqual(['nvidia-smi /opt/smi']);
    expect(events).toMatchObject([
      {
        code: 'configuration.changed',
        message: 'Configuration changed: nvidiaSmi.path nvidia-smi -> /opt/smi; cost.nodeUsdPerHour 28.8 -> 30.',
        details: {'cost.nodeUsdPerHour': {from: '28.8', to: '30', effect: 'now'}},
      },
    ]);
    expect(codes()).toEqual([]);
  });

  test('of a comment is none', () => {
    const {save, events, applied} = bench('cost: {nodeUsdPerHour: 30}');
    save('# new\ncost: {nodeUsdPerHour: 30}');
    expect([events, applied]).toEqual([[], []]);
  });
});

describe('an edit of what the engine runs with', () => {
  test('differs from what runs until a restart takes it', () => {
    const {start, restart, save, findings, codes, row, next} = bench('engine: {contextLengthTokens: 128K}');
    start();
    expect(codes()).toEqual([]);
    save('engine: {contextLengthTokens: 64K, executable: /opt/vllm}');
    const [finding] = findings();
    if (finding === undefined) throw new Error('nothing is found');
    expect(detailsOf(finding, 'configuration.differs')).toEqual({
      differences: [
        {key: 'engine.executable', current: null, requested: '/opt/vllm', place: `${CONFIGURATION_FILE}:1:48`},
        {key: 'engine.contextLengthTokens', current: 131_072, requested: 65_536, place: `${CONFIGURATION_FILE}:1:31`},
      ],
      restart: {verdict: 'unchecked'},
    });
    expect(row('engine.contextLengthTokens')).toMatchObject({
      value: 131_072,
      configured: {value: 65_536},
      isPending: true,
    });
    expect(next().contextLengthTokens).toBe(65_536);
    restart({});
    expect(codes()).toEqual([]);
    expect(row('engine.contextLengthTokens')).toMatchObject({value: 65_536, configured: null, isPending: false});
  });

  test('and back again is no difference any more', () => {
    const {start, save, codes} = bench('engine: {contextLengthTokens: 128K}');
    start();
    save('engine: {contextLengthTokens: 64K}');
    expect(codes()).toEqual(['configuration.differs']);
    save('engine: {contextLengthTokens: 131072}');
    expect(codes()).toEqual([]);
  });

  test('without an engine only changes the next start', () => {
    const {save, codes, next, events} = bench('engine: {contextLengthTokens: 128K}');
    save('engine: {contextLengthTokens: 64K}');
    expect(codes()).toEqual([]);
    expect(next().contextLengthTokens).toBe(65_536);
    expect(events).toHaveLength(1);
  });

  test('a start that changes the next settings takes the rest from the configuration', () => {
    const {startChanged, row, running} = bench('engine: {contextLengthTokens: 128K}');
    startChanged({memoryFraction: 0.91});
    expect(running().settings).toMatchObject({contextLengthTokens: 131_072, memoryFraction: 0.91});
    expect(row('engine.memoryFraction')?.origin).toEqual({from: 'flag', flag: '--memory-fraction'});
    expect(row('engine.contextLengthTokens')?.origin.from).toBe('file');
  });

  test('comes before a flag that is older, and after one that is newer', () => {
    const {start, restart, save, findings, codes, next, row, events} = bench('engine: {contextLengthTokens: 128K}');
    start();
    restart({contextLengthTokens: 65_536});
    expect(findings()).toEqual([]);
    expect(row('engine.contextLengthTokens')).toMatchObject({
      value: 65_536,
      origin: {from: 'flag', flag: '--context'},
      overridden: {value: 131_072},
      isPending: false,
    });
    expect(next().contextLengthTokens).toBe(65_536);
    save('engine: {contextLengthTokens: 32K}');
    expect(codes()).toEqual(['configuration.differs']);
    expect(row('engine.contextLengthTokens')).toMatchObject({
      value: 65_536,
      configured: {value: 32_768},
      overridden: null,
    });
    expect(events.at(-1)?.message).toContain('at the next start of the engine');
    expect(next().contextLengthTokens).toBe(32_768);
    // As it was when the flag was given: nothing is newer than the flag.
    save('engine: {contextLengthTokens: 128K}');
    const [finding] = findings();
    expect(finding).toMatchObject({code: 'configuration.overridden', severity: 'info'});
    expect(finding?.message).toContain('--context overrides it');
    expect(finding?.remedy).toContain('gantry restart --context 131072');
    expect(events.at(-1)?.message).toContain('but --context overrides it');
    expect(next().contextLengthTokens).toBe(65_536);
    save('engine: {contextLengthTokens: 32K}');
    expect(codes()).toEqual(['configuration.differs']);
    restart({});
    expect(codes()).toEqual([]);
    expect(row('engine.contextLengthTokens')).toMatchObject({value: 32_768, origin: {from: 'file'}});
  });

  test('that a flag overrides later is not an edit without effect', () => {
    const {start, restart, save, codes, row} = bench('engine: {contextLengthTokens: 128K}');
    start();
    save('engine: {contextLengthTokens: 64K}');
    restart({contextLengthTokens: 32_768});
    expect(row('engine.contextLengthTokens')).toMatchObject({value: 32_768, overridden: {value: 65_536}});
    expect(codes()).toEqual([]);
  });

  test('after its end is in force immediately, and what is planned is the next start', () => {
    const {start, stop, save, row, inForce, running} = bench('engine: {contextLengthTokens: 128K}');
    start();
    save('engine: {contextLengthTokens: 64K, executable: /opt/vllm}');
    expect(row('engine.executable')).toMatchObject({value: null, configured: {value: '/opt/vllm'}, isPending: true});
    expect(inForce.plannedSettings(running()).contextLengthTokens).toBe(131_072);
    stop();
    expect(row('engine.executable')).toMatchObject({value: '/opt/vllm', configured: null, isPending: false});
    expect(inForce.plannedSettings(running()).contextLengthTokens).toBe(65_536);
  });

  test('comes before the flag of a launch that has ended, and before a fix', () => {
    const {start, stop, restart, save, next, row} = bench('engine: {contextLengthTokens: 128K}');
    start();
    restart({contextLengthTokens: 65_536, maxRunningRequests: 512}, 'console');
    stop();
    save('engine: {contextLengthTokens: 32K}');
    expect(next()).toMatchObject({contextLengthTokens: 32_768, maxRunningRequests: 512});
    expect(row('engine.contextLengthTokens')).toMatchObject({value: 32_768, isPending: false});
    save('engine: {contextLengthTokens: 32K, maxRunningRequests: 64}');
    expect(next().maxRunningRequests).toBe(64);
  });

  test('while no supervisor runs is found by the next one', () => {
    const earlier = bench('engine: {contextLengthTokens: 128K}');
    earlier.start();
    earlier.restart({contextLengthTokens: 65_536});
    const later = bench('engine: {contextLengthTokens: 32K}', {}, earlier.entries);
    later.adopt(earlier.running());
    expect(later.codes()).toEqual(['configuration.differs']);
    expect(later.next().contextLengthTokens).toBe(32_768);
    const same = bench('engine: {contextLengthTokens: 128K}', {}, earlier.entries);
    same.adopt(earlier.running());
    expect(same.codes()).toEqual([]);
    expect(same.next().contextLengthTokens).toBe(65_536);
  });
});

test('a run that an older version started follows the configuration where it is as configured at its adoption', () => {
  const earlier = bench('engine: {contextLengthTokens: 128K, port: 8100}');
  earlier.start();
  const entries = earlier.entries.map((entry) => ({...entry, configured: undefined}));
  const {adopt, save, codes, next} = bench('engine: {contextLengthTokens: 128K}', {}, entries);
  adopt(earlier.running());
  expect(codes()).toEqual([]);
  save('engine: {contextLengthTokens: 200000}');
  expect(codes()).toEqual(['configuration.differs']);
  expect(next()).toMatchObject({contextLengthTokens: 200_000, port: 8_100});
});

test('what a client read in another file or environment is not followed here', () => {
  const {startWith, restart, codes, next, row, save} = bench('engine: {contextLengthTokens: 128K}');
  const other = fakeSource('engine: {contextLengthTokens: 64K, port: 9000}').source.initial.launch;
  startWith(other);
  expect(codes()).toEqual([]);
  expect(row('engine.port')?.origin).toEqual({from: 'command', client: 'cli'});
  restart({memoryFraction: 0.8});
  expect(next()).toMatchObject({contextLengthTokens: 65_536, port: 9_000, memoryFraction: 0.8});
  save('engine: {contextLengthTokens: 128K, port: 8200}');
  expect(next()).toMatchObject({contextLengthTokens: 65_536, port: 8_200});
});

test('an edit below a variable of the supervisor has no effect, and that is reported until it is taken back', () => {
  const {save, inForce, codes, events} = bench('', {GANTRY_COST_NODE_USD_PER_HOUR: '20'});
  save('cost: {nodeUsdPerHour: 30}');
  expect(inForce.current.billing.microUsdPerHour).toBe(20_000_000);
  expect(codes()).toEqual(['configuration.overridden']);
  expect(events.at(-1)?.message).toContain('but GANTRY_COST_NODE_USD_PER_HOUR overrides it');
  save('');
  expect(codes()).toEqual([]);
});

test('while the file is invalid its last valid version stays in force, and a finding says where it is wrong', () => {
  const {save, spoil, inForce, findings, codes, events} = bench('cost: {nodeUsdPerHour: 28.8}');
  spoil({
    code: 'configuration.invalid-value',
    message: 'x',
    remedy: 'y',
    place: {file: CONFIGURATION_FILE, line: 3, column: 9},
  });
  expect(inForce.current.billing.microUsdPerHour).toBe(28_800_000);
  expect(inForce.describe(initialLifecycleState()).view).toMatchObject({file: CONFIGURATION_FILE, isInForce: false});
  const [finding] = findings();
  if (finding === undefined) throw new Error('nothing is found');
  expect(detailsOf(finding, 'configuration.not-in-force')).toEqual({
    reason: 'configuration.invalid-value',
    file: CONFIGURATION_FILE,
    line: 3,
    column: 9,
  });
  expect(events).toEqual([]);
  save('cost: {nodeUsdPerHour: 28.8}');
  expect(codes()).toEqual([]);
  expect(inForce.describe(initialLifecycleState()).view.isInForce).toBe(true);
});

test('what is described stays the same object until the file, a launch or the engine changes', () => {
  const {save, start, stop, startChanged, inForce, running} = bench('');
  const described = () => inForce.describe({...running()});
  const steps = [
    () => save('cost: {nodeUsdPerHour: 20}'),
    start,
    () => save('engine: {contextLengthTokens: 4096}'),
    stop,
    () => startChanged({contextLengthTokens: 8192}),
  ];
  for (const step of steps) {
    const before = described();
    expect(described()).toBe(before);
    step();
    expect(described()).not.toBe(before);
  }
});

test('a closed configuration no longer follows its file', () => {
  const {inForce, isFollowed} = bench('');
  expect(isFollowed()).toBe(true);
  inForce.close();
  expect(isFollowed()).toBe(false);
});

test('settings that a console applies, flags and fixes have different origins', () => {
  const {start, restart, row, inForce} = bench('');
  start();
  restart({contextLengthTokens: 65_536}, 'console');
  expect(row('engine.contextLengthTokens')?.origin).toEqual({from: 'command', client: 'console'});
  const fix = {
    code: 'vllm.no-kv-cache-memory',
    severity: 'critical',
    message: 'x',
    evidence: null,
    remedy: 'y',
    settingsChange: {memoryFraction: 0.95},
  } as const;
  const launch = inForce.launchOf(
    {type: 'restart', change: {memoryFraction: 0.95}, drainMs: 0, force: false, lastGood: false, rollback: false},
    initialLifecycleState(),
    {client: 'console', findings: [fix]},
  );
  expect(launch?.origins.memoryFraction).toEqual({from: 'fix', finding: 'vllm.no-kv-cache-memory'});
});

test('no secret of the configuration is in what is reported of it', () => {
  const {start, save, inForce, findings, events} = bench('');
  start();
  save(
    [
      'engine: {extraArguments: [--api-key, sk-planted], container: {image: a:b, arguments: [-e, X=sk-planted]}}',
      'hooks: [{on: ["*"], url: "https://example.org/sk-planted"}]',
    ].join('\n'),
  );
  const reported = JSON.stringify([inForce.describe(initialLifecycleState()), findings(), events]);
  expect(reported).toContain('engine.extraArguments');
  expect(reported).not.toContain('sk-planted');
  // The journal has settings as they are, but nothing of how the engine is found.
  const {installation} = inForce.beginLaunch(inForce.nextSettings(initialLifecycleState()));
  expect(installation.map(({key}) => key)).toContain('engine.container');
  expect(JSON.stringify(installation)).not.toContain('sk-planted');
});
