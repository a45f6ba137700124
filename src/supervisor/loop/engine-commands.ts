import {type ApiError, type Command, refusalOf} from '../../api/commands.ts';
import type {LifecycleEvent, LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {applySettingsChange, type LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {isPresent} from '../../samples/reading.ts';
import {doesNotFit} from '../launch/preflight.ts';
import type {Observer} from '../snapshot/observer.ts';
import type {WithoutTime} from './without-time.ts';

/** A command about the engine. */
export type EngineCommand = Exclude<Command, {type: 'shutdown'}>;

/** The settings a command asks for; null for a stop. */
export function wantedSettings(
  command: EngineCommand,
  state: LifecycleState,
  configured: LaunchSettings,
): LaunchSettings | null {
  const known = state.settings ?? state.lastGoodSettings ?? configured;
  switch (command.type) {
    case 'stop':
      return null;
    case 'start':
      return command.settings ?? known;
    case 'restart':
      return applySettingsChange(command.lastGood ? (state.lastGoodSettings ?? known) : known, command.change);
  }
}

/** Why these settings are refused before anything is touched, above all a running engine; null when they are not. */
export function refuseUnfit(
  command: EngineCommand,
  settings: LaunchSettings | null,
  observer: Observer,
): ApiError | null {
  if (command.type === 'stop' || settings === null || command.force) return null;
  const plan = observer.preview(settings);
  if (!isPresent(plan) || plan.verdict !== 'does-not-fit') return null;
  return refusalOf(doesNotFit(plan));
}

/** Of a restart with settings that nothing can be planned of, while the engine serves. */
export function unplannable(reason: string): ApiError {
  return {
    code: 'restart.no-plan',
    message: `No plan can be made of these settings: ${reason}. The engine was not touched.`,
    remedy: 'Correct the settings, or restart all the same with --force.',
  };
}

/** Of a restart with the last good settings where no settings have ever served. */
export function noLastGood(): ApiError {
  return {
    code: 'restart.no-last-good',
    message: 'No settings have served on this node yet. The engine was not touched.',
    remedy: 'Name the settings: gantry restart --context N.',
  };
}

/** The lifecycle event of a command. */
export function eventOf(command: EngineCommand, settings: LaunchSettings | null): WithoutTime<LifecycleEvent> {
  if (command.type === 'stop') return {type: 'stop-requested', drainMs: command.drainMs};
  if (settings === null) throw new Error(`${command.type} without settings`);
  if (command.type === 'start') return {type: 'start-requested', settings, force: command.force};
  const {drainMs, force, rollback} = command;
  return {type: 'restart-requested', settings, drainMs, force, rollback};
}
