import type {ApiError} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {LaunchSettings, SettingsChange} from '../../domain/settings/launch-settings.ts';
import {ok, type Result} from '../../shared/result.ts';
import {isOutdated} from '../supervision/process/replace-supervisor.ts';
import type {Wiring} from '../wiring.ts';

/**
 * The supervisor that a start would use; null without one, and where the environment names other GPUs. An error of one
 * that runs and does not answer.
 */
export async function supervisorOfStart({
  client,
  environment,
}: Pick<Wiring, 'client' | 'environment'>): Promise<Result<Snapshot | null, ApiError>> {
  const present = await client.getSnapshot();
  if (!present.ok) return isFrozen(present.error) ? present : ok(null);
  const named = environment['GANTRY_NVIDIA_SMI'];
  return ok(named !== undefined && named !== present.value.supervisor.nvidiaSmiPath ? null : present.value);
}

/** True for a supervisor that runs and does not answer: what a command finds out without it may be wrong. */
export function isFrozen({code}: Pick<ApiError, 'code'>): boolean {
  return code === 'supervisor.not-responding' || code === 'supervisor.timeout';
}

/**
 * What a start would do: asked of the running supervisor; without one, judged in the same way in this process. Starts
 * nothing, not even a supervisor.
 *
 * Without settings it is the start that the supervisor would make by itself.
 *
 * @param supervisor - the running supervisor, if the start would use it; null otherwise
 */
export async function askStartPreview(
  wiring: Wiring,
  supervisor: Snapshot | null,
  start: {readonly settings?: LaunchSettings; readonly change?: SettingsChange; readonly force: boolean},
): Promise<Result<Preview, ApiError>> {
  const command = {type: 'start', ...start} as const;
  if (supervisor !== null && !isOutdated(ok(supervisor), wiring.version)) return wiring.client.preview({command});
  const {previewHere} = await import('./preview-here.ts');
  return previewHere(wiring, command);
}
