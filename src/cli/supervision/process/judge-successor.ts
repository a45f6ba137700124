import type {ApiError} from '../../../api/commands.ts';
import {loadConfiguration} from '../../../config/load-configuration.ts';
import {stateDirectoryCheck} from '../../../supervisor/launch/checks/check-state-directory.ts';
import {findWriteProblem} from '../../../supervisor/launch/world/host-probes.ts';
import {homeDirectory} from '../../../supervisor/operating-user.ts';
import {resolveDirectories} from '../../../supervisor/state-dir/directories.ts';
import {withoutPlace} from '../../wiring.ts';

/** What a supervisor is started with. */
export type Successor = {
  /** `--config`, absolute; null without it. */
  readonly configPath: string | null;
  readonly environment: NodeJS.ProcessEnv;
};

/**
 * Why a new supervisor could not start, from its configuration and its directories as it will read them; null where nothing keeps
 * it. Asked before a running one is ended: without a successor nothing would watch the engine.
 */
export async function findSuccessorProblem({configPath, environment}: Successor): Promise<ApiError | null> {
  const directories = resolveDirectories(environment, homeDirectory());
  if (!directories.ok) return directories.error;
  const {configDir} = directories.value;
  const loaded = await loadConfiguration({
    ...(configPath === null ? {} : {path: configPath}),
    configDir,
    env: environment,
  });
  if (!loaded.ok) return withoutPlace(loaded.error);
  const {finding} = await stateDirectoryCheck({directories: directories.value, findWriteProblem});
  return finding === null ? null : {code: finding.code, message: finding.message, remedy: finding.remedy};
}

/** The same problem where a supervisor runs: that one stays. */
export function notReplaced({code, message, remedy}: ApiError, pid: number): ApiError {
  return {
    code,
    message: `${message} No new supervisor could start, so the running one (pid ${pid}) was not ended.`,
    remedy,
  };
}
