import {z} from 'zod';
import {readingSchema} from './reading-schema.ts';

/** A coding agent that is searched for on this host, and ends with an error where the context is shorter than it needs. */
export const agentViewSchema = z.object({
  /** Display name: `Hermes Agent`. */
  name: z.string(),
  /** Its configuration file in the home of the supervisor's user, whether it exists or not. */
  file: z.string(),
  neededContextTokens: z.number(),
  /** Whether it sends its requests to this engine; absent if its configuration does not say. */
  isConnected: readingSchema(z.boolean()),
});
export type AgentView = z.infer<typeof agentViewSchema>;
