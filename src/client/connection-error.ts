import {z} from 'zod';
import type {ApiError} from '../api/commands.ts';
import {SNAPSHOT_SCHEMA_VERSION} from '../api/snapshot.ts';
import {withDetails} from '../domain/diagnosis/details/details.ts';

/** Thrown into a request that took too long, to be told from other ends of a connection. */
export class SilenceError extends Error {}

/** What the end of a connection means to the operator. */
export function connectionError(socketPath: string, error: Error): ApiError {
  const code = 'code' in error ? String(error.code) : '';
  if (error instanceof SilenceError) {
    return {
      code: 'supervisor.timeout',
      message: `The supervisor on ${socketPath} ${error.message}.`,
      remedy:
        'Try again; if it stays silent, end it with SIGTERM: engines survive it, and the next command starts a new one.',
    };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      code: 'supervisor.no-permission',
      message: `The socket ${socketPath} belongs to somebody else.`,
      remedy: 'Run gantry as the user who started the supervisor.',
    };
  }
  return {
    code: 'supervisor.unavailable',
    message: `No supervisor answers on ${socketPath} (${code === '' ? error.message : code}).`,
    remedy: 'Start the engine with gantry up, open the console with gantry, or try gantry demo.',
  };
}

const versionSchema = z.object({schemaVersion: z.number(), supervisor: z.object({version: z.string()}).optional()});

/** An answer that is not what this version of the client reads; says both versions where the answer tells. */
export function incompatibleError(answer: unknown, detail: string): ApiError {
  const told = versionSchema.safeParse(answer);
  const theirs = told.success
    ? `snapshot version ${told.data.schemaVersion}${told.data.supervisor === undefined ? '' : ` (Gantry ${told.data.supervisor.version})`}`
    : 'something else';
  return {
    ...withDetails('supervisor.incompatible', {
      snapshotVersion: told.success ? told.data.schemaVersion : null,
      supervisorVersion: told.data?.supervisor?.version ?? null,
    }),
    message: `The supervisor speaks ${theirs}, this program reads snapshot version ${SNAPSHOT_SCHEMA_VERSION}: ${detail}`,
    remedy: 'End the old supervisor with SIGTERM (engines survive it) and run the command again.',
  };
}
