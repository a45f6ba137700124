import type {Snapshot} from '../../api/snapshot.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import {applySettingsChange, type SettingsChange} from '../../domain/settings/launch-settings.ts';
import {sameSettings, withoutSecrets} from '../../domain/settings/settings-difference.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';

/**
 * What a start came to. `rolled-back`: its settings failed, and the engine serves with the last good ones.
 * `other-settings`: the engine serves, but a newer command has given it other settings.
 */
export type StartEnd = 'ready' | 'rolled-back' | 'other-settings' | 'not-ready';

/** How an accepted start ended, by a snapshot of a settled engine; `asked`: the settings that its command named. */
export function startEndOf({engine, findings}: Pick<Snapshot, 'engine' | 'findings'>, asked: SettingsChange): StartEnd {
  if (engine.state !== 'ready' || engine.unansweredMs !== null) return 'not-ready';
  if (findings.some(({code}) => code === 'lifecycle.rolled-back')) return 'rolled-back';
  const {settings} = engine;
  // A snapshot has its settings without secrets.
  const isOther = settings !== null && !sameSettings(withoutSecrets(applySettingsChange(settings, asked)), settings);
  return isOther ? 'other-settings' : 'ready';
}

/** 0 only where what was asked for is in force. */
export function exitCodeOfStart(end: StartEnd): ExitCode {
  return end === 'ready' ? exitCodes.done : exitCodes.refused;
}

/** The first line that the command prints. */
export function startEndText(end: StartEnd, engine: Snapshot['engine']): string {
  const endpoint = engine.endpoint ?? '';
  switch (end) {
    case 'ready':
      return `Ready: ${endpoint}`;
    case 'rolled-back':
      return `The new settings failed. The engine serves again with the last good settings: ${endpoint}`;
    case 'other-settings':
      return `The engine serves, but with other settings than requested, by a newer command or a rollback: ${endpoint}`;
    case 'not-ready':
      return `The engine ${engine.state === 'failed' ? 'has failed' : `is ${stateNameOf(engine)}`}.`;
  }
}
