import {expect, test} from 'vitest';
import {withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import {nothingObserved, withObservation} from '../../../src/supervisor/snapshot/observation.ts';
import {createOwnFindings, warningOf} from '../../../src/supervisor/snapshot/own-findings.ts';
import {now} from './observed.ts';

const error = (code: string) => ({code, message: `${code} happened.`, remedy: 'Look.'});

function bench() {
  let seen = nothingObserved;
  const own = createOwnFindings((observation) => {
    seen = withObservation(seen, observation, now);
  });
  return {own, topics: () => Object.entries(seen.ownFindings).map(([topic, {code}]) => `${topic} ${code}`)};
}

test('an error is a finding until its topic is resolved; the code is the topic of one without', () => {
  const {own, topics} = bench();
  own.add(error('journal.unusable'));
  own.add(error('history.unusable'), 'history');
  expect(topics()).toEqual(['journal.unusable journal.unusable', 'history history.unusable']);
  own.resolve('history');
  expect(topics()).toEqual(['journal.unusable journal.unusable']);
});

test('a newer error of the same topic replaces the one before', () => {
  const {own, topics} = bench();
  own.add(error('history.unusable'), 'history');
  own.add(error('history.not-read'), 'history');
  expect(topics()).toEqual(['history history.not-read']);
});

test('another topic, and the code of a finding that has a topic, resolve nothing', () => {
  const {own, topics} = bench();
  own.add(error('history.unusable'), 'history');
  own.resolve('history.unusable');
  own.resolve('journal.unusable');
  expect(topics()).toEqual(['history history.unusable']);
});

test('a warning has the facts of its error, and no details without any', () => {
  const facts = withDetails('preflight.disk-low', {path: '/disk', neededBytes: 2, freeBytes: 1});
  expect(warningOf({...error('x'), ...facts})).toMatchObject({severity: 'warning', details: {path: '/disk'}});
  expect(warningOf(error('x'))).not.toHaveProperty('details');
});
