import {createHmac, randomBytes} from 'node:crypto';
import {z} from 'zod';
import {
  type EnvironmentDifference,
  environmentDifference,
  isDecisiveVariable,
  OTHER_ENVIRONMENT,
  otherEnvironmentFinding,
  type ReportedDifference,
} from '../../domain/preflight/environment-difference.ts';
import type {Observation} from '../snapshot/observation.ts';

const SALT_BYTES = 16;
/** Of a digest, in hexadecimal digits: two values are never the same by chance. */
const DIGEST_LENGTH = 24;

/** The variables that can decide a start, with digests in place of values; another salt gives other digests. */
export const environmentRecordSchema = z.object({salt: z.string(), digests: z.record(z.string(), z.string())});
export type EnvironmentRecord = Readonly<z.infer<typeof environmentRecordSchema>>;

type Variables = Readonly<Record<string, string | undefined>>;

/** What is recorded of the environment in which an engine is started. */
export function recordEnvironment(variables: Variables): EnvironmentRecord {
  const salt = randomBytes(SALT_BYTES).toString('hex');
  return {salt, digests: digestsOf(variables, salt)};
}

/** How an environment differs from a recorded one; null if it does not, or if there is no record. */
export function differenceFrom(recorded: EnvironmentRecord | null, variables: Variables): EnvironmentDifference | null {
  return recorded === null ? null : environmentDifference(recorded.digests, digestsOf(variables, recorded.salt));
}

/** What is reported of a run with this difference. */
export function environmentObservation(reported: ReportedDifference | null): Observation {
  if (reported === null) return {type: 'own-finding-resolved', topic: OTHER_ENVIRONMENT};
  return {type: 'own-finding', finding: otherEnvironmentFinding(reported)};
}

function digestsOf(variables: Variables, salt: string): EnvironmentRecord['digests'] {
  const decisive = Object.entries(variables).filter(([name, value]) => value !== undefined && isDecisiveVariable(name));
  return Object.fromEntries(
    decisive
      .map(([name, value = '']) => [name, digest(salt, name, value)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The name is part of it: two variables with the same value have different digests. */
function digest(salt: string, name: string, value: string): string {
  return createHmac('sha256', salt).update(`${name}\0${value}`).digest('hex').slice(0, DIGEST_LENGTH);
}
