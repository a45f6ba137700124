import {describe, expect, test} from 'vitest';
import type {ModelOnDisk} from '../../../src/domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../../src/domain/memory/model/model-problem.ts';
import {absent} from '../../../src/samples/reading.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {PlanKnowledge} from '../../../src/supervisor/launch/plan-knowledge.ts';
import {StartConditions} from '../../../src/supervisor/launch/start-conditions.ts';
import type {JudgementWorld} from '../../../src/supervisor/launch/world/judgement-world.ts';
import {createObserver} from '../../../src/supervisor/snapshot/observer.ts';
import {findingOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {fakeWorld} from './fake-world.ts';
import {onDisk} from './model-samples.ts';

const broken: ModelProblem = {code: 'memory.broken-config', message: 'config.json is broken.', remedy: 'Repair it.'};
const low = findingOf('preflight.disk-low', 'warning');
const minuteMs = 60_000;

type Facts = Awaited<ReturnType<JudgementWorld['readHostFacts']>>;
const disk = (freeGib: number) => ({path: '/disk', freeBytes: freeGib * 1024 ** 3});
const factsWith = (freeGib: number): Facts => ({
  sharedMemoryBytes: 64 * 1024 ** 3,
  limits: {openFiles: 1_048_576, processes: 1_048_576},
  stateDisk: disk(2_000),
  modelDisk: disk(2_000),
  cacheDisk: disk(freeGib),
});

function bench(change: Partial<JudgementWorld> = {}) {
  const problems = new Map<string, ModelProblem>();
  const lookedUp: string[] = [];
  const knowledge = new PlanKnowledge({readOutcomes: () => [], recordOutcome: () => undefined}, (model) => {
    lookedUp.push(model);
    const problem = problems.get(model);
    return Promise.resolve(problem === undefined ? ok(found) : err(problem));
  });
  let found: ModelOnDisk | null = null;
  let nowMs = 0;
  let settings = settingsOf();
  let hostReads = 0;
  let readFacts = (): Promise<Facts> => Promise.resolve(factsWith(2_000));
  const clock = {nowMs: () => nowMs, monotonicMs: () => nowMs};
  const observer = createObserver(clock);
  const readFor: string[] = [];
  const conditions = new StartConditions({
    knowledge,
    world: fakeWorld({
      readHostFacts: () => {
        hostReads += 1;
        return readFacts();
      },
      ...change,
    }),
    observer,
    clock,
    settings: () => settings,
    plan: () => absent('nothing planned'),
    onRead: ({model}) => readFor.push(model),
  });
  return {
    conditions,
    observer,
    problems,
    lookedUp,
    readFor,
    hostReads: () => hostReads,
    use: (model: string) => {
      settings = {...settings, model};
    },
    put: (files: ModelOnDisk | null) => {
      found = files;
    },
    readHost: (read: () => Promise<Facts>) => {
      readFacts = read;
    },
    /** A check after so much time. */
    later: async (ms: number) => {
      nowMs += ms;
      await conditions.checkHost();
    },
    codes: () => observer.get().hostFindings.map(({code}) => code),
  };
}

test('the installed version is read once a minute, and another one makes the plan again', async () => {
  let version: string | null = '0.28.0';
  let reads = 0;
  const {conditions, later, readFor} = bench({
    readInstalledVersion: () => {
      reads += 1;
      return Promise.resolve(version);
    },
  });
  const check = async (afterMs: number): Promise<number> => {
    await later(afterMs);
    await conditions.checkEngine();
    return readFor.length;
  };
  expect([await check(0), await check(minuteMs - 1), await check(1)]).toEqual([1, 1, 1]);
  expect(reads).toBe(2);
  version = '0.32.0';
  expect([await check(minuteMs), await check(minuteMs)]).toEqual([2, 2]);
});

describe('the files of a model', () => {
  const {model} = settingsOf();

  test('that cannot be read are a finding until they can, and are read again each time', async () => {
    const {conditions, problems, lookedUp, readFor} = bench();
    problems.set(model, broken);
    await conditions.checkModel();
    expect(conditions.modelFinding()).toMatchObject({code: broken.code, severity: 'warning'});
    await conditions.checkModel();
    expect(lookedUp).toHaveLength(2);
    problems.clear();
    await conditions.checkModel();
    expect(conditions.modelFinding()).toBeNull();
    expect(readFor).toEqual([model, model, model]);
  });

  test('that were read are not read again', async () => {
    const {conditions, lookedUp} = bench();
    expect(conditions.modelFinding()).toBeNull();
    await conditions.checkModel();
    await conditions.checkModel();
    expect(lookedUp).toEqual([model]);
  });

  test('that are missing are a finding until they are there, also while an engine serves with generated ones', async () => {
    const {conditions, use, put, lookedUp} = bench();
    use('/models/tiny');
    put(onDisk('/models/tiny/config.json', {kind: 'config', fileCount: 0}));
    await conditions.checkModel();
    await conditions.checkModel();
    expect(conditions.modelFinding()).toMatchObject({code: 'preflight.no-weights', severity: 'warning'});
    put(onDisk('/models/tiny', {missingFiles: ['model-2.safetensors']}));
    await conditions.checkModel();
    expect(conditions.modelFinding()).toMatchObject({code: 'preflight.model-incomplete', severity: 'warning'});
    put(onDisk('/models/tiny'));
    await conditions.checkModel();
    expect(conditions.modelFinding()).toBeNull();
    await conditions.checkModel();
    expect(lookedUp).toHaveLength(4);
  });

  test('of another model are not what the finding is about', async () => {
    const {conditions, problems, use} = bench();
    problems.set(model, broken);
    await conditions.checkModel();
    use('org/other');
    expect(conditions.modelFinding()).toBeNull();
    use(model);
    expect(conditions.modelFinding()).toMatchObject({code: broken.code});
  });
});

describe('the host', () => {
  const startWith = (given: ReturnType<typeof bench>): void =>
    given.observer.observe({type: 'preflight', findings: [low, findingOf('preflight.unchecked', 'warning')]});

  test('is checked again only while something is wrong with it, and each minute', async () => {
    const given = bench();
    await given.later(minuteMs);
    expect(given.hostReads()).toBe(0);
    startWith(given);
    given.readHost(() => Promise.resolve(factsWith(1)));
    await given.later(0);
    await given.later(minuteMs - 1);
    expect([given.hostReads(), given.codes()]).toEqual([1, ['preflight.disk-low']]);
    given.readHost(() => Promise.resolve(factsWith(2_000)));
    await given.later(1);
    expect([given.hostReads(), given.codes()]).toEqual([2, []]);
  });

  test('that cannot be checked keeps its findings', async () => {
    const given = bench();
    startWith(given);
    given.readHost(() => Promise.reject(new Error('no /proc')));
    await given.later(minuteMs);
    expect([given.hostReads(), given.codes()]).toEqual([1, ['preflight.disk-low']]);
  });

  test('of a simulated node is not checked', async () => {
    const given = bench({simulated: true});
    startWith(given);
    await given.later(minuteMs);
    expect([given.hostReads(), given.codes()]).toEqual([0, ['preflight.disk-low']]);
  });
});
