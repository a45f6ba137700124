import {z} from 'zod';
import {settingsChangeSchema} from '../settings/launch-settings.ts';
import {cureSchema} from './cure.ts';
import {checkDetails, detailsSchema} from './details/details.ts';

/** How bad a finding is: `critical` stops or endangers serving, `warning` needs a decision, `info` explains. */
export const severitySchema = z.enum(['critical', 'warning', 'info']);

/** One thing the operator should know, and how to fix it. */
export const findingSchema = z
  .strictObject({
    /** Stable dotted code, e.g. `source.nvidia-smi.driver-not-loaded`. */
    code: z.string(),
    severity: severitySchema,
    /** What happened, with the actual values; one sentence. */
    message: z.string(),
    /** The line, value or file that shows it; null when the message is enough. */
    evidence: z.string().nullable(),
    /** What to do next; one sentence. */
    remedy: z.string(),
    /** Launch settings that fix it, ready for a restart; null when no setting does. */
    settingsChange: settingsChangeSchema.nullable(),
    /** What has to change, by kind, and alternative settings. */
    cure: cureSchema.optional(),
    /** The facts in `message`, by the code's schema in `details/`; absent for codes without. */
    details: detailsSchema.optional(),
    /**
     * In lists of findings: the position of the finding that explains this one, which stands before it. Left out for a
     * cause, and for a finding that nothing explains.
     */
    explainedBy: z.int().nonnegative().optional(),
    /** In snapshots: since when it is present; epoch ms. */
    sinceMs: z.number().optional(),
  })
  .superRefine(checkDetails);
export type Finding = z.infer<typeof findingSchema>;

/** What went wrong and what to do about it, as a finding. */
export function findingOf(
  {code, message, remedy, details}: Pick<Finding, 'code' | 'message' | 'remedy' | 'details'>,
  severity: Finding['severity'],
): Finding {
  const facts = details === undefined ? {} : {details};
  return {code, severity, message, evidence: null, remedy, settingsChange: null, ...facts};
}

/** A finding that returns within this time did not end: sources occasionally fail for a tick. Milliseconds. */
export const RETURNS_WITHIN_MS = 10_000;

/** True for a finding of the GPU source: it says what is wrong with the GPUs at the moment, and ends by itself. */
export function isAboutGpus({code}: Pick<Finding, 'code'>): boolean {
  return code.startsWith('source.nvidia-smi.');
}

/** True for a problem of the GPUs with which every start is refused, unless it is forced. */
export function blocksStarts({code, severity}: Pick<Finding, 'code' | 'severity'>): boolean {
  return severity === 'critical' && isAboutGpus({code});
}
