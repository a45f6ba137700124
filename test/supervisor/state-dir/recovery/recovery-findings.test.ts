import {expect, test} from 'vitest';
import type {StrayEngine} from '../../../../src/supervisor/state-dir/recovery/reconcile-runs.ts';
import {strayText} from '../../../../src/supervisor/state-dir/recovery/recovery-findings.ts';

const stray = (pid: number, change: Partial<StrayEngine>): StrayEngine => ({
  pid,
  sessionId: pid,
  startTimeTicks: '1',
  bootId: 'boot',
  runId: `run-${pid}`,
  reason: 'of-another-directory',
  model: null,
  port: null,
  stateDir: null,
  ...change,
});

test('processes with a mark are named with what is known of them, and how they are reached or ended', () => {
  const of = (...strays: readonly StrayEngine[]) => strayText(strays);
  expect(of(stray(7, {model: 'a/b', port: 8000, stateDir: "/it's here"}))).toEqual({
    message: "Started from another state directory, and running: pid 7, a/b, port 8000, of /it's here.",
    remedy: `To see it: GANTRY_STATE_DIR='/it'\\''s here' gantry status. To stop it: GANTRY_STATE_DIR='/it'\\''s here' gantry down, or kill 7.`,
  });
  expect(of(stray(7, {})).remedy).toBe('Stop it with: kill 7');
  expect(of(stray(7, {reason: 'left-over', stateDir: '/state'}), stray(8, {}))).toEqual({
    message:
      'Processes of an engine that has ended are still running: pid 7. Started from another state directory, and running: pid 8.',
    remedy: 'gantry up ends what is left before it starts an engine. Stop it with: kill 8',
  });
  const many = of(...[1, 2, 3, 4, 5].map((pid) => stray(pid, {})));
  expect(many.message).toContain('pid 1; pid 2; pid 3; 2 more.');
});
