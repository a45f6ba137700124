import type {ApiError} from '../api/commands.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {type Wiring, withoutPlace} from './wiring.ts';

/** The nvidia-smi to run, and whether its GPUs are simulated. */
type NvidiaSmiChoice = {readonly executable: string; readonly simulated: boolean};

type Parts = Pick<Wiring, 'configuration' | 'loaded' | 'environment' | 'client' | 'directories'>;

/**
 * The configured nvidia-smi; that of the simulated node while its supervisor runs, or its engine without one, and the
 * environment names no other.
 */
export async function chooseNvidiaSmi(wiring: Parts): Promise<NvidiaSmiChoice> {
  const configured = {executable: wiring.configuration.nvidiaSmi.path, simulated: false};
  if (wiring.environment['GANTRY_NVIDIA_SMI'] !== undefined) return configured;
  const snapshot = await wiring.client.getSnapshot();
  if (!snapshot.ok) return (await ofRecordedNode(wiring)) ?? configured;
  const {simulated, supervisor} = snapshot.value;
  return simulated ? {executable: supervisor.nvidiaSmiPath, simulated} : configured;
}

/**
 * The same where the configuration may be unusable: then the supervisor's own one, which is of the last valid version, or
 * that of a simulated engine; without both the error.
 */
export async function knownNvidiaSmi(wiring: Wiring): Promise<Result<NvidiaSmiChoice, ApiError>> {
  const {configurationError, environment, client} = wiring;
  const isNamed = environment['GANTRY_NVIDIA_SMI'] !== undefined;
  if (configurationError === null || isNamed) return ok(await chooseNvidiaSmi(wiring));
  const snapshot = await client.getSnapshot();
  if (snapshot.ok) {
    return ok({executable: snapshot.value.supervisor.nvidiaSmiPath, simulated: snapshot.value.simulated});
  }
  const recorded = await ofRecordedNode(wiring);
  return recorded !== null ? ok(recorded) : err(withoutPlace(configurationError));
}

/** That of the simulated engine that runs without a supervisor; null for none. */
async function ofRecordedNode(wiring: Pick<Wiring, 'loaded' | 'directories'>): Promise<NvidiaSmiChoice | null> {
  const [{recordedState}, {simulatedNodePaths}] = await Promise.all([
    import('./supervision/recorded-state.ts'),
    import('../simulator/install.ts'),
  ]);
  const {simulatedNode} = await recordedState(wiring, Date.now());
  return simulatedNode === null ? null : {executable: simulatedNodePaths(simulatedNode).nvidiaSmiPath, simulated: true};
}
