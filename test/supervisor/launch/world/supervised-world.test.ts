import {expect, test} from 'vitest';
import {ok} from '../../../../src/shared/result.ts';
import {PlanKnowledge} from '../../../../src/supervisor/launch/plan-knowledge.ts';
import {createSupervisedWorld} from '../../../../src/supervisor/launch/world/supervised-world.ts';
import {systemClock} from '../../../../src/supervisor/loop/clock.ts';
import {createObserver} from '../../../../src/supervisor/snapshot/observer.ts';

const world = createSupervisedWorld(
  {
    world: {
      simulated: true,
      simulatedNode: null,
      standIns: {directory: '/nowhere', versions: {}},
    },
    configured: () => ({nvidiaSmiPath: 'nvidia-smi', engineChoice: null}),
    directories: {
      stateDir: '/state',
      dataDir: '/data',
      runtimeDir: '/run',
      configDir: '/config',
      socketPath: '/socket',
    },
    environment: {},
  },
  createObserver(systemClock),
  new PlanKnowledge({readOutcomes: () => [], recordOutcome: () => null}, () => Promise.resolve(ok(null))),
  systemClock,
);

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('a judgement that waits for memory or for GPUs does not delay the exit of the supervisor', () => {
  const before = timers();
  void world.pause(3_600_000);
  void world.readCards();
  expect(timers()).toBe(before);
});
