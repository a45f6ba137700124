import {z} from 'zod';
import {type Finding, findingSchema} from '../diagnosis/finding.ts';

/** One check of a start by name: what was found, and a finding where something is to be said. */
export const checkSchema = z.strictObject({
  name: z.string(),
  detail: z.string(),
  finding: findingSchema.nullable(),
  /** True for a judgement, which an operator may know better: `force` starts all the same. */
  canForce: z.boolean(),
});
export type Check = Readonly<z.infer<typeof checkSchema>>;

/** A check of something that the operator may judge otherwise: `force` overrides it. */
export function forceable(name: string, detail: string, finding: Finding | null = null): Check {
  return {name, detail, finding, canForce: true};
}

/** A check of something without which no start can work. */
export function required(name: string, detail: string, finding: Finding | null = null): Check {
  return {name, detail, finding, canForce: false};
}

/** What forbids a start: every critical finding, but for judgements that `force` overrides. The only rule there is. */
export function blockersOf(checks: readonly Check[], force: boolean): readonly Finding[] {
  return checks.flatMap(({finding, canForce}) =>
    finding?.severity === 'critical' && !(force && canForce) ? [finding] : [],
  );
}
