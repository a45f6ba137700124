import {z} from 'zod';
import {engineFailure, isCode} from '../code-pattern.ts';
import {cardDetailSchemas} from './card-details.ts';
import {clientDetailSchemas} from './client-details.ts';
import {collectiveDetailSchemas} from './collective-details.ts';
import {configurationDetailSchemas} from './configuration-details.ts';
import {launchDetailSchemas} from './launch-details.ts';
import {planDetailSchemas} from './plan-details.ts';
import {processDetailSchemas} from './process-details.ts';
import {runDetailSchemas} from './run-details.ts';
import {servingDetailSchemas} from './serving-details.ts';

const schemas = {
  ...cardDetailSchemas,
  ...clientDetailSchemas,
  ...collectiveDetailSchemas,
  ...configurationDetailSchemas,
  ...launchDetailSchemas,
  ...planDetailSchemas,
  ...processDetailSchemas,
  ...runDetailSchemas,
  ...servingDetailSchemas,
} as const;
type Facts = {readonly [C in keyof typeof schemas]: z.output<(typeof schemas)[C]>};

/** A code whose findings carry facts; `*.name` for the failure of that name of any engine. */
export type DetailedCode = keyof Facts;

/** The facts of one code: bytes, milliseconds, pids, keys of settings; never prose. */
export type DetailsOf<C extends DetailedCode> = Facts[C];

/** The shape of the facts behind a finding or an error, by its code. Codes that are not here have none. */
export const detailSchemas: {readonly [C in DetailedCode]: z.ZodType<Facts[C]>} = schemas;

/** Facts as findings and errors carry them: `withDetails` alone makes them, `detailsOf` reads them. */
export const detailsSchema = z.record(z.string(), z.json()).brand<'details'>();
export type Details = z.output<typeof detailsSchema>;

type Subject = {readonly code: string; readonly details?: Details | undefined};

/** A code with its facts, to be spread into a finding or an error. A wrong shape does not compile. */
export function withDetails<C extends DetailedCode>(
  code: C,
  details: DetailsOf<C>,
): {readonly code: C; readonly details: Details} {
  return {code, details: detailsSchema.parse(details)};
}

/** The facts of a finding or an error of this code; null for another code, or where they were not stated. */
export function detailsOf<C extends DetailedCode>(subject: Subject, code: C): DetailsOf<C> | null {
  if (!isCode(subject.code, code) || subject.details === undefined) return null;
  const parsed = detailSchemas[code].safeParse(subject.details);
  return parsed.success ? parsed.data : null;
}

/** For documents from outside: facts of a known code have the shape of that code. */
export function checkDetails(subject: Subject, context: z.RefinementCtx): void {
  const {code, details} = subject;
  const key = isDetailed(code) ? code : (engineFailure(code) ?? code);
  if (details === undefined || !isDetailed(key)) return;
  for (const issue of detailSchemas[key].safeParse(details).error?.issues ?? []) {
    context.addIssue({code: 'custom', path: ['details', ...issue.path], message: issue.message});
  }
}

function isDetailed(code: string): code is DetailedCode {
  return Object.hasOwn(detailSchemas, code);
}
