import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import {MAX_SOCKET_PATH_BYTES} from '../../domain/preflight/socket-path.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {areOurs, namesBelow} from './own-names.ts';
import {claimDirectory, type Doubts} from './ownership/claim-directory.ts';
import {cannotUse} from './ownership/directory-errors.ts';
import {makeDirectory} from './ownership/make-directory.ts';

/** Gantry's directories; all absolute. */
export type Directories = {
  readonly configDir: string;
  /** Journal, lock, logs and runs. */
  readonly stateDir: string;
  /** History and ledger. */
  readonly dataDir: string;
  readonly runtimeDir: string;
  readonly socketPath: string;
};

/** Of the supervisor's socket, in the runtime directory and in the state directory. */
export const SOCKET_NAME = 'gantry.sock';

/** Each sets one directory. */
export const directoryVariables = [
  'GANTRY_CONFIG_DIR',
  'GANTRY_STATE_DIR',
  'GANTRY_DATA_DIR',
  'GANTRY_RUNTIME_DIR',
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The directories of this user, by the XDG Base Directory Specification; relative XDG values are ignored, as specified.
 * GANTRY_CONFIG_DIR, GANTRY_STATE_DIR, GANTRY_DATA_DIR and GANTRY_RUNTIME_DIR set one directly. The socket is in the
 * runtime directory; without one, or with a custom state directory (a separate Gantry), in the state directory. Errors
 * name the invalid variable.
 */
export function resolveDirectories(environment: Environment, homeDir: string): Result<Directories, ApiError> {
  for (const name of directoryVariables) {
    const value = environment[name];
    if (value !== undefined && value !== '' && !path.isAbsolute(value)) return err(notAbsolute(name, value));
  }
  const own = (name: (typeof directoryVariables)[number]): string | null => absoluteOrNull(environment[name]);
  const xdg = (name: string, fallback: string): string =>
    path.join(absoluteOrNull(environment[name]) ?? path.join(homeDir, fallback), 'gantry');
  const [configDir, dataDir] = [
    own('GANTRY_CONFIG_DIR') ?? xdg('XDG_CONFIG_HOME', '.config'),
    own('GANTRY_DATA_DIR') ?? xdg('XDG_DATA_HOME', '.local/share'),
  ];
  const runtimeBase = absoluteOrNull(environment['XDG_RUNTIME_DIR']);
  const ownStateDir = own('GANTRY_STATE_DIR');
  const stateDir = ownStateDir ?? xdg('XDG_STATE_HOME', '.local/state');
  // They would be in another place for each working directory.
  if (![configDir, dataDir, stateDir].every((directory) => path.isAbsolute(directory))) {
    return err(homeDir === '' ? noHome() : notAbsolute('HOME', homeDir));
  }
  const sharedRuntimeDir = runtimeBase === null || ownStateDir !== null ? stateDir : path.join(runtimeBase, 'gantry');
  const runtimeDir = own('GANTRY_RUNTIME_DIR') ?? sharedRuntimeDir;
  const socketPath = path.join(runtimeDir, SOCKET_NAME);
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) return err(socketPathTooLong(socketPath));
  return ok({
    configDir,
    stateDir,
    dataDir,
    runtimeDir,
    socketPath,
  });
}

/**
 * Where a supervisor listens as well: in its state directory, which no login manager removes, and which commands know
 * whose environment has another runtime directory, or none. Null where that is the same path or too long for a socket.
 */
export function stateSocketPath({stateDir, socketPath}: Pick<Directories, 'stateDir' | 'socketPath'>): string | null {
  const inState = path.join(stateDir, SOCKET_NAME);
  return inState === socketPath || Buffer.byteLength(inState) > MAX_SOCKET_PATH_BYTES ? null : inState;
}

function absoluteOrNull(value: string | undefined): string | null {
  return value !== undefined && path.isAbsolute(value) ? path.resolve(value) : null;
}

/**
 * Creates the directories, accessible only by this user (0700). Existing ones are used as they are, with what is doubtful
 * about them, or refused: see `claimDirectory`. The configuration directory may belong to an administrator: it is only read.
 */
export async function createDirectories(directories: Directories): Promise<Result<Doubts, ApiError>> {
  const {configDir, stateDir, dataDir, runtimeDir} = directories;
  const known = namesBelow(directories);
  const doubts = new Map<string, ApiError>();
  for (const directory of new Set([stateDir, dataDir])) {
    const made = await claimDirectory(directory, (names) => areOurs(directory, names, known));
    if (!made.ok) return made;
    for (const doubt of made.value) doubts.set(doubt.message, doubt);
  }
  // Only the socket is there: it may be a directory for the sockets of all programs of this user.
  const made = await claimDirectory(runtimeDir, () => true);
  if (!made.ok) return made;
  for (const doubt of made.value) doubts.set(doubt.message, doubt);
  const configured = await createConfigDir(configDir);
  return configured.ok ? ok([...doubts.values()]) : configured;
}

/** The configuration is only read: if its directory cannot be created, there is no configuration, which is allowed. */
async function createConfigDir(directory: string): Promise<Result<null, ApiError>> {
  try {
    await makeDirectory(directory);
    return ok(null);
  } catch (error) {
    const code = errorCode(error);
    return code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? ok(null) : err(cannotUse(directory, error));
  }
}

function notAbsolute(name: string, value: string): ApiError {
  return {
    code: 'directories.not-absolute',
    message: `${name} is "${value}", which is not an absolute path.`,
    remedy: `Set ${name} to a path that starts with a slash, or unset it.`,
  };
}

/** In a container whose user is only a number. */
function noHome(): ApiError {
  return {
    code: 'directories.no-home',
    message: 'This user has no home directory: HOME is not set, and /etc/passwd has none for it.',
    remedy:
      'Set HOME to a directory that this user can write to and that stays, or GANTRY_STATE_DIR, GANTRY_DATA_DIR and GANTRY_CONFIG_DIR.',
  };
}

function socketPathTooLong(socketPath: string): ApiError {
  return {
    code: 'directories.socket-path-too-long',
    message: `The socket path ${socketPath} has ${Buffer.byteLength(socketPath)} bytes; the system allows ${MAX_SOCKET_PATH_BYTES}.`,
    remedy: 'Set GANTRY_RUNTIME_DIR to your own directory with a short path, such as /run/user/<uid>/gantry.',
  };
}
