import type {ApiError, CommandInput, CommandReply} from '../../../api/commands.ts';
import type {Snapshot} from '../../../api/snapshot.ts';
import type {ConsoleSession} from '../../../client/console-data.ts';
import {ok, type Result} from '../../../shared/result.ts';
import {senderText} from '../../../supervisor/events/command-events.ts';
import {findNewestIntention} from '../../../supervisor/state-dir/find-intention.ts';
import {readJournal} from '../../../supervisor/state-dir/journal.ts';
import {printProgress} from '../../output.ts';
import {CLIENT_NAME, terminalName} from '../../terminal-name.ts';
import type {Wiring} from '../../wiring.ts';
import {ensureKnownSupervisor} from '../ensure-supervisor.ts';

const LOOK_MS = 2_000;

export type Supervision = {
  /** Why the last attempt to start a supervisor failed; null if none did since one answered. */
  readonly failure: () => string | null;
  readonly end: () => void;
};

/**
 * While a console is open: if the supervisor is gone and an engine still runs, starts a new supervisor that adopts it.
 * One that exited because it was idle is not restarted. `ensure` finds or starts it; after a failure it is tried again.
 */
export function keepSupervised(
  session: Pick<ConsoleSession, 'getData'>,
  ensure: () => Promise<Result<unknown, ApiError>>,
): Supervision {
  let isLooking = false;
  let failure: string | null = null;
  const look = async (): Promise<void> => {
    try {
      const found = await ensure();
      failure = found.ok ? null : found.error.message;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => {
    if (session.getData().connection.kind !== 'lost') failure = null;
    else if (!isLooking) {
      isLooking = true;
      void look();
    }
  }, LOOK_MS);
  return {failure: () => failure, end: () => clearInterval(timer)};
}

/**
 * Sends a command. If the supervisor exits before it has answered, the next one carries it on if it was recorded;
 * otherwise nothing was done about it, and it is sent again, once.
 */
export async function sendCommand(wiring: Wiring, command: CommandInput): Promise<Result<CommandReply, ApiError>> {
  const sentAtMs = Date.now();
  const reply = await wiring.client.sendCommand(command);
  if (reply.ok || reply.error.code !== 'supervisor.unavailable') return reply;
  const revived = await reviveSupervisor(wiring);
  if (!revived.ok) return reply;
  const journal = readJournal(wiring.directories);
  const intention = journal.ok ? (findNewestIntention(journal.value.entries)?.intention ?? null) : null;
  const isOwn = intention?.by === senderText({client: CLIENT_NAME, terminal: terminalName()});
  if (intention === null || !isOwn || intention.requestedAtMs < sentAtMs) return wiring.client.sendCommand(command);
  return ok({accepted: true, message: `The ${intention.verb} was recorded before the supervisor exited.`});
}

/** While a command waits: the supervisor that carries on what it waits for, after the one before has ended. */
export async function reviveSupervisor(wiring: Wiring): Promise<Result<Snapshot, ApiError>> {
  printProgress(wiring.output, 'The supervisor exited before this was finished; another one carries it on.');
  return ensureKnownSupervisor(wiring);
}
