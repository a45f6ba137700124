import {z} from 'zod';
import {severitySchema} from '../domain/diagnosis/finding.ts';

/** Version of the event document; raised when a field changes its meaning or goes. */
export const EVENTS_SCHEMA_VERSION = 1;

/**
 * By whom it happened: a person through console, command or API; the restart policy; the engine itself; the supervisor
 * in the course of what was asked of it; or the host below them all.
 */
export const eventActors = ['operator', 'policy', 'engine', 'supervisor', 'host'] as const;
export const eventActorSchema = z.enum(eventActors);
export type EventActor = z.infer<typeof eventActorSchema>;

const detailSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Something that happened. `docs/events.md` lists the codes. */
export const eventSchema = z.object({
  /** Rises with every event of one history. */
  id: z.number(),
  /** Wall clock. */
  atMs: z.number(),
  /** Stable dotted code, e.g. `engine.ready`. */
  code: z.string(),
  severity: severitySchema,
  actor: eventActorSchema,
  /** What happened and why, in one sentence. */
  message: z.string(),
  /** The run it happened to; null where it was none. */
  runId: z.string().nullable(),
  /** Small values that belong to it: an exit status, the client's name, settings that changed. */
  details: z.record(z.string(), z.union([detailSchema, z.record(z.string(), detailSchema)])),
});
export type Event = z.infer<typeof eventSchema>;
/** An event that has no number yet. */
export type NewEvent = Omit<Event, 'id'>;

/** `GET /v1/events?sinceMs=N&limit=N`, and each `events` event of the stream: the newest of them, oldest first. */
export const eventsSchema = z.object({
  schemaVersion: z.literal(EVENTS_SCHEMA_VERSION),
  events: z.array(eventSchema),
});
export type Events = z.infer<typeof eventsSchema>;

/** Which events are asked for. */
export type EventsQuery = {
  /** Wall clock: none before it. */
  readonly sinceMs: number;
  /** The newest so many. */
  readonly limit: number;
};

/** Most events one request may ask for: as many as are kept. */
export const MAX_EVENTS = 10_000;

/** Header by which a client says who it is, in one word: `console`, `gantry`. */
export const CLIENT_HEADER = 'x-gantry-client';
