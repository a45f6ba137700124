import type {ApiError, Command} from '../../api/commands.ts';
import type {LifecycleEvent, LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {applySettingsChange, type LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {WithoutTime} from './clock.ts';

/** A command for the engine. */
export type EngineCommand = Exclude<Command, {type: 'shutdown'}>;

/** A command that leads to a start. */
export type StartCommand = Exclude<EngineCommand, {type: 'stop'}>;

/** The settings requested by a command; `next` are those of a start that names none. */
export function wantedSettings(
  command: StartCommand,
  {lastGoodSettings}: Pick<LifecycleState, 'lastGoodSettings'>,
  next: LaunchSettings,
): LaunchSettings {
  switch (command.type) {
    case 'start':
      return command.settings ?? applySettingsChange(next, command.change ?? {});
    case 'restart':
      return applySettingsChange(command.lastGood ? (lastGoodSettings ?? next) : next, command.change);
  }
}

/** The error for --last-good if no settings have served yet. */
export function noLastGood(): ApiError {
  return {
    code: 'restart.no-last-good',
    message: 'No settings have served on this node yet. The engine was not changed.',
    remedy: 'Give settings: gantry restart --context N.',
  };
}

/** The lifecycle event of a command that leads to a start with these settings. */
export function startEvent(command: StartCommand, settings: LaunchSettings, by?: string): WithoutTime<LifecycleEvent> {
  const sender = by === undefined ? {} : {by};
  if (command.type === 'start') return {type: 'start-requested', settings, force: command.force, ...sender};
  const {drainMs, force, rollback} = command;
  return {type: 'restart-requested', settings, drainMs, force, rollback, ...sender};
}

/** The error of a start that was cancelled by a stop while it was being judged. */
export function cancelled(): ApiError {
  return {
    code: 'lifecycle.cancelled',
    message: 'A stop was requested while this start was being checked. Nothing was started.',
    remedy: 'Send the command again to start the engine.',
  };
}

/** Why a supervisor that knows an engine does not shut down. */
export function stillNeeded({state}: LifecycleState): ApiError {
  return {
    code: 'supervisor.engine-known',
    message: `The supervisor is managing an engine (${state}), not shutting down.`,
    remedy: 'Stop the engine first: gantry down.',
  };
}
