import {expect, test} from 'vitest';
import {ok} from '../../../src/shared/result.ts';
import {createValueDigests} from '../../../src/supervisor/access/value-digests.ts';
import {createWriteAhead} from '../../../src/supervisor/loop/write-ahead.ts';
import {findEnvironments} from '../../../src/supervisor/state-dir/find-intention.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {intentionOf} from '../state-dir/journal-samples.ts';

const digests = createValueDigests();

type Intention = ReturnType<typeof intentionOf>;

function supervisorIn(environment: NodeJS.ProcessEnv, entries: JournalEntry[]) {
  const writeAhead = createWriteAhead({
    journal: {
      append: (entry) => {
        entries.push(entry);
        return ok(null);
      },
    },
    simulatedNode: null,
    onJournalResult: () => undefined,
    environment,
    digests,
    environments: findEnvironments(entries),
  });
  const begin = (change: Partial<Intention>): void => {
    const intention = {...intentionOf(`intention-${entries.length}`), ...change};
    const type = intention.cause === 'operator' ? 'start-requested' : 'timer-fired';
    writeAhead.write({intentions: [{type: 'intention-begun', atMs: 0, intention}]}, {type});
  };
  /** The run of the newest intention, as the engine's control asks about it. */
  const launch = () => {
    const run = entries.length;
    const {runId, startedAtMs: atMs} = runOf(run);
    const newest = entries.findLast((entry) => entry.type === 'intention-begun');
    const settings = settingsOf();
    const started = {runId, atMs, settings, engineVersion: null, argv: [], simulated: null, run: runOf(run)};
    entries.push({type: 'run-started', ...started, intention: newest?.intention.id});
    return writeAhead.noteRun(false);
  };
  return {begin, launch, difference: writeAhead.difference, adopt: () => writeAhead.noteRun(true)};
}

const first = {CUDA_VISIBLE_DEVICES: '0,1', HF_TOKEN: 'a'};
const second = {CUDA_VISIBLE_DEVICES: '2,3', HF_TOKEN: 'a'};
const differs = {gpuVariables: ['CUDA_VISIBLE_DEVICES'], otherVariables: []};

test('the environment of a start that an operator requested counts, until the operator requests another', () => {
  const entries: JournalEntry[] = [];
  const one = supervisorIn(first, entries);
  expect(one.difference(), 'nothing was requested yet').toBeNull();
  one.begin({});
  expect(one.difference()).toBeNull();
  const other = supervisorIn(second, entries);
  expect(other.difference()).toEqual(differs);
  other.begin({cause: 'crash'});
  expect(other.difference(), 'the policy requests nothing').toEqual(differs);
  expect(supervisorIn(second, entries).difference(), 'nor does a later supervisor').toEqual(differs);
  expect(supervisorIn(first, entries).difference()).toBeNull();
  other.begin({verb: 'stop', start: null});
  expect(other.difference(), 'a stop starts nothing').toEqual(differs);
  expect(supervisorIn(second, entries).difference()).toEqual(differs);
  other.begin({verb: 'restart'});
  expect(other.difference()).toBeNull();
  expect(supervisorIn(first, entries).difference()).toEqual(differs);
});

test('a run has the difference to the run before, for as long as the operator requests no other', () => {
  const entries: JournalEntry[] = [];
  const one = supervisorIn(first, entries);
  one.begin({});
  expect(one.launch(), 'the first run').toBeNull();
  one.begin({verb: 'restart'});
  expect(one.launch()).toBeNull();
  const other = supervisorIn(second, entries);
  expect(other.adopt()).toEqual({start: 'adopted', difference: differs});
  other.begin({verb: 'restart'});
  other.begin({verb: 'restart'});
  expect(other.launch(), 'a request without a run is none').toEqual({start: 'requested', difference: differs});
  other.begin({cause: 'crash'});
  expect(other.launch(), 'started again').toEqual({start: 'requested', difference: differs});
  expect(supervisorIn(second, entries).adopt()).toBeNull();
  other.begin({});
  expect(other.launch()).toBeNull();
});

test('a request of an earlier supervisor without a run is none to compare with; a start without a request is automatic', () => {
  const entries: JournalEntry[] = [];
  const one = supervisorIn(first, entries);
  one.begin({});
  one.launch();
  supervisorIn(second, entries).begin({});
  expect(supervisorIn(second, entries).launch()).toEqual({start: 'requested', difference: differs});
  const third = supervisorIn({...second, HF_TOKEN: 'b'}, entries);
  third.begin({cause: 'crash'});
  const difference = {gpuVariables: [], otherVariables: ['HF_TOKEN']};
  expect(third.launch()).toEqual({start: 'automatic', difference});
});
