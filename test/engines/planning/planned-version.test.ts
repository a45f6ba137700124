import {expect, test} from 'vitest';
import {type PlanOutcome, UNKNOWN_VERSION} from '../../../src/domain/memory/plan/plan-outcome.ts';
import {plannedVersion} from '../../../src/engines/planning/planned-version.ts';
import {buildOutcome} from '../../domain/memory/build-outcome.ts';

const unknown = {engineVersion: null, installedVersion: null, runningVersion: null};

function startOf(engineName: string, engineVersion: string): PlanOutcome {
  return buildOutcome({engineName, engineVersion});
}

test.each([
  [{engineVersion: '1', installedVersion: '2', runningVersion: '3'}, '1', 'named'],
  [{engineVersion: null, installedVersion: '2', runningVersion: '3'}, '2', 'installed'],
  [{engineVersion: null, installedVersion: null, runningVersion: '3'}, '3', 'log'],
  [{engineVersion: null, installedVersion: '2', runningVersion: '3', isOfRun: true}, '3', 'log'],
  [{engineVersion: null, installedVersion: '2', runningVersion: null, isOfRun: true}, '2', 'installed'],
  [unknown, '4', 'last-start'],
] as const)('of %j the first that is known counts: %s', (known, version, versionOrigin) => {
  const starts = [startOf('sglang', '9'), startOf('vllm', '4'), startOf('vllm', '5')];
  expect(plannedVersion('vllm', known, starts)).toEqual({
    engineVersion: version,
    versionOrigin,
    learnedVersion: version,
  });
});

test('without any the newest release is assumed; starts of an unknown version still teach', () => {
  const assumed = {engineVersion: null, versionOrigin: 'assumed'};
  expect(plannedVersion('vllm', unknown, [startOf('sglang', '9')])).toEqual({...assumed, learnedVersion: null});
  const starts = [startOf('vllm', UNKNOWN_VERSION), startOf('vllm', '4')];
  expect(plannedVersion('vllm', unknown, starts)).toEqual({...assumed, learnedVersion: UNKNOWN_VERSION});
});
