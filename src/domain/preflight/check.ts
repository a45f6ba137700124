import {z} from 'zod';
import {type Finding, findingSchema} from '../diagnosis/finding.ts';

/** One check of a start: its name, the result as text, and a finding if there is a problem. */
export const checkSchema = z.strictObject({
  name: z.string(),
  detail: z.string(),
  finding: findingSchema.nullable(),
  /** True if `force` overrides the finding: a judgement that the operator may know better. */
  canForce: z.boolean(),
});
export type Check = Readonly<z.infer<typeof checkSchema>>;

/** How to override a check: for the command line and for the console, which has no flags. */
export const FORCE_REMEDY = 'To start anyway, use gantry up or gantry restart with --force.';

/** A check that `force` overrides. */
export function forceable(name: string, detail: string, finding: Finding | null = null): Check {
  return {name, detail, finding, canForce: true};
}

/** A check that nothing overrides: without it no start can work. */
export function required(name: string, detail: string, finding: Finding | null = null): Check {
  return {name, detail, finding, canForce: false};
}

/** What forbids a start: every critical finding, except those that `force` overrides. The only rule. */
export function blockersOf(checks: readonly Check[], force: boolean): readonly Finding[] {
  return checks.flatMap(({finding, canForce}) =>
    finding?.severity === 'critical' && !(force && canForce) ? [finding] : [],
  );
}
