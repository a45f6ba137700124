import {z} from 'zod';
import {lastingText} from '../../shared/quantities/durations.ts';

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

/** True if a start in phase `present` is in phase `wanted` or in a later one. */
export function hasReached(present: StartPhase | null, wanted: StartPhase): boolean {
  return present !== null && startPhases.indexOf(present) >= startPhases.indexOf(wanted);
}

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

/** True while an engine in this state answers requests. */
export function isServingState(state: EngineState): boolean {
  return state === 'ready' || state === 'degraded' || state === 'draining';
}

/** Start phases as shown: a phase's id is for JSON alone. */
export const phaseNames: Readonly<Record<StartPhase, string>> = {
  launch: 'Launching',
  resolve: 'Reading the model configuration',
  download: 'Downloading the model',
  'load-weights': 'Loading weights',
  compile: 'Compiling',
  profile: 'Measuring memory',
  'kv-cache': 'Setting up the KV cache',
  'capture-graphs': 'Capturing CUDA graphs',
  serve: 'Opening the API',
};

/** A phase within a sentence: `loading weights`. */
export function phaseInSentence(phase: StartPhase): string {
  const name = phaseNames[phase];
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

/** States as shown: `The engine is waiting to restart`. */
export const stateNames: Readonly<Record<EngineState, string>> = {
  stopped: 'stopped',
  preflight: 'checking',
  starting: 'starting',
  ready: 'ready',
  degraded: 'not generating',
  draining: 'draining',
  stopping: 'stopping',
  failed: 'failed',
  'backing-off': 'waiting to restart',
};

/** What decides the name of an engine's state. */
export type ShownState = {
  readonly state: EngineState;
  readonly unansweredMs: number | null;
  readonly isUnansweredAtLeast?: true | undefined;
};

/** True while an engine serves and generates nothing, or answers nothing. */
export function isTroubled({state, unansweredMs}: Pick<ShownState, 'state' | 'unansweredMs'>): boolean {
  return state === 'degraded' || (isServingState(state) && unansweredMs !== null);
}

/**
 * What the engine is for an operator: `starting` from the checks before a start until it is ready, `degraded` while it
 * generates or answers nothing, `failed` until it is started again, `stopped` also while it stops.
 */
export type EngineSituation = 'starting' | 'serving' | 'degraded' | 'failed' | 'stopped';

/** The states of an engine as an operator tells them apart. */
export function situationOf(shown: Pick<ShownState, 'state' | 'unansweredMs'>): EngineSituation {
  switch (shown.state) {
    case 'ready':
    case 'degraded':
    case 'draining':
      return isTroubled(shown) ? 'degraded' : 'serving';
    case 'preflight':
    case 'starting':
      return 'starting';
    case 'failed':
    case 'backing-off':
      return 'failed';
    case 'stopping':
    case 'stopped':
      return 'stopped';
  }
}

/** The state as shown: an engine that responds to nothing is never called ready. */
export function stateNameOf({state, unansweredMs, isUnansweredAtLeast}: ShownState): string {
  if (unansweredMs === null) return stateNames[state];
  const silent = `not answering for ${lastingText(unansweredMs, isUnansweredAtLeast === true)}`;
  return state === 'draining' ? `${stateNames.draining}, ${silent}` : silent;
}

/** Since when a run has been in a state, as it is stored: the next supervisor of the run continues from it. Epoch ms. */
export const keptStateSchema = z
  .object({
    state: engineStateSchema,
    sinceMs: z.number(),
    /** When it was stored; left out by older versions. */
    atMs: z.number().optional(),
    /** Of the host, since its boot, when it was stored; left out by older versions. */
    uptimeMs: z.number().optional(),
  })
  .readonly();
export type StoredState = z.infer<typeof keptStateSchema>;
export type KeptState = Pick<StoredState, 'state' | 'sinceMs'>;
