import type {ApiError} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {LaunchSettings, SettingsChange} from '../../domain/settings/launch-settings.ts';
import {ok, type Result} from '../../shared/result.ts';
import {isOutdated} from '../supervision/replace-supervisor.ts';
import type {Wiring} from '../wiring.ts';

/** The supervisor that a start would use; null without one, and where the environment names other GPUs. */
export async function supervisorOfStart({
  client,
  environment,
}: Pick<Wiring, 'client' | 'environment'>): Promise<Snapshot | null> {
  const present = await client.getSnapshot();
  const named = environment['GANTRY_NVIDIA_SMI'];
  if (!present.ok || (named !== undefined && named !== present.value.supervisor.nvidiaSmiPath)) return null;
  return present.value;
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
