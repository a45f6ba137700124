import {expect, test} from 'vitest';
import type {ConfigurationRow} from '../../../src/api/configuration-view.ts';
import {differsFindings, overriddenFindings} from '../../../src/supervisor/configuration/configuration-findings.ts';

const inFile = {from: 'file', place: '/etc/gantry.yaml:3:5'} as const;

function row(change: Partial<ConfigurationRow> = {}): ConfigurationRow {
  return {
    key: 'engine.contextLengthTokens',
    value: 131_072,
    origin: {from: 'default'},
    configured: null,
    isPending: false,
    overridden: null,
    effect: 'restart',
    ...change,
  };
}

test('a pending value is named with its place in the file, and without one where it has none', () => {
  const differs = (configured: ConfigurationRow['configured']) => differsFindings([row({isPending: true, configured})]);
  const [edited] = differs({value: 65_536, origin: inFile});
  expect(edited).toMatchObject({
    code: 'configuration.differs',
    details: {
      differences: [{key: 'engine.contextLengthTokens', current: 131_072, requested: 65_536, place: inFile.place}],
    },
  });
  expect(edited?.message).toContain('not 65,536 (/etc/gantry.yaml:3:5)');
  const [removed] = differs({value: 65_536, origin: {from: 'default'}});
  expect(removed).toMatchObject({details: {differences: [{place: null}]}});
  expect(removed?.message).not.toContain('(');
});

test('what is in force, or has no other value, does not differ', () => {
  expect(differsFindings([row(), row({isPending: true}), row({configured: {value: 1, origin: inFile}})])).toEqual([]);
});

test.each([
  ['engine.contextLengthTokens', 65_536, 'gantry restart --context 65536'],
  ['engine.model', '/models/k2', 'gantry restart --model /models/k2'],
  ['engine.maxRunningRequests', null, 'gantry down'],
  ['engine.expertParallel', true, 'gantry down'],
  ['cost.nodeUsdPerHour', 3, 'gantry down'],
])('the value of %s in the file is used again after %s: %s', (key, value, remedy) => {
  const overridden = {value, place: inFile.place};
  const [finding] = overriddenFindings(
    [row({key, value: 1, origin: {from: 'flag', flag: '--x'}, overridden})],
    new Set([key]),
  );
  expect(finding?.remedy).toContain(remedy);
});
