import fc from 'fast-check';
import type {Intention} from '../../../src/domain/lifecycle/intention/intention.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {findingOf, runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';

const crashes = {count: 2, restarts: 1, sinceMs: 500, lastAtMs: 900, cause: findingOf('vllm.out-of-memory')};

/** An intention to start the engine, as a command begins it. */
export function intentionOf(id: string, change: Partial<Intention> = {}): Intention {
  return {
    id,
    verb: 'start',
    cause: 'operator',
    by: 'cli root@pts/0',
    requestedAtMs: 1_000,
    start: {settings: settingsOf(), force: false, rollbackTo: null},
    drainUntilMs: null,
    backOff: null,
    rolledBack: null,
    crashes: null,
    exit: null,
    ...change,
  };
}

/** One entry of a run or an intention, of every type; the settings are one of forty. */
const entry = fc
  .record({
    run: fc.integer({min: 1, max: 60}),
    atMs: fc.nat(1_000_000),
    kind: fc.nat(13),
    context: fc.integer({min: 1, max: 40}),
    isSimulated: fc.boolean(),
  })
  .map(({run, atMs, kind, context, isSimulated}): JournalEntry => {
    const moment = {atMs, runId: runOf(run).runId};
    const launch = {
      ...moment,
      settings: settingsOf(context * 1_024),
      engineVersion: null,
      argv: ['vllm'],
      simulated: isSimulated ? {directory: '/node'} : null,
      intention: `start-${context % 7}`,
    };
    const kinds: readonly JournalEntry[] = [
      {type: 'run-launching', ...launch, directory: '/run', bootId: 'boot'},
      {type: 'launch-failed', ...moment},
      {type: 'run-started', ...launch, run: runOf(run)},
      {type: 'run-started', ...launch, crashes, run: runOf(run)},
      {type: 'run-ready', ...moment},
      {type: 'run-ready', ...moment, isOutputBroken: true},
      {type: 'run-ready', ...moment, isTextUnchecked: true},
      {type: 'run-stop-requested', ...moment},
      {type: 'run-ended', ...moment, status: 0, wasRequested: true},
      {type: 'run-stable', ...moment},
      {type: 'run-hung', ...moment, crashes},
      {type: 'intention-begun', atMs, intention: intentionOf(`start-${context % 7}`), bootId: 'boot', simulated: null},
      {type: 'intention-continued', atMs, id: `start-${context % 7}`, step: 'checking'},
      {type: 'intention-ended', atMs, id: `start-${context % 7}`, outcome: {kind: 'done'}},
    ];
    return kinds[kind] ?? {type: 'run-adopted', ...moment};
  });

/** Journals of any content and order. */
export const journals = fc.array(entry, {maxLength: 200});
