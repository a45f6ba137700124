import {z} from 'zod';
import {settingOriginsSchema} from '../domain/configuration/launch-base.ts';
import {checkDetails, detailsSchema} from '../domain/diagnosis/details/details.ts';
import type {Finding} from '../domain/diagnosis/finding.ts';
import {launchSettingsSchema, settingsChangeSchema} from '../domain/settings/launch-settings.ts';

/**
 * Start the engine. Without settings: the configured ones, except for what flags, commands and fixes set for the last
 * launch, with `change`. `force` overrides failed checks where possible.
 */
export const startCommandSchema = z.strictObject({
  type: z.literal('start'),
  settings: launchSettingsSchema.optional(),
  /** Where each of these settings came from; what is left out comes from this command. */
  origins: settingOriginsSchema.optional(),
  /** Some settings changed, of a start without settings. */
  change: settingsChangeSchema.optional(),
  force: z.boolean().default(false),
});

/** Stop, then start as a start without settings would, with some settings changed. */
export const restartCommandSchema = z.strictObject({
  type: z.literal('restart'),
  change: settingsChangeSchema.default({}),
  drainMs: z.int().nonnegative().default(0),
  force: z.boolean().default(false),
  /** Start from the last settings that served, instead of the current ones. */
  lastGood: z.boolean().default(false),
  /** Return to the last good settings if the new ones do not become ready. */
  rollback: z.boolean().default(false),
});

/** Commands for the supervisor. Accepted means started, not finished: progress is in snapshots. */
export const commandSchema = z.discriminatedUnion('type', [
  startCommandSchema,
  /** Stop the engine: drain up to `drainMs`, then stop its processes. */
  z.strictObject({type: z.literal('stop'), drainMs: z.int().nonnegative().default(0)}),
  restartCommandSchema,
  /** Stop the supervisor itself; refused while it manages an engine. */
  z.strictObject({type: z.literal('shutdown')}),
]);
export type Command = z.infer<typeof commandSchema>;
export type CommandInput = z.input<typeof commandSchema>;

const reasonFields = {
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  /** The facts in `message`, by code; absent for codes without. */
  details: detailsSchema.optional(),
};

/** An error as the API and every `--json` print it. */
export const apiErrorSchema = z
  .object({
    ...reasonFields,
    /** Further reasons why a command is refused, in the same form; absent if there are none. */
    others: z.array(z.object(reasonFields).superRefine(checkDetails)).optional(),
  })
  .superRefine(checkDetails);
export type ApiError = z.infer<typeof apiErrorSchema>;

/** A finding that refuses a command. */
export function refusalOf({code, message, remedy, details}: Finding): ApiError {
  return {code, message, remedy, ...(details === undefined ? {} : {details})};
}

export const commandReplySchema = z.discriminatedUnion('accepted', [
  z.object({
    accepted: z.literal(true),
    message: z.string(),
    /** Number of its `command.accepted` event; the event that ends it has the same `details.commandId`. */
    commandId: z.number().optional(),
  }),
  z.object({accepted: z.literal(false), error: apiErrorSchema}),
]);
export type CommandReply = z.infer<typeof commandReplySchema>;
