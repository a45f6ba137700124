import type {ApiError, Command} from '../../api/commands.ts';
import type {Event, NewEvent} from '../../api/event-schema.ts';
import {continuedText} from '../../domain/lifecycle/intention/intention-findings.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';

/** Who sent a command: the client's own name and terminal; null where it gave none. */
export type Sender = {readonly client: string | null; readonly terminal: string | null};

/** Outcome of an accepted command that another event ends. */
export const OPEN = 'open';

type CommandEvent = Omit<NewEvent, 'atMs'>;

/** `console root@pts/3`, `cli root@pts/0`, `an API client`. */
export function senderText({client, terminal}: Sender): string {
  const name = client ?? 'an API client';
  return terminal === null ? name : `${name} ${terminal}`;
}

/** An accepted command. `isOpen`: another event ends it; otherwise its goal is reached already. */
export function acceptedEvent(
  command: Command,
  message: string,
  sender: Sender,
  {runId, isOpen}: {readonly runId: string | null; readonly isOpen: boolean},
): CommandEvent {
  const details = {...requestDetails(command, sender), outcome: isOpen ? OPEN : 'done'};
  const text = `${commandLabel(command)} by ${senderText(sender)}. ${message}`;
  return {code: 'command.accepted', severity: 'info', actor: 'operator', message: text, runId, details};
}

/** A refused command, with the reason. */
export function refusedEvent(command: Command, error: ApiError, sender: Sender, runId: string | null): CommandEvent {
  const message = `${commandLabel(command)} by ${senderText(sender)} was refused: ${error.message}`;
  const details = {...requestDetails(command, sender), error: error.code};
  return {code: 'command.refused', severity: 'warning', actor: 'operator', message, runId, details};
}

/** What an earlier supervisor had begun, and this one carries on; null for nothing. */
export function continuedEvent({intention, continuedStep, run}: LifecycleState): CommandEvent | null {
  if (intention === null || continuedStep === null) return null;
  const {verb, cause, by} = intention;
  return {
    code: 'command.continued',
    severity: 'info',
    actor: 'supervisor',
    message: continuedText(intention, continuedStep),
    runId: run?.runId ?? null,
    details: {command: verb, cause, requestedBy: by, step: continuedStep},
  };
}

/** What is known of the sender, for the details of an event. */
export function senderDetails({client, terminal}: Sender): Event['details'] {
  return {...(client === null ? {} : {client}), ...(terminal === null ? {} : {terminal})};
}

/** The request and its sender as plain values; argument lists are omitted because they may contain a secret. */
function requestDetails(command: Command, sender: Sender): Event['details'] {
  return {...senderDetails(sender), command: command.type, ...commandDetails(command)};
}

function commandLabel(command: Command): string {
  switch (command.type) {
    case 'start':
      return 'Start of the engine';
    case 'stop':
      return command.drainMs > 0 ? 'Stop of the engine after draining' : 'Stop of the engine';
    case 'restart':
      return command.lastGood ? 'Restart with the last good settings' : 'Restart of the engine';
    case 'shutdown':
      return 'Shutdown of the supervisor';
  }
}

function commandDetails(command: Command): Event['details'] {
  if (command.type === 'stop') return {drainMs: command.drainMs};
  if (command.type === 'start') return {force: command.force};
  if (command.type === 'shutdown') return {};
  const change: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(command.change)) {
    if (value !== undefined && typeof value !== 'object') change[name] = value;
  }
  const {drainMs, force, lastGood, rollback} = command;
  return {drainMs, force, lastGood, rollback, ...(Object.keys(change).length === 0 ? {} : {change})};
}
