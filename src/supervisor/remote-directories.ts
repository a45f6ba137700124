import type {ApiError} from '../api/commands.ts';
import {type Mount, type MountTable, readMountTable} from '../sources/file-systems/mount-table.ts';
import {networkMountOf, type ReadLink} from '../sources/file-systems/network-mount.ts';
import type {Observe} from './snapshot/observation.ts';
import {createOwnFindings} from './snapshot/own-findings.ts';
import type {Directories} from './state-dir/directories.ts';

/** The directories that the supervisor reads and writes in its main thread, and the variable that moves each. */
const places = [
  ['stateDir', 'state directory', 'GANTRY_STATE_DIR'],
  ['dataDir', 'data directory', 'GANTRY_DATA_DIR'],
  ['runtimeDir', 'runtime directory', 'GANTRY_RUNTIME_DIR'],
] as const;

/** How the file systems are looked at; of this host by default. */
export type MountSource = {
  readonly readTable: () => Promise<MountTable>;
  readonly readLink?: ReadLink;
};

/**
 * Reports directories of Gantry's on file systems that may not answer, as the supervisor starts: by the kernel's table of
 * mounts, so that no network file system is asked. One directory after the other: a link on a disk that hangs occupies one
 * thread of Node's pool, not one for each. Nothing waits for it. Never rejects.
 */
export async function reportRemoteDirectories(
  directories: Directories,
  observe: Observe,
  {readTable, readLink}: MountSource = {readTable: readMountTable},
): Promise<void> {
  const own = createOwnFindings(observe);
  const reported = new Set<string>();
  try {
    const table = await readTable();
    for (const [key, name, variable] of places) {
      const directory = directories[key];
      const mount = reported.has(directory) ? null : await networkMountOf(directory, table, readLink).catch(() => null);
      if (mount === null) continue;
      reported.add(directory);
      own.add(remoteDirectory({directory, name, variable, mount}), `supervisor.directory-remote ${directory}`);
    }
  } catch {
    // Without /proc nothing is known of them.
  }
}

function remoteDirectory({
  directory,
  name,
  variable,
  mount: {type, mountPoint},
}: {
  readonly directory: string;
  readonly name: string;
  readonly variable: string;
  readonly mount: Mount;
}): ApiError {
  return {
    code: 'supervisor.directory-remote',
    message: `The ${name} ${directory} is on a file system that may stop answering: ${type}, mounted at ${mountPoint}. While it does, the supervisor stands still: no readings, no answers, no restarts. The engine keeps serving.`,
    remedy: `At the next planned stop of the engine, set ${variable} to a directory on a local disk, for every gantry command and for the service. The present supervisor exits when it is idle, and what is in ${directory} stays there.`,
  };
}
