import {expect, test} from 'vitest';
import {detailsSchema, withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import {type Finding, RETURNS_WITHIN_MS} from '../../../src/domain/diagnosis/finding.ts';
import type {RunIdentity} from '../../../src/domain/lifecycle/run-identity.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {type OpenFinding, REPORTED_AGAIN_WITHIN_MS} from '../../../src/supervisor/events/open-findings.ts';
import {ReportedFindings} from '../../../src/supervisor/snapshot/reported-findings.ts';
import {findingOf, runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';

/** Snapshots at moments in milliseconds; the answer is each code with the moment since which it is present. */
function createReports(earlier: readonly OpenFinding[] = [], run: RunIdentity | null = null) {
  let monotonicMs = 0;
  const reported = new ReportedFindings({
    earlier,
    preview: () => Promise.reject(new Error('nothing is to be judged')),
    clock: {monotonicMs: () => monotonicMs},
    nextSettings: () => settingsOf(),
    onChange: () => undefined,
    onTrouble: () => undefined,
    onTroubleOver: () => undefined,
  });
  return (atMs: number, ...findings: Finding[]) => {
    monotonicMs = atMs;
    const found = reported.of({findings, takenAtMs: 1_000_000 + atMs}, {...initialLifecycleState(), run});
    return found.map(({code, sinceMs}) => [code, (sinceMs ?? Number.NaN) - 1_000_000]);
  };
}

test('a finding is present since the first snapshot with it, each since its own', () => {
  const at = createReports();
  const [disk, gpu] = [findingOf('host.disk-full'), findingOf('gpu.lost')];
  expect(at(0, disk)).toEqual([['host.disk-full', 0]]);
  const both = at(1_000, gpu, {...disk, message: 'It is fuller.'});
  expect(both.toSorted()).toEqual([
    ['gpu.lost', 1_000],
    ['host.disk-full', 0],
  ]);
});

test('one that is back within the time of a flicker is present since before it, a later one is new', () => {
  const at = createReports();
  const finding = findingOf('host.disk-full');
  const beganMs = 9 * RETURNS_WITHIN_MS;
  at(beganMs, finding);
  expect(at(beganMs + 1_000)).toEqual([]);
  expect(at(beganMs + RETURNS_WITHIN_MS - 1, finding)).toEqual([['host.disk-full', beganMs]]);
  const laterMs = beganMs + 2 * RETURNS_WITHIN_MS - 1;
  expect(at(laterMs, finding)).toEqual([['host.disk-full', laterMs]]);
});

test('the same problem of another GPU is another finding', () => {
  const at = createReports();
  const lost = (index: number): Finding => ({
    ...findingOf('source.nvidia-smi.gpu-lost'),
    ...withDetails('source.nvidia-smi.gpu-lost', {index, pciBusId: `0000:0${index}:00.0`, uuid: null}),
  });
  at(0, lost(0));
  expect(at(1_000, lost(0), lost(1)).map(([, sinceMs]) => sinceMs)).toEqual([0, 1_000]);
});

test('what an earlier supervisor reported is present since then, if it is present again in time', () => {
  const earlier = [{code: 'host.disk-full', details: detailsSchema.parse({}), runId: null, sinceMs: 400_000}];
  const finding = findingOf('host.disk-full');
  const inTime = createReports(earlier);
  expect(inTime(0)).toEqual([]);
  expect(inTime(REPORTED_AGAIN_WITHIN_MS - 1, finding)).toEqual([['host.disk-full', -600_000]]);
  expect(inTime(REPORTED_AGAIN_WITHIN_MS, finding, findingOf('gpu.lost'))).toContainEqual(['gpu.lost', 120_000]);
  expect(createReports(earlier)(REPORTED_AGAIN_WITHIN_MS, finding)).toEqual([['host.disk-full', 120_000]]);
});

test('what an earlier supervisor reported of another run is new in this one; what is about the node is not', () => {
  const [idle, disk] = [findingOf('engine.idle'), findingOf('host.disk-full')];
  const earlier = [idle, disk].map(({code}) => ({
    ...{code, details: detailsSchema.parse({}), runId: 'run-1', sinceMs: 400_000},
  }));
  expect(createReports(earlier, runOf(2))(0, idle, disk)).toEqual([
    ['engine.idle', 0],
    ['host.disk-full', -600_000],
  ]);
  expect(createReports(earlier, runOf(1))(0, idle)).toEqual([['engine.idle', -600_000]]);
});
