import {z} from 'zod';
import {severitySchema} from '../domain/diagnosis/finding.ts';

/** Version of the event document; increased when a field changes its meaning or is removed. */
export const EVENTS_SCHEMA_VERSION = 1;

/**
 * The actor: a person through console, command or API; the restart policy; the engine; the supervisor while executing a
 * command; or the host.
 */
export const eventActors = ['operator', 'policy', 'engine', 'supervisor', 'host'] as const;
export const eventActorSchema = z.enum(eventActors);
export type EventActor = z.infer<typeof eventActorSchema>;

const detailSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Something that happened. `docs/events.md` lists the codes. */
export const eventSchema = z.object({
  /** Increases with every event of one history. */
  id: z.number(),
  /** Wall clock. */
  atMs: z.number(),
  /** Stable dotted code, e.g. `engine.ready`. */
  code: z.string(),
  severity: severitySchema,
  actor: eventActorSchema,
  /** What happened and why, in one sentence. */
  message: z.string(),
  /** The affected run; null if none. */
  runId: z.string().nullable(),
  /** Small related values: an exit status, the client's name, changed settings. */
  details: z.record(z.string(), z.union([detailSchema, z.record(z.string(), detailSchema)])),
});
export type Event = z.infer<typeof eventSchema>;
/** An event without a number yet. */
export type NewEvent = Omit<Event, 'id'>;

/** `GET /v1/events?sinceMs=N&limit=N&kind=state`, and each `events` event of the stream: the newest of them, oldest first. */
export const eventsSchema = z.object({
  schemaVersion: z.literal(EVENTS_SCHEMA_VERSION),
  events: z.array(eventSchema),
});
export type Events = z.infer<typeof eventsSchema>;

/** What a selection of events can be about; `state` is what the engine was, as `statePeriods` reads it. */
export const eventKinds = ['state'] as const;
export type EventKind = (typeof eventKinds)[number];

/** Selection of events. */
export type EventsQuery = {
  /**
   * Only events of this kind. Of `state` are those of the engine, each start of a supervisor with the event before it, and the
   * last change of state before `sinceMs`, because it says what the engine was then.
   */
  readonly kind?: EventKind | undefined;
  /** Wall clock: none before it. */
  readonly sinceMs: number;
  /** The newest so many. */
  readonly limit: number;
};

/** Most events per request: as many as are kept. */
export const MAX_EVENTS = 10_000;
