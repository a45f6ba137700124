import {describe, expect, test} from 'vitest';
import type {ApiError} from '../../../src/api/commands.ts';
import {type Preview, previewRequestSchema, previewSchema} from '../../../src/api/preview.ts';
import {doctorChecks} from '../../../src/cli/commands/doctor.ts';
import {previewHere} from '../../../src/cli/planning/preview-here.ts';
import {configurationSchema} from '../../../src/config/configuration.ts';
import {chosenPrices} from '../../../src/config/prices/chosen-prices.ts';
import {noOwnPrices} from '../../../src/config/prices/own-prices.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {blockersOf} from '../../../src/domain/preflight/check.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {isPresent} from '../../../src/samples/reading.ts';
import {runPreflight} from '../../../src/supervisor/launch/preflight.ts';
import type {JudgementWorld} from '../../../src/supervisor/launch/world/judgement-world.ts';
import {CommandDesk} from '../../../src/supervisor/loop/command-desk.ts';
import {runOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {configured, fakeWorld} from './fake-world.ts';
import {OWN_PID, type Present, rows} from './judgement-worlds.ts';

/** What one asker says of a start. */
type Verdict = {readonly verdict?: string | null; readonly codes: readonly string[]};
type Question = {readonly settings: LaunchSettings; readonly force: boolean; readonly world: JudgementWorld};

/** An engine with the configured settings. */
const serving: LifecycleState = {
  ...initialLifecycleState(),
  state: 'ready',
  settings: configured,
  run: runOf(1),
  readyAtMs: 1_000,
};

function deskOf(world: JudgementWorld, engine: Present): CommandDesk {
  const state = engine === 'none' ? initialLifecycleState() : serving;
  return new CommandDesk({
    world,
    context: () => ({state, next: configured, ownPids: new Set([OWN_PID]), nowMs: 0}),
    refreshOwnPids: () => Promise.resolve(),
    post: () => {
      throw new Error('nothing may be begun here');
    },
  });
}

/** As it comes out of the socket. */
async function overTheApi(desk: CommandDesk, request: object): Promise<Preview> {
  const preview = await desk.preview(previewRequestSchema.parse(JSON.parse(JSON.stringify(request))));
  if (!preview.ok) throw new Error(preview.error.message);
  return previewSchema.parse(JSON.parse(JSON.stringify(preview.value)));
}

const codesOf = (findings: readonly Finding[]) => findings.map(({code}) => code);
const verdictOf = (plan: Preview['plan']) => (isPresent(plan) ? plan.verdict : null);
const ofPreview = ({plan, blockers}: Preview): Verdict => ({verdict: verdictOf(plan), codes: codesOf(blockers)});

const reasonsOf = (error: ApiError | null): Verdict => ({
  codes: error === null ? [] : [error, ...(error.others ?? [])].map(({code}) => code),
});

const start = ({settings, force}: Question) => ({type: 'start', settings, force}) as const;
const restart = ({settings, force}: Question) =>
  ({type: 'restart', change: settings, drainMs: 0, force, lastGood: false, rollback: false}) as const;

/** Everybody who says whether a start would work, with the engine that is there when they are asked. */
const askers: Readonly<
  Record<string, {readonly engine: Present; readonly ask: (question: Question) => Promise<Verdict>}>
> = {
  'the preflight': {
    engine: 'none',
    ask: async ({settings, force, world}) => {
      const {plan, blockers} = await runPreflight(
        {settings, force, isAutomatic: false, difference: null, endedPids: new Set()},
        world,
      );
      return {verdict: verdictOf(plan), codes: codesOf(blockers)};
    },
  },
  'the refusal of up': {
    engine: 'none',
    ask: async (question) => reasonsOf(await deskOf(question.world, 'none').refuse(start(question))),
  },
  'up --dry-run with a supervisor': {
    engine: 'none',
    ask: async (question) => ofPreview(await overTheApi(deskOf(question.world, 'none'), {command: start(question)})),
  },
  'up --dry-run without one': {
    engine: 'none',
    ask: async (question) => ofPreview(await withoutSupervisor(question)),
  },
  'gantry doctor': {
    engine: 'none',
    ask: async (question) => {
      const preview = await withoutSupervisor(question);
      const checks = doctorChecks(preview.checks, {
        hasSystemd: false,
        user: 'op',
        isLingering: false,
        killsUserProcesses: false,
      });
      return {verdict: verdictOf(preview.plan), codes: codesOf(blockersOf(checks, question.force))};
    },
  },
  'the refusal of a restart': {
    engine: 'serving',
    ask: async (question) => reasonsOf(await deskOf(question.world, 'serving').refuse(restart(question))),
  },
  'restart --dry-run, the restart dialog and the Plan screen': {
    engine: 'serving',
    ask: async (question) =>
      ofPreview(await overTheApi(deskOf(question.world, 'serving'), {command: restart(question), gpus: null})),
  },
};

async function withoutSupervisor(question: Question): Promise<Preview> {
  const directory = temporaryDirectory();
  const directories = {
    configDir: directory,
    stateDir: directory,
    dataDir: directory,
    runtimeDir: directory,
    socketPath: `${directory}/gantry.sock`,
  };
  const loaded = {
    configuration: configurationSchema.parse({}),
    values: [],
    placeOf: () => null,
    ownPrices: noOwnPrices,
    prices: () => chosenPrices('moonshot', noOwnPrices),
  };
  const wiring = {loaded, environment: {}, directories};
  const preview = await previewHere(wiring, start(question), question.world);
  if (!preview.ok) throw new Error(preview.error.message);
  return preview.value;
}

describe('all callers get the same judgement of', () => {
  test.each(rows)('$name', async ({settings, force = false, world, engine, verdict, codes}) => {
    for (const [who, asker] of Object.entries(askers)) {
      if (engine !== undefined && asker.engine !== engine) continue;
      const answer = await asker.ask({
        settings: {...configured, ...settings},
        force,
        world: fakeWorld(world?.() ?? {}),
      });
      // A refusal says why, and nothing of the plan.
      expect(answer, who).toEqual('verdict' in answer ? {verdict, codes} : {codes});
    }
  });

  test('at least twenty worlds, each by every possible caller', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(new Set(rows.map(({name}) => name)).size).toBe(rows.length);
    expect(Object.values(askers).filter(({engine}) => engine === 'serving')).toHaveLength(2);
  });
});
