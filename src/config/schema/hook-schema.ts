import {z} from 'zod';
import {processText} from '../../domain/settings/launch-settings.ts';

const DEFAULT_TIMEOUT_SECONDS = 10;
const MOST_TIMEOUT_SECONDS = 300;

/** The form of a hook, for error messages. */
export const HOOK_FORM =
  'A hook is {on: [codes], command: [program, arguments]} or {on: [codes], url: URL}; see docs/events.md.';

const hookSchema = z
  .strictObject({
    on: z
      .array(z.string().regex(/^[a-z0-9.*-]+$/, 'an event code such as engine.failed, or a pattern such as engine.*'))
      .min(1)
      .describe('Event codes, or patterns with * for any characters: a list.'),
    command: z
      .array(processText.min(1))
      .min(1)
      .nullable()
      .default(null)
      .describe('Program and arguments, a list, run without a shell; the event is passed as JSON on standard input.'),
    url: z
      .url({protocol: /^https?$/, error: 'an http or https address'})
      .nullable()
      .default(null)
      .describe('URL that receives the event as the body of a POST.'),
    timeoutSeconds: z
      .number()
      .positive()
      .max(MOST_TIMEOUT_SECONDS)
      .default(DEFAULT_TIMEOUT_SECONDS)
      .describe('How long one run may take, in seconds.'),
  })
  .refine(({command, url}) => (command === null) !== (url === null), 'either a command or a url, and not both,');

/** What runs when events happen. */
export const hooksSchema = z
  .array(hookSchema)
  .default([])
  .describe('Commands and webhooks that run when events happen, {on, command | url, timeoutSeconds}: a list.');
