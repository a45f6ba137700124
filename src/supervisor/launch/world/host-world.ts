import {setTimeout as delay} from 'node:timers/promises';
import type {PlanOutcome} from '../../../domain/memory/plan/plan-outcome.ts';
import {readInstalledVersion} from '../../../sources/engine-installation/find-engine.ts';
import {readHostFacts} from '../../../sources/host/host-facts.ts';
import {lookUpModel} from '../../../sources/model-files/look-up-model.ts';
import {readGpusOnce} from '../../../sources/nvidia-smi/read-gpus-once.ts';
import type {ActiveConfiguration} from '../../configuration/active-configuration.ts';
import type {Clock} from '../../loop/clock.ts';
import {homeDirectory} from '../../operating-user.ts';
import type {Directories} from '../../state-dir/directories.ts';
import type {World} from '../../world.ts';
import {installationFinder, searchPlaces} from '../installed-engines.ts';
import {modelEnvironment} from '../model-environment.ts';
import {findPortProblem, findWriteProblem} from './host-probes.ts';
import type {JudgementWorld} from './judgement-world.ts';

const NVIDIA_SMI_TIMEOUT_MS = 20_000;

/** The host to judge. */
export type HostWorldOptions = {
  readonly world: Pick<World, 'simulated' | 'standIns'>;
  /** As configured now. */
  readonly configured: () => Pick<ActiveConfiguration, 'nvidiaSmiPath' | 'engineChoice'>;
  readonly directories: Pick<Directories, 'stateDir' | 'dataDir'>;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Measurements of earlier starts, the newest first. */
  readonly outcomes: () => readonly PlanOutcome[];
  /** See `JudgementWorld`. */
  readonly runningVersion: JudgementWorld['runningVersion'];
};

/** This host for judgements: GPUs and model files are read each time. */
export function createHostWorld({
  world,
  configured,
  directories,
  environment,
  clock,
  outcomes,
  runningVersion,
}: HostWorldOptions): JudgementWorld {
  const places = {variables: environment, homeDirectory: homeDirectory()};
  return {
    simulated: world.simulated,
    nvidiaSmiPath: () => configured().nvidiaSmiPath,
    directories,
    ...places,
    nowMs: clock.nowMs,
    pause: (durationMs) => delay(durationMs),
    readCards: async () => ({
      ...(await readGpusOnce({executable: configured().nvidiaSmiPath, timeoutMs: NVIDIA_SMI_TIMEOUT_MS, clock})),
      unread: null,
    }),
    lookUpModel: (model) => lookUpModel(model, modelEnvironment(places)),
    outcomes,
    runningVersion,
    readInstalledVersion: async (engine) =>
      world.standIns === null
        ? readInstalledVersion(engine.installation, searchPlaces(engine, configured().engineChoice, environment))
        : (world.standIns.versions[engine.installation.program] ?? null),
    findInstallation: installationFinder({world, environment, engineChoice: () => configured().engineChoice}, clock),
    readHostFacts,
    findPortProblem,
    findWriteProblem,
  };
}
