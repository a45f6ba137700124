import {statfs} from 'node:fs/promises';
import type {ApiError} from '../api/commands.ts';
import type {Observe} from './snapshot/observation.ts';
import {createOwnFindings} from './snapshot/own-findings.ts';
import type {Directories} from './state-dir/directories.ts';

/** `type` of `statfs(2)`. */
export type ReadFileSystem = (directory: string) => Promise<{readonly type: number}>;

/**
 * File systems whose files are on other machines, or with another process, and which may therefore not answer: by the numbers in
 * `linux/magic.h`, statfs(2), and the headers of the file systems that are not part of the kernel.
 */
const remoteTypes: ReadonlyMap<number, string> = new Map([
  [0x00_00_69_69, 'NFS'],
  [0x00_00_51_7b, 'SMB'],
  [0xfe_53_4d_42, 'SMB'],
  [0xff_53_4d_42, 'CIFS'],
  [0x65_73_55_46, 'FUSE (sshfs, s3fs, virtiofs and others)'],
  [0x01_02_19_97, '9P'],
  [0x00_c3_64_00, 'Ceph'],
  [0x53_46_41_4f, 'AFS'],
  [0x6b_41_46_53, 'AFS'],
  [0x0b_d0_0b_d0, 'Lustre'],
  [0x47_50_46_53, 'GPFS'],
  [0x19_83_03_26, 'BeeGFS'],
  [0x20_03_05_28, 'OrangeFS'],
  [0x01_16_19_70, 'GFS2'],
  [0x74_61_63_6f, 'OCFS2'],
  [0x73_75_72_45, 'Coda'],
  [0x00_00_56_4c, 'NCP'],
]);

/** The directories that the supervisor reads and writes in its main thread, and the variable that moves each. */
const places = [
  ['stateDir', 'state directory', 'GANTRY_STATE_DIR'],
  ['dataDir', 'data directory', 'GANTRY_DATA_DIR'],
  ['runtimeDir', 'runtime directory', 'GANTRY_RUNTIME_DIR'],
] as const;

/**
 * Reports directories of Gantry's on file systems that may not answer, as the supervisor starts. Nothing waits for a file
 * system that does not answer this question either; each one occupies a thread of Node's pool meanwhile. Never rejects.
 */
export async function reportRemoteDirectories(
  directories: Directories,
  observe: Observe,
  readFileSystem: ReadFileSystem = statfs,
): Promise<void> {
  const own = createOwnFindings(observe);
  const reported = new Set<string>();
  await Promise.all(
    places.map(async ([key, name, variable]) => {
      const directory = directories[key];
      const kind = await kindOf(directory, readFileSystem);
      if (kind === null || reported.has(directory)) return;
      reported.add(directory);
      own.add(remoteDirectory({directory, name, variable, kind}), `supervisor.directory-remote ${directory}`);
    }),
  );
}

/** Null for a file system of this host, and where it is unknown. */
async function kindOf(directory: string, readFileSystem: ReadFileSystem): Promise<string | null> {
  try {
    const {type} = await readFileSystem(directory);
    // A number of 32 bits, which some systems extend by its sign.
    return remoteTypes.get(type >>> 0) ?? null;
  } catch {
    return null;
  }
}

function remoteDirectory(place: {
  readonly directory: string;
  readonly name: string;
  readonly variable: string;
  readonly kind: string;
}): ApiError {
  const {directory, name, variable, kind} = place;
  return {
    code: 'supervisor.directory-remote',
    message: `The ${name} ${directory} is on a file system that may stop answering: ${kind}. While it does, the supervisor stands still: no readings, no answers, no restarts. The engine keeps serving.`,
    remedy: `Stop the engine (gantry down), then set ${variable} to a directory on a local disk, for every gantry command and for the service. The present supervisor exits when it is idle, and what is in ${directory} stays there.`,
  };
}
