import type {ApiError} from '../../api/commands.ts';
import {type Finding, findingOf} from '../../domain/diagnosis/finding.ts';
import type {Observe} from './observation.ts';

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
