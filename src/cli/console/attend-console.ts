import type {ConsoleSession} from '../../client/console-data.ts';
import {followCommandConfiguration} from '../follow-command-configuration.ts';
import {withCommandFindings} from '../supervision/command-findings.ts';
import {ensureKnownSupervisor} from '../supervision/ensure-supervisor.ts';
import {ownVersion} from '../supervision/own-version.ts';
import {keepSupervised} from '../supervision/process/revive-supervisor.ts';
import {type Wiring, wire} from '../wiring.ts';
import {withStartFailure} from './lost-reason.ts';

/** What goes with an open console. */
export type Attended = {
  /** With what is wrong with the configuration of this command among its findings, and why no new supervisor started. */
  readonly session: ConsoleSession;
  /** Ends everything except the session. */
  readonly end: () => void;
};

/** Follows the configuration of this command, and starts a new supervisor for an engine whose supervisor is gone. */
export function attendConsole(wiring: Wiring, connected: ConsoleSession): Attended {
  const own = followCommandConfiguration(wiring);
  // The console owns the screen: nothing is printed.
  const quiet = {...wiring, output: {...wiring.output, isJson: true}};
  const supervision = keepSupervised(connected, () => ensureKnownSupervisor(quiet));
  return {
    session: withStartFailure(withCommandFindings(connected, own.current), supervision.failure),
    end() {
      supervision.end();
      own.stop();
    },
  };
}

/** The same for a console that was opened without reading a configuration; null where that is invalid by now. */
export async function attendQuickConsole(connected: ConsoleSession): Promise<Attended | null> {
  const wiring = await wire({json: false, version: ownVersion()}, process.env, 'supervisor');
  return wiring.ok ? attendConsole(wiring.value, connected) : null;
}
