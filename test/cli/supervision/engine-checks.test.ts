import {expect, test} from 'vitest';
import {engineChecks} from '../../../src/cli/supervision/engine-checks.ts';
import {blockersOf} from '../../../src/domain/preflight/check.ts';
import {buildFinding} from '../../support/build-snapshot.ts';

type Engine = Parameters<typeof engineChecks>[0];

const crashed = buildFinding({code: 'lifecycle.crash-loop', severity: 'critical'});
const slow = buildFinding({code: 'lifecycle.slow-start', severity: 'warning'});
const waiting = buildFinding({code: 'engine.requests-waiting', severity: 'warning'});

function blockers(state: Engine['state'], findings: Parameters<typeof engineChecks>[1], unansweredMs: number | null) {
  const engine = {state, unansweredMs, displayName: 'vLLM', name: 'vllm'} as const;
  return blockersOf(engineChecks(engine, findings), false).map(({code}) => code);
}

test.each([
  'engine.probe-refused',
  'engine.probe-unauthorized',
  'engine.generates-nothing',
  'lifecycle.not-generating',
])('a degraded engine blocks with its own reason, whatever else is found: %s', (code) => {
  const reason = buildFinding({code, severity: 'critical'});
  expect(blockers('degraded', [crashed, slow, waiting, reason], null)).toEqual([code]);
});

test('a degraded engine blocks also where no finding says why', () => {
  expect(blockers('degraded', [crashed, slow, waiting], null)).toEqual(['lifecycle.not-generating']);
  expect(blockers('degraded', [], 4_000)).toEqual(['lifecycle.not-answering']);
});

test('an engine that does not answer blocks in every state in which it should', () => {
  const silent = buildFinding({code: 'lifecycle.not-answering', severity: 'critical'});
  const refused = buildFinding({code: 'engine.probe-refused', severity: 'critical'});
  expect(blockers('degraded', [refused, silent], 20_000)).toEqual(['lifecycle.not-answering']);
  expect(blockers('ready', [], 4_000)).toEqual(['lifecycle.not-answering']);
});

test('an engine that answers does not block, also with findings of its load and its output', () => {
  const collapsed = buildFinding({code: 'engine.output-collapsed', severity: 'critical'});
  expect(blockers('ready', [collapsed, crashed, waiting], null)).toEqual([]);
});

test('an engine that does not serve is not checked', () => {
  for (const state of ['stopped', 'starting', 'failed'] as const) {
    expect(engineChecks({state, unansweredMs: null, displayName: null, name: null}, [crashed])).toEqual([]);
  }
});
