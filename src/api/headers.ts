/** Header with the client's name, one word: `console`, `gantry`. */
export const CLIENT_HEADER = 'x-gantry-client';

/** Header with the client's terminal: `root@pts/3`, or `root@pid-4242` without one. */
export const TERMINAL_HEADER = 'x-gantry-terminal';

/**
 * Header of a request for the stream of snapshots, `yes` from a client that takes `changes` events. Others get complete
 * snapshots, as all do from an older supervisor.
 */
export const CHANGES_HEADER = 'x-gantry-changes';

/** Header of a document that needs no check by a client of the same build: that of the supervisor that wrote it, see `ownBuild`. */
export const BUILD_HEADER = 'x-gantry-build';

/**
 * Header of `GET /v1/snapshot`: the stamp of the configuration file whose text is in force. Missing while that is unknown, or
 * the file cannot be used.
 */
export const CONFIGURATION_HEADER = 'x-gantry-configuration';

declare const GANTRY_BUILD: string | undefined;

/**
 * Names the sources that this program was built from: programs with the same have the same schemas, and one need not check
 * what another has written. Null for a program that was not built, which has to check everything.
 */
export const ownBuild: string | null = typeof GANTRY_BUILD === 'string' ? GANTRY_BUILD : null;
