import {z} from 'zod';
import type {ApiError} from '../api/commands.ts';
import {SNAPSHOT_SCHEMA_VERSION} from '../api/snapshot.ts';
import {withDetails} from '../domain/diagnosis/details/details.ts';

const versionSchema = z.object({schemaVersion: z.number(), supervisor: z.object({version: z.string()}).optional()});

/** An answer that this client version cannot read; has both versions if known. */
export function incompatibleError(answer: unknown, detail: string): ApiError {
  const told = versionSchema.safeParse(answer);
  const theirs = told.success
    ? `snapshot version ${told.data.schemaVersion}${told.data.supervisor === undefined ? '' : ` (Gantry ${told.data.supervisor.version})`}`
    : 'an unknown format';
  return {
    ...withDetails('supervisor.incompatible', {
      snapshotVersion: told.success ? told.data.schemaVersion : null,
      supervisorVersion: told.data?.supervisor?.version ?? null,
    }),
    message: `The supervisor uses ${theirs}, this program reads snapshot version ${SNAPSHOT_SCHEMA_VERSION}: ${detail}`,
    remedy: 'Run gantry supervisor restart: the engine keeps serving.',
  };
}
