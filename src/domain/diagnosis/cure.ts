import {z} from 'zod';
import {settingsChangeSchema} from '../settings/launch-settings.ts';

/**
 * What has to change to fix a problem that no setting fixes. `arguments`: engine.extraArguments or
 * the engine's environment. `gpus`: more or larger GPUs, or a smaller model format. `other-programs`: another program
 * holds memory or the port. `host`: memory, disks, /dev/shm or limits. `installation`: another version or build of the
 * engine. `model`: its files, or the permission to read them. `restart`: nothing; another start may succeed.
 */
const curedBySchema = z.enum([
  'arguments',
  'gpus',
  'other-programs',
  'hardware',
  'driver',
  'host',
  'installation',
  'model',
  'network',
  'restart',
]);
export type CuredBy = z.infer<typeof curedBySchema>;

/** How to fix a finding, as data; `settingsChange` has the settings to apply first. */
export const cureSchema = z.strictObject({
  /** What has to change if no setting fixes it (`settingsChange` is null); null if that is unknown. */
  by: curedBySchema.nullable(),
  /** True: these settings were checked on this host and would start. False: advice, not checked on this host. */
  isChecked: z.boolean(),
  /** Other settings that fix it as well, the least drastic first; checked if `isChecked`. */
  alternatives: z.array(settingsChangeSchema),
});
export type CureFacts = z.infer<typeof cureSchema>;

/** A fix that was not checked on this host. */
export function adviceOf(by: CuredBy): CureFacts {
  return {by, isChecked: false, alternatives: []};
}

/** True while some fix was not checked yet: a supervisor checks each of them within moments. */
export function awaitsChecks(findings: readonly {readonly cure?: CureFacts | undefined}[]): boolean {
  return findings.some(({cure}) => cure?.isChecked === false);
}
