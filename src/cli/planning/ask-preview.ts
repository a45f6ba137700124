import type {ApiError} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {ok, type Result} from '../../shared/result.ts';
import {isOutdated} from '../supervision/replace-supervisor.ts';
import type {Wiring} from '../wiring.ts';

/**
 * What a start would do: the answer of the supervisor that would work it off; where that would first be started, the
 * same judgement in this process. Starts nothing, no supervisor either.
 *
 * @param supervisor - the one that is running, where it would stay for the start; null for none
 */
export async function askStartPreview(
  wiring: Wiring,
  supervisor: Snapshot | null,
  start: {readonly settings: LaunchSettings; readonly force: boolean},
): Promise<Result<Preview, ApiError>> {
  const command = {type: 'start', ...start} as const;
  if (supervisor !== null && !isOutdated(ok(supervisor), wiring.version)) return wiring.client.preview({command});
  const {previewHere} = await import('./preview-here.ts');
  return previewHere(wiring, command);
}
