import type {ConsoleSession} from '../../client/console-data.ts';
import type {Wiring} from '../wiring.ts';
import {ensureKnownSupervisor} from './ensure-supervisor.ts';

const LOOK_MS = 2_000;

/**
 * While a console is open: where the supervisor has gone and an engine is left without one, another is started, that
 * takes the engine over. A supervisor that left because it was idle is let go. Returns the way to end it.
 */
export function keepSupervised(wiring: Wiring, session: Pick<ConsoleSession, 'getData'>): () => void {
  // The console has the screen: whatever there is to say, it says itself.
  const quiet = {...wiring, output: {...wiring.output, isJson: true}};
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking || session.getData().connection.kind !== 'lost') return;
    isLooking = true;
    // Why there is none is on the screen already: the connection's own reason.
    void ensureKnownSupervisor(quiet).finally(() => {
      isLooking = false;
    });
  }, LOOK_MS);
  return () => clearInterval(timer);
}
