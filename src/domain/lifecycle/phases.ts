import {z} from 'zod';

/** Steps of an engine's start, in the order they usually come; read from the engine's own log. */
export const startPhases = [
  'launch',
  'resolve',
  'download',
  'load-weights',
  'compile',
  'profile',
  'kv-cache',
  'capture-graphs',
  'serve',
] as const;
export const startPhaseSchema = z.enum(startPhases);
export type StartPhase = z.infer<typeof startPhaseSchema>;

/** Lifecycle states of the supervised engine. */
export const engineStateSchema = z.enum([
  'stopped',
  'preflight',
  'starting',
  'ready',
  'degraded',
  'draining',
  'stopping',
  'failed',
  'backing-off',
]);
export type EngineState = z.infer<typeof engineStateSchema>;
