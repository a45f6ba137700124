import {expect, test} from 'vitest';
import {SNAPSHOT_SCHEMA_VERSION} from '../../../../src/api/snapshot.ts';
import {isOutdated} from '../../../../src/cli/supervision/process/replace-supervisor.ts';
import {incompatibleError} from '../../../../src/client/incompatible-error.ts';
import {err, ok} from '../../../../src/shared/result.ts';
import {buildSnapshot} from '../../../support/build-snapshot.ts';

const speaking = (answer: unknown) => err(incompatibleError(answer, 'schemaVersion: invalid.'));

test.each([
  ['of an older snapshot', {schemaVersion: SNAPSHOT_SCHEMA_VERSION - 1}, true],
  ['of a newer snapshot', {schemaVersion: SNAPSHOT_SCHEMA_VERSION + 1, supervisor: {version: '9.0.0'}}, false],
  ['of this snapshot, with something else in it', {schemaVersion: SNAPSHOT_SCHEMA_VERSION}, false],
  ['that says nothing of versions', 'hello', true],
])('a supervisor %s is replaced: %#', (_, answer, isOld) => {
  expect(isOutdated(speaking(answer), '0.1.0')).toBe(isOld);
});

test('one that does not answer, or has another problem, is not replaced', () => {
  const error = {code: 'supervisor.unavailable', message: 'snapshot version 0.', remedy: ''};
  expect(isOutdated(err(error), '0.1.0')).toBe(false);
});

test.each([
  ['0.0.9', true],
  ['0.1.0', false],
  ['0.1.0-next.1', false],
  ['0.2.0', false],
  ['1.0.0', false],
])('version %s and 0.1.0', (version, isOld) => {
  const snapshot = buildSnapshot({});
  expect(isOutdated(ok({...snapshot, supervisor: {...snapshot.supervisor, version}}), '0.1.0')).toBe(isOld);
});
