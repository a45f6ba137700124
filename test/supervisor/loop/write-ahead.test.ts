import {expect, test} from 'vitest';
import {ok} from '../../../src/shared/result.ts';
import {createWriteAhead} from '../../../src/supervisor/loop/write-ahead.ts';
import {findRequestedEnvironment} from '../../../src/supervisor/state-dir/find-intention.ts';
import type {JournalEntry} from '../../../src/supervisor/state-dir/journal-entry.ts';
import {intentionOf} from '../state-dir/journal-samples.ts';

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
    requestedEnvironment: findRequestedEnvironment(entries),
  });
  const begin = (change: Partial<Intention>): void => {
    const intention = {...intentionOf(`intention-${entries.length}`), ...change};
    const type = intention.cause === 'operator' ? 'start-requested' : 'timer-fired';
    writeAhead.write({intentions: [{type: 'intention-begun', atMs: 0, intention}]}, {type});
  };
  return {begin, differences: writeAhead.differences};
}

const first = {CUDA_VISIBLE_DEVICES: '0,1', HF_TOKEN: 'a'};
const second = {CUDA_VISIBLE_DEVICES: '2,3', HF_TOKEN: 'a'};
const differs = {gpuVariables: ['CUDA_VISIBLE_DEVICES'], otherVariables: []};

test('the environment of a start that an operator requested counts, until the operator requests another', () => {
  const entries: JournalEntry[] = [];
  const one = supervisorIn(first, entries);
  expect(one.differences(), 'nothing was requested yet').toBeNull();
  one.begin({});
  expect(one.differences()).toBeNull();
  const other = supervisorIn(second, entries);
  expect(other.differences()).toEqual(differs);
  other.begin({cause: 'crash'});
  expect(other.differences(), 'the policy requests nothing').toEqual(differs);
  expect(supervisorIn(second, entries).differences(), 'nor does a later supervisor').toEqual(differs);
  expect(supervisorIn(first, entries).differences()).toBeNull();
  other.begin({verb: 'stop', start: null});
  expect(other.differences(), 'a stop starts nothing').toEqual(differs);
  expect(supervisorIn(second, entries).differences()).toEqual(differs);
  other.begin({verb: 'restart'});
  expect(other.differences()).toBeNull();
  expect(supervisorIn(first, entries).differences()).toEqual(differs);
});
