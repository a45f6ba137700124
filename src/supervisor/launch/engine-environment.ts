import {z} from 'zod';
import {
  type EnvironmentDifference,
  environmentDifference,
  isDecisiveVariable,
  OTHER_ENVIRONMENT,
  otherEnvironmentFinding,
  type ReportedDifference,
} from '../../domain/preflight/environment-difference.ts';
import type {ValueDigests} from '../access/value-digests.ts';
import type {Observation} from '../snapshot/observation.ts';

/** The variables that can decide a start, with digests in place of values. An older version had a salt with them. */
export const environmentRecordSchema = z.strictObject({digests: z.record(z.string(), z.string())});
export type EnvironmentRecord = Readonly<z.infer<typeof environmentRecordSchema>>;

type Variables = Readonly<Record<string, string | undefined>>;

/** What is recorded of the environment in which an engine is started. */
export function recordEnvironment(variables: Variables, digests: ValueDigests): EnvironmentRecord {
  const decisive = Object.entries(variables).filter(([name, value]) => value !== undefined && isDecisiveVariable(name));
  return {
    digests: Object.fromEntries(
      decisive
        .map(([name, value = '']) => [name, digests.of(name, value)] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

/** How an environment differs from a recorded one; null if it does not, and if there is no record that can be compared. */
export function differenceFrom(
  recorded: EnvironmentRecord | null,
  variables: Variables,
  digests: ValueDigests,
): EnvironmentDifference | null {
  if (recorded === null || !Object.values(recorded.digests).every(digests.isComparable)) return null;
  return environmentDifference(recorded.digests, recordEnvironment(variables, digests).digests);
}

/** What is reported of a run with this difference. */
export function environmentObservation(reported: ReportedDifference | null): Observation {
  if (reported === null) return {type: 'own-finding-resolved', topic: OTHER_ENVIRONMENT};
  return {type: 'own-finding', finding: otherEnvironmentFinding(reported)};
}
