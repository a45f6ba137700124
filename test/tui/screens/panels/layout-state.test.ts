import {expect, test} from 'vitest';
import type {EngineState} from '../../../../src/domain/lifecycle/phases.ts';
import {engineStateSchema} from '../../../../src/domain/lifecycle/phases.ts';
import type {LayoutState} from '../../../../src/layout/layout-states.ts';
import {layoutStateOf} from '../../../../src/tui/screens/panels/layout-state.ts';
import {buildSnapshot, TEST_NOW_MS} from '../../../support/build-snapshot.ts';

const live = {kind: 'live'} as const;

const expected: Readonly<Record<EngineState, LayoutState>> = {
  preflight: 'starting',
  starting: 'starting',
  ready: 'serving',
  draining: 'serving',
  degraded: 'degraded',
  failed: 'failed',
  'backing-off': 'failed',
  stopped: 'stopped',
  stopping: 'stopped',
};

test.each(engineStateSchema.options)('an engine that is %s', (state) => {
  expect(layoutStateOf({connection: live, snapshot: buildSnapshot({engine: {state}})})).toBe(expected[state]);
});

test('an engine that answers nothing is degraded, whatever it is called', () => {
  const snapshot = buildSnapshot({engine: {state: 'ready', unansweredMs: 12_000}});
  expect(layoutStateOf({connection: live, snapshot})).toBe('degraded');
});

test('without data there is no state, and without a supervisor that could send any it is stopped', () => {
  expect(layoutStateOf({connection: {kind: 'connecting'}, snapshot: null})).toBeNull();
  const lost = {kind: 'lost', sinceMs: TEST_NOW_MS, reason: 'no answer'} as const;
  expect(layoutStateOf({connection: lost, snapshot: null})).toBe('stopped');
  expect(layoutStateOf({connection: lost, snapshot: buildSnapshot()}), 'what was known last').toBe('serving');
});
