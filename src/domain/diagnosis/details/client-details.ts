import {z} from 'zod';

/** Facts of errors between a client and a supervisor. */
export const clientDetailSchemas = {
  /** Null where the answer does not tell. */
  'supervisor.incompatible': z.strictObject({
    snapshotVersion: z.number().nullable(),
    supervisorVersion: z.string().nullable(),
  }),
} as const;
