import type {ApiError} from '../../api/commands.ts';
import {type Finding, findingOf} from '../../domain/diagnosis/finding.ts';
import type {Observation, Observe} from './observation.ts';
import type {Observations} from './observations.ts';

/** Problems of the supervisor itself, each by a topic; the code is the topic if none is given. */
export type OwnFindings = {
  readonly add: (error: ApiError, topic?: string) => void;
  /** Nothing is wrong with it, or no longer. */
  readonly resolve: (topic: string) => void;
};

/** Adds and withdraws findings among the observations. */
export function createOwnFindings(observe: Observe): OwnFindings {
  return {
    add: (error, topic = error.code) => observe({type: 'own-finding', finding: warningOf(error), topic}),
    resolve: (topic) => observe({type: 'own-finding-resolved', topic}),
  };
}

/** An error that does not stop anything, as a finding. */
export function warningOf(error: ApiError): Finding {
  return findingOf(error, 'warning');
}

/** The topic of the processes of the engine's session. */
export const SESSION_UNREAD = 'supervisor.session-unread';

/** The processes of the engine's session cannot be distinguished from others. */
export function sessionUnread(error: unknown): ApiError {
  return {
    code: SESSION_UNREAD,
    message: `The engine's processes cannot be listed: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Check that /proc is mounted.',
  };
}

/** The observed state with a problem of the supervisor itself, or without it. */
export function afterOwnFinding(
  seen: Observations,
  observation: Extract<Observation, {type: 'own-finding' | 'own-finding-resolved'}>,
): Observations {
  if (observation.type === 'own-finding') {
    const {finding, topic = finding.code} = observation;
    return {...seen, ownFindings: {...seen.ownFindings, [topic]: finding}};
  }
  if (seen.ownFindings[observation.topic] === undefined) return seen;
  const {[observation.topic]: _, ...ownFindings} = seen.ownFindings;
  return {...seen, ownFindings};
}
