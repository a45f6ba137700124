import type {ApiError} from '../api/commands.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {type Wiring, withoutPlace} from './wiring.ts';

/** The nvidia-smi to run, and whether its GPUs are simulated. */
type NvidiaSmiChoice = {readonly executable: string; readonly simulated: boolean};

/** The configured nvidia-smi; the supervisor's own one while it runs a simulated node and no other is set. */
export async function chooseNvidiaSmi(
  wiring: Pick<Wiring, 'configuration' | 'environment' | 'client'>,
): Promise<NvidiaSmiChoice> {
  const configured = wiring.configuration.nvidiaSmi.path;
  if (wiring.environment['GANTRY_NVIDIA_SMI'] !== undefined) return {executable: configured, simulated: false};
  const snapshot = await wiring.client.getSnapshot();
  if (!snapshot.ok || !snapshot.value.simulated) return {executable: configured, simulated: false};
  return {executable: snapshot.value.supervisor.nvidiaSmiPath, simulated: true};
}

/**
 * The same where the configuration may be unusable: then the supervisor's own one, which is of the last valid version;
 * without a supervisor the error.
 */
export async function knownNvidiaSmi(wiring: Wiring): Promise<Result<NvidiaSmiChoice, ApiError>> {
  const {configurationError, environment, client} = wiring;
  const isNamed = environment['GANTRY_NVIDIA_SMI'] !== undefined;
  if (configurationError === null || isNamed) return ok(await chooseNvidiaSmi(wiring));
  const snapshot = await client.getSnapshot();
  if (!snapshot.ok) return err(withoutPlace(configurationError));
  return ok({executable: snapshot.value.supervisor.nvidiaSmiPath, simulated: snapshot.value.simulated});
}
