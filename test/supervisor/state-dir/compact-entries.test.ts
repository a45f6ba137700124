import fc from 'fast-check';
import {expect, test} from 'vitest';
import {createValueDigests} from '../../../src/supervisor/access/value-digests.ts';
import {LaunchBook} from '../../../src/supervisor/configuration/launch-book.ts';
import {keepRecordedLaunches} from '../../../src/supervisor/configuration/recorded-launches.ts';
import {compactEntries, essentialEntries} from '../../../src/supervisor/state-dir/compact-entries.ts';
import {findIntentionOf, findNewestIntention} from '../../../src/supervisor/state-dir/find-intention.ts';
import {
  findAdoptableRun,
  findInterruptedLaunch,
  findLastGoodSettings,
  recordedStartMs,
} from '../../../src/supervisor/state-dir/journal.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {journals} from './journal-samples.ts';

/** What every reader of a journal finds in it. */
function found(entries: readonly JournalEntry[]) {
  const launches = new LaunchBook(createValueDigests());
  const configured = {settings: settingsOf(1), origins: {}};
  keepRecordedLaunches(launches, entries, configured);
  const started = entries.filter((entry) => entry.type === 'run-started');
  const newest = [...new Set(started.map(({runId}) => runId))].slice(-5);
  return {
    adoptable: findAdoptableRun(entries),
    intention: findNewestIntention(entries),
    ofRun: findIntentionOf(entries, findAdoptableRun(entries)?.intentionId ?? null),
    interrupted: findInterruptedLaunch(entries),
    lastGood: [true, false].map((isSimulated) => findLastGoodSettings(entries, isSimulated)),
    startsMs: newest.map((runId) => recordedStartMs(entries, runId)),
    origins: Array.from({length: 40}, (_, index) => launches.of(settingsOf((index + 1) * 1_024), configured)),
  };
}

test('every reader finds in a compacted journal what it finds in the whole one', () => {
  fc.assert(
    fc.property(journals, fc.nat(20), (entries, newest) => {
      expect(found(compactEntries(entries, newest))).toEqual(found(entries));
    }),
  );
});

test('a compacted journal stays as it is, and has the newest entries in their order', () => {
  fc.assert(
    fc.property(journals, fc.nat(20), (entries, newest) => {
      const once = compactEntries(entries, newest);
      expect(compactEntries(once, newest)).toEqual(once);
      if (newest > 0) expect(once.slice(-newest)).toEqual(entries.slice(-newest));
    }),
  );
});

test('ten thousand runs, each adopted many times, leave the records of some hundred', () => {
  const entries = Array.from({length: 10_000}, (_, number): readonly JournalEntry[] => {
    const moment = {atMs: number, runId: runOf(number + 1).runId};
    return [
      {
        ...moment,
        type: 'run-started',
        settings: settingsOf(number + 1),
        engineVersion: null,
        argv: [],
        simulated: null,
        run: runOf(number + 1),
      },
      {...moment, type: 'run-adopted'},
      {...moment, type: 'run-adopted'},
      {...moment, type: 'run-ended', status: 0, wasRequested: true},
    ];
  }).flat();
  expect(essentialEntries(entries).length).toBeLessThan(100);
  expect(compactEntries(entries).length).toBeLessThan(600);
});
