import type {ApiError} from '../api/commands.ts';
import {ForeignSocketError} from './socket-owner.ts';
import {VerdictError} from './watch-silence.ts';

/** Thrown into a request that timed out, to distinguish it from other connection errors. */
export class SilenceError extends Error {}

/** The error for the operator when a connection ends. */
export function connectionError(socketPath: string, error: Error): ApiError {
  if (error instanceof VerdictError) return error.verdict;
  const code = 'code' in error ? String(error.code) : '';
  if (error instanceof SilenceError) {
    return {
      code: 'supervisor.timeout',
      message: `The supervisor on ${socketPath} ${error.message}.`,
      remedy: 'Try again. If it still does not answer, run gantry supervisor restart: the engine keeps serving.',
    };
  }
  if (error instanceof ForeignSocketError) {
    return {
      code: 'supervisor.foreign-socket',
      message: `${error.message}; nothing was sent to it.`,
      remedy:
        'Find out who made it, and remove it. Or set GANTRY_RUNTIME_DIR to a directory of your own to use another socket.',
    };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      code: 'supervisor.no-permission',
      message: `The socket ${socketPath} belongs to another user.`,
      remedy: 'Run gantry as the user who started the supervisor.',
    };
  }
  return {
    code: 'supervisor.unavailable',
    message: `No supervisor answers on ${socketPath} (${code === '' ? error.message : code}).`,
    remedy: 'Start an engine with gantry up, open the console with gantry, or try gantry demo.',
  };
}
