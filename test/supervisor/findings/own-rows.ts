import {createValueDigests} from '../../../src/supervisor/access/value-digests.ts';
import {ConfigurationInForce} from '../../../src/supervisor/configuration/configuration-in-force.ts';
import {createOwnFindings} from '../../../src/supervisor/snapshot/own-findings.ts';
import {settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {fakeSource} from '../configuration/fake-source.ts';
import type {FindingBench} from './finding-bench.ts';
import {type FindingRow, timePasses} from './finding-row.ts';

/** The supervisor's own findings, as its parts add and resolve them. */
const ownOf = (bench: FindingBench) => createOwnFindings((observation) => bench.observe(observation));

const add = (bench: FindingBench, code: string, topic?: string): void =>
  ownOf(bench).add({code, message: `${code} happened.`, remedy: 'Look.'}, topic);

const keeps: FindingRow['keeps'] = {
  'time passing': timePasses,
  serving: (bench) => bench.serve(),
  'another topic that is in order': (bench) => ownOf(bench).resolve('another'),
  'another run': (bench) => {
    bench.serve();
    bench.stop();
  },
};

const resolved: FindingRow['ends'] = {'being resolved': (bench, code) => ownOf(bench).resolve(code)};

/** A configuration file that can be edited while the engine of the bench runs. */
function configure(bench: FindingBench, text: string, env: Record<string, string> = {}) {
  const file = fakeSource(text, env);
  const inForce = new ConfigurationInForce(file.source, {
    record: () => undefined,
    state: () => bench.lifecycle,
    entries: [],
    digests: createValueDigests(),
  });
  bench.configurationFindings = () => inForce.describe(bench.lifecycle).findings;
  const start = (): void => {
    const launch = inForce.launchOf({type: 'start', force: false}, bench.lifecycle, {client: 'cli', findings: []});
    if (launch === null) throw new Error('nothing is started');
    inForce.launches.keep(launch);
    inForce.beginLaunch(launch.settings);
    bench.serve(launch.settings);
  };
  return {...file, inForce, start};
}

const files = new WeakMap<FindingBench, ReturnType<typeof configure>>();

function fileOf(bench: FindingBench): ReturnType<typeof configure> {
  const file = files.get(bench);
  if (file === undefined) throw new Error('nothing is configured');
  return file;
}

function configured(bench: FindingBench, text: string, env: Record<string, string> = {}): ReturnType<typeof configure> {
  const file = configure(bench, text, env);
  files.set(bench, file);
  return file;
}

const before = 'engine: {contextLengthTokens: 128K}';
const after = 'engine: {contextLengthTokens: 64K}';

export const ownRows: readonly FindingRow[] = [
  {
    shown: ['history.*'],
    codes: ['history.unusable', 'history.not-read'],
    raisedBy: 'a history that cannot be written',
    endedBy:
      'the next successful write; one that is kept in memory, or was repaired, is reported until the supervisor exits',
    raise: (bench, code) => add(bench, code, 'history'),
    keeps: {...keeps},
    ends: {'the next successful write': (bench) => ownOf(bench).resolve('history')},
  },
  {
    shown: ['journal.unusable'],
    codes: ['journal.unusable'],
    raisedBy: 'a line of the journal that cannot be written',
    endedBy: 'the next line that can',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['journal.stop-noted', 'journal.stop-unrecorded'],
    codes: ['journal.stop-noted', 'journal.stop-unrecorded'],
    raisedBy: 'a stop by the operator that cannot be written to the journal, and is noted elsewhere, or nowhere',
    endedBy: 'the next command that can be written',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['lifecycle.last-end'],
    codes: ['lifecycle.last-end'],
    raisedBy: 'a run or a start that failed under an earlier supervisor, and nothing since',
    endedBy: 'the next start',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: [
      'journal.line-skipped',
      'supervisor.lock-displaced',
      'history.damaged',
      'history.newer',
      'history.ledger-in-part',
    ],
    codes: [
      'journal.line-skipped',
      'supervisor.lock-displaced',
      'history.damaged',
      'history.newer',
      'history.ledger-in-part',
    ],
    raisedBy: 'a damaged or foreign file, at the start of the supervisor',
    endedBy: 'the exit of the supervisor',
    raise: add,
    keeps: {...keeps, 'a successful write': (bench) => ownOf(bench).resolve('history')},
    ends: {},
  },
  {
    shown: ['hooks.failed-*'],
    codes: ['hooks.failed-1'],
    raisedBy: 'a hook that fails',
    endedBy: 'the hook working; a configuration without it',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['hooks.dropped-*'],
    codes: ['hooks.dropped-1'],
    raisedBy: 'events that a slow hook missed',
    endedBy: 'its queue being empty; a configuration without it',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['ledger.*'],
    codes: ['ledger.not-booked', 'ledger.not-kept', 'ledger.moved', 'ledger.set-aside'],
    raisedBy:
      'tokens and time of the node that cannot be booked, or cannot be kept until they are; what an earlier supervisor has kept, if it cannot be used',
    endedBy: 'the next ones that can; the exit of the supervisor',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['flight-recorder.*'],
    codes: ['flight-recorder.not-written'],
    raisedBy: 'an incident that cannot be saved',
    endedBy: 'the next one that can',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['supervisor.session-unread'],
    codes: ['supervisor.session-unread'],
    raisedBy: 'processes that cannot be listed',
    endedBy: 'processes that can',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['supervisor.directory-doubtful'],
    codes: ['supervisor.directory-doubtful'],
    raisedBy: "a directory of Gantry's in use that another user could write to or replace, looked at every 15 s",
    endedBy: 'its owner and mode, and those of the directories above it, in order',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['supervisor.directory-remote'],
    codes: ['supervisor.directory-remote'],
    raisedBy: "a directory of Gantry's on a network or cluster file system, when the supervisor starts",
    endedBy: 'the exit of the supervisor',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['supervisor.log-unusable'],
    codes: ['supervisor.log-unusable'],
    raisedBy: "the supervisor's log, if it cannot be opened when the supervisor starts",
    endedBy: 'the exit of the supervisor',
    raise: add,
    keeps: {...keeps},
    ends: {},
  },
  {
    shown: ['engine.records-missing'],
    codes: ['engine.records-missing'],
    raisedBy: 'records of a running engine that were missing when it was adopted',
    endedBy: 'the end of the run',
    raise: add,
    keeps: {'time passing': timePasses},
    ends: resolved,
  },
  {
    shown: ['engine.also-running'],
    codes: ['engine.also-running'],
    raisedBy: 'an engine of this state directory that is running and not managed, at the start of the supervisor',
    endedBy: 'its exit',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['engine.records-unwritable'],
    codes: ['engine.records-unwritable'],
    raisedBy: 'missing records of a running engine that cannot be written again',
    endedBy: 'the exit of the supervisor',
    raise: add,
    keeps: {...keeps},
    ends: {},
  },
  {
    shown: ['supervisor.socket-lost'],
    codes: ['supervisor.socket-lost'],
    raisedBy: 'a socket, or its directory, that was removed or replaced and cannot be made again',
    endedBy: 'the supervisor listening there, tried twice a second',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['node.oversized'],
    codes: ['node.oversized'],
    raisedBy:
      'seven days, at least 95 % of them watched while the engine served, after which a node that costs less has room for every request and the KV cache that was used by the plan, and by its published throughput the rate of 95 of 100 hours; judged once an hour',
    endedBy: 'the same judgement, when that is not so any more',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['supervisor.metrics-not-served'],
    codes: ['supervisor.metrics-not-served'],
    raisedBy: 'an address of `metrics.listen` at which nothing can be served, such as a port in use',
    endedBy: 'the metrics served there, tried every 10 s; another address that works; a configuration without one',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['supervisor.work-skipped'],
    codes: ['supervisor.work-skipped'],
    raisedBy: 'outside data that blocked an earlier supervisor, or ended two with an exception',
    endedBy: 'the time at which it is read again; for a part of a log, the exit of the supervisor',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['supervisor.lock-lost'],
    codes: ['supervisor.lock-lost'],
    raisedBy: "the supervisor's lock, removed or replaced, that cannot be put back",
    endedBy: 'the lock in its place, tried twice a second',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['supervisor.kill-failed'],
    codes: ['supervisor.kill-failed'],
    raisedBy: 'processes that cannot be killed',
    endedBy: 'the end of the run',
    raise: add,
    keeps: {'time passing': timePasses},
    ends: resolved,
  },
  {
    shown: ['supervisor.cures-unchecked'],
    codes: ['supervisor.cures-unchecked'],
    raisedBy: 'cures that cannot be judged',
    endedBy: 'cures that can; no finding that has any',
    raise: add,
    keeps: {...keeps},
    ends: resolved,
  },
  {
    shown: ['configuration.differs'],
    codes: ['configuration.differs'],
    raisedBy:
      'a configuration file that differs from what runs; whether a restart would take it is judged again every 10 s',
    endedBy: 'the file, as it is watched: equal again; a restart that takes it; the end of the run',
    raise: (bench) => {
      const file = configured(bench, before);
      file.start();
      file.save(after);
    },
    keeps: {
      'time passing': timePasses,
      'an edit of another key': (bench) => fileOf(bench).save(`${after}\ncost: {nodeUsdPerHour: 30}`),
      'a file that cannot be used': (bench) =>
        fileOf(bench).spoil({code: 'configuration.yaml-syntax', message: 'Bad.', remedy: 'Repair it.'}),
    },
    ends: {
      'the file, equal again': (bench) => fileOf(bench).save('engine: {contextLengthTokens: 131072}'),
      'a restart that takes it': (bench) => {
        bench.stop();
        fileOf(bench).start();
      },
      'the end of the run': (bench) => bench.stop(),
    },
  },
  {
    shown: ['configuration.overridden'],
    codes: ['configuration.overridden'],
    raisedBy:
      'a configuration file that is edited without effect, because the environment, a flag or a fix overrides it',
    endedBy: 'the file, as it is watched: the value in force; a start that takes it',
    raise: (bench) => {
      const file = configured(bench, before, {GANTRY_COST_NODE_USD_PER_HOUR: '30'});
      file.save(`${before}\ncost: {nodeUsdPerHour: 25}`);
    },
    keeps: {'time passing': timePasses, serving: (bench) => fileOf(bench).start()},
    ends: {'the value in force': (bench) => fileOf(bench).save(`${before}\ncost: {nodeUsdPerHour: 30}`)},
  },
  {
    shown: ['configuration.not-in-force'],
    codes: ['configuration.not-in-force'],
    raisedBy: 'a configuration file that cannot be used',
    endedBy: 'the file, as it is watched: corrected',
    raise: (bench) =>
      configured(bench, before).spoil({code: 'configuration.yaml-syntax', message: 'Bad.', remedy: 'Repair it.'}),
    keeps: {
      'time passing': timePasses,
      'another mistake': (bench) =>
        fileOf(bench).spoil({code: 'configuration.unknown-key', message: 'Bad.', remedy: 'Repair it.'}),
      serving: (bench) => bench.serve(settingsOf()),
    },
    ends: {'the file, corrected': (bench) => fileOf(bench).save(before)},
  },
  {
    shown: ['configuration.prices-not-in-force'],
    codes: ['configuration.prices-not-in-force'],
    raisedBy: 'a `prices.yaml` that cannot be used',
    endedBy: 'the file, as it is watched: corrected',
    raise: (bench) => configured(bench, before).savePrices('apis: [{nmae: ours}]', before),
    keeps: {
      'time passing': timePasses,
      'another mistake': (bench) => fileOf(bench).savePrices('apis: 3', before),
      'an edit of the configuration': (bench) => fileOf(bench).save(after),
    },
    ends: {'the file, corrected': (bench) => fileOf(bench).savePrices('apis: []', before)},
  },
  {
    shown: ['configuration.billed-later'],
    codes: ['configuration.billed-later'],
    raisedBy: 'a `cost.billedSince` that is later than now by the clock of this host',
    endedBy: 'that time; the file, as it is watched: corrected',
    raise: (bench) => configured(bench, before).save('cost: {billedSince: 2999-01-01T00:00:00Z}'),
    keeps: {'time passing': timePasses},
    ends: {'the file, corrected': (bench) => fileOf(bench).save('cost: {billedSince: 2020-01-01T00:00:00Z}')},
  },
];
