import {z} from 'zod';
import {shownValueSchema} from '../../configuration/configured-value.ts';

const keyOfConfiguration = z.string();

const unusableFile = z.strictObject({
  /** Why the file cannot be used: the code of the error. */
  reason: z.string(),
  file: z.string(),
  /** Counted from 1; null where the file as a whole cannot be read. */
  line: z.int().positive().nullable(),
  column: z.int().positive().nullable(),
});

/** Facts of findings about the configuration. */
export const configurationDetailSchemas = {
  'configuration.differs': z.strictObject({
    differences: z.array(
      z.strictObject({
        key: keyOfConfiguration,
        /** Of the running engine. */
        current: shownValueSchema,
        /** Of the configuration. */
        requested: shownValueSchema,
        /** `FILE:LINE:COLUMN` or the variable that sets it; null for the default. */
        place: z.string().nullable(),
      }),
    ),
    /** Whether a restart that takes the configuration would be accepted now. */
    restart: z.discriminatedUnion('verdict', [
      z.strictObject({verdict: z.literal('unchecked')}),
      z.strictObject({verdict: z.literal('accepted')}),
      /** The codes of everything that blocks it. */
      z.strictObject({verdict: z.literal('refused'), blockers: z.array(z.string()).min(1)}),
    ]),
  }),
  'configuration.not-in-force': unusableFile,
  'configuration.prices-not-in-force': unusableFile,
  'configuration.billed-later': z.strictObject({
    /** As it is written. */
    billedSince: z.string(),
    /** `FILE:LINE:COLUMN` or the variable that sets it. */
    place: z.string().nullable(),
  }),
  'configuration.overridden': z.strictObject({
    overridden: z.array(
      z.strictObject({
        key: keyOfConfiguration,
        /** In force. */
        current: shownValueSchema,
        /** Of the file. */
        requested: shownValueSchema,
        place: z.string(),
        /** What comes before the file. */
        overriddenBy: z.string(),
      }),
    ),
  }),
  'configuration.unused': z.strictObject({
    /** Of the command. */
    file: z.string(),
    supervisorFile: z.string(),
    supervisorPid: z.int(),
    unused: z.array(
      z.strictObject({
        key: keyOfConfiguration,
        /** Of the supervisor. */
        current: shownValueSchema,
        /** Of the command. */
        requested: shownValueSchema,
        /** `FILE:LINE:COLUMN` or the variable that sets it; null for the default. */
        place: z.string().nullable(),
      }),
    ),
  }),
} as const;
