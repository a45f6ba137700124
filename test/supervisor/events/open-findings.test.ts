import {expect, test} from 'vitest';
import type {Event} from '../../../src/api/event-schema.ts';
import {openFindingsIn} from '../../../src/supervisor/events/open-findings.ts';

type Happening = readonly [second: number, code: string, finding?: string, subject?: Event['details']];

function openAt(second: number, ...happenings: readonly Happening[]) {
  const events = happenings.map(
    ([at, code, finding, subject = {}], id): Event => ({
      id,
      atMs: at * 1_000,
      code,
      severity: 'warning',
      actor: 'engine',
      message: 'It happened.',
      runId: null,
      details: finding === undefined ? subject : {finding, ...subject},
    }),
  );
  return openFindingsIn(events, second * 1_000).map(({code, sinceMs}) => [code, sinceMs / 1_000]);
}

const start = (second: number): Happening => [second, 'supervisor.started'];
const appears = (second: number, finding: string, subject: Event['details'] = {}): Happening => [
  second,
  'finding.appeared',
  finding,
  subject,
];
const ends = (second: number, finding: string, subject: Event['details'] = {}): Happening => [
  second,
  'finding.resolved',
  finding,
  subject,
];

test('what appeared and is not resolved is open since then', () => {
  expect(openAt(100, start(0), appears(10, 'a'), appears(20, 'b'), ends(30, 'a'))).toEqual([['b', 20]]);
  expect(openAt(100)).toEqual([]);
});

test('the same problem of another GPU is another one', () => {
  const gpu = (index: number) => ({index});
  const lost = 'source.nvidia-smi.gpu-lost';
  expect(openAt(100, appears(10, lost, gpu(0)), appears(20, lost, gpu(1)), ends(30, lost, gpu(0)))).toEqual([
    [lost, 20],
  ]);
});

test('what later supervisors report again is one finding since the first report', () => {
  expect(openAt(300, start(0), appears(10, 'a'), start(100), appears(101, 'a'), start(200), appears(290, 'a'))).toEqual(
    [['a', 10]],
  );
});

test('what a later supervisor does not report again had ended: the next one is another', () => {
  const before = [start(0), appears(10, 'a'), start(100)];
  expect(openAt(219, ...before)).toEqual([['a', 10]]);
  expect(openAt(221, ...before)).toEqual([]);
  expect(openAt(999, ...before, appears(300, 'a'))).toEqual([['a', 300]]);
  expect(openAt(999, ...before, start(500), appears(501, 'a'))).toEqual([['a', 501]]);
});

test('a hang is reported by the state of the engine, and ends with it', () => {
  const hang: Happening = [10, 'engine.degraded', 'lifecycle.not-generating'];
  expect(openAt(100, hang)).toEqual([['lifecycle.not-generating', 10]]);
  expect(openAt(100, hang, [20, 'engine.ready'])).toEqual([]);
  expect(openAt(100, appears(5, 'a'), hang, [20, 'engine.stopping'])).toEqual([['a', 5]]);
});
