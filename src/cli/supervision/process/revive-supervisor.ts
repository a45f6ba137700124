import type {ConsoleSession} from '../../../client/console-data.ts';
import type {Wiring} from '../../wiring.ts';
import {ensureKnownSupervisor} from '../ensure-supervisor.ts';

const LOOK_MS = 2_000;

/**
 * While a console is open: if the supervisor is gone and an engine still runs, starts a new supervisor that adopts it.
 * One that exited because it was idle is not restarted. Returns a stop function.
 */
export function keepSupervised(wiring: Wiring, session: Pick<ConsoleSession, 'getData'>): () => void {
  // The console owns the screen: no output from here.
  const quiet = {...wiring, output: {...wiring.output, isJson: true}};
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking || session.getData().connection.kind !== 'lost') return;
    isLooking = true;
    // The screen already shows the reason: that of the connection.
    void ensureKnownSupervisor(quiet).finally(() => {
      isLooking = false;
    });
  }, LOOK_MS);
  return () => clearInterval(timer);
}
