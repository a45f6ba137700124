import {expect, test} from 'vitest';
import {withStartFailure} from '../../../src/cli/console/lost-reason.ts';
import {buildConsoleData} from '../../support/build-snapshot.ts';
import {createMemorySession} from '../../support/memory-session.ts';

const lost = {
  kind: 'lost',
  sinceMs: 1_000,
  reason: 'No supervisor answers on /run/gantry.sock (ECONNREFUSED).',
} as const;

test('a lost connection says why no new supervisor starts, as long as it is lost', () => {
  let failure: string | null = null;
  const inner = createMemorySession(buildConsoleData({connection: lost}));
  const session = withStartFailure(inner, () => failure);
  expect(session.getData()).toBe(inner.getData());
  failure = 'The supervisor did not start: gantry.yaml:4:19: cost.nodeUsdPerHour is "twenty".';
  expect(session.getData().connection).toEqual({...lost, reason: failure});
  expect(session.getData(), 'the same data is the same object').toBe(session.getData());
  inner.setData(buildConsoleData());
  expect(session.getData()).toBe(inner.getData());
});
