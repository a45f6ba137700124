import type {Wiring} from './wiring.ts';

/** The configured nvidia-smi; the supervisor's own one while it runs a simulated node and no other is set. */
export async function chooseNvidiaSmi(
  wiring: Pick<Wiring, 'configuration' | 'environment' | 'client'>,
): Promise<{executable: string; simulated: boolean}> {
  const configured = wiring.configuration.nvidiaSmi.path;
  if (wiring.environment['GANTRY_NVIDIA_SMI'] !== undefined) return {executable: configured, simulated: false};
  const snapshot = await wiring.client.getSnapshot();
  if (!snapshot.ok || !snapshot.value.simulated) return {executable: configured, simulated: false};
  return {executable: snapshot.value.supervisor.nvidiaSmiPath, simulated: true};
}
