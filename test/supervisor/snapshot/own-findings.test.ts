import {expect, test} from 'vitest';
import type {Observation} from '../../../src/supervisor/snapshot/observation.ts';
import {createOwnFindings} from '../../../src/supervisor/snapshot/own-findings.ts';

const error = {code: 'journal.not-written', message: 'It was not written.', remedy: 'Free some space.'};

test('a problem is a warning by its topic, and is resolved by it', () => {
  const observed: Observation[] = [];
  const own = createOwnFindings((observation) => observed.push(observation));
  own.add(error);
  own.add(error, 'journal');
  own.resolve('journal');
  const finding = {...error, severity: 'warning', evidence: null, settingsChange: null};
  expect(observed).toEqual([
    {type: 'own-finding', finding, topic: 'journal.not-written'},
    {type: 'own-finding', finding, topic: 'journal'},
    {type: 'own-finding-resolved', topic: 'journal'},
  ]);
});
