import type {ApiError} from '../api/commands.ts';
import {isDamage, messageOf} from './open-database.ts';

/** The error of a history that could not be read or written. */
export function failure(what: 'written' | 'read', error: unknown): ApiError {
  return {
    code: isDamage(error) ? 'history.damaged' : `history.not-${what}`,
    message: `The history cannot be ${what}: ${messageOf(error)}.`,
    remedy: isDamage(error)
      ? 'Restart the supervisor: it moves the damaged file aside and creates a new one. The engine keeps running.'
      : 'Free some space in the data directory and check that it is writable. History then continues automatically.',
  };
}
