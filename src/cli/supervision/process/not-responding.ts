import type {ApiError} from '../../../api/commands.ts';
import {type DetailsOf, withDetails} from '../../../domain/diagnosis/details/details.ts';
import {decimalText} from '../../../shared/quantities/counts.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';

type Facts = DetailsOf<'supervisor.not-responding'>;

const RESTART =
  'Run gantry supervisor restart: it ends this supervisor, with SIGKILL if necessary, and starts a new one. The engine keeps serving: it is not part of the supervisor.';

/** A supervisor that runs and does not answer: what it does instead, and what helps. */
export function notResponding(facts: Facts, socketPath: string): ApiError {
  return {
    ...withDetails('supervisor.not-responding', facts),
    message: `The supervisor (pid ${facts.pid}) does not answer: ${whyOf(facts, socketPath)}.`,
    remedy:
      facts.cause === 'stopped' ? `${RESTART} To continue the stopped one instead: kill -CONT ${facts.pid}.` : RESTART,
  };
}

function whyOf({cause, cores, silentMs}: Facts, socketPath: string): string {
  switch (cause) {
    case 'stopped':
      return 'it was stopped by a signal (SIGSTOP)';
    case 'traced':
      return 'a debugger holds it';
    case 'blocked-in-kernel':
      return `it has been blocked in the kernel for ${secondsText(silentMs)}, usually by a disk or a network file system`;
    case 'computing':
      return `it has been computing without a break for ${secondsText(silentMs)} (${decimalText(cores ?? 0, 1)} cores)`;
    case 'not-listening':
      return `it does not listen on ${socketPath}, although it was asked to for ${secondsText(silentMs)}`;
  }
}
