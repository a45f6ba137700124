import fc from 'fast-check';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {findingOf, runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';

const crashes = {count: 2, restarts: 1, sinceMs: 500, lastAtMs: 900, cause: findingOf('vllm.out-of-memory')};

/** One entry of a run, of every type; the settings are one of five. */
const entry = fc
  .record({
    run: fc.integer({min: 1, max: 60}),
    atMs: fc.nat(1_000_000),
    kind: fc.nat(10),
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
    ];
    return kinds[kind] ?? {type: 'run-adopted', ...moment};
  });

/** Journals of any content and order. */
export const journals = fc.array(entry, {maxLength: 200});
