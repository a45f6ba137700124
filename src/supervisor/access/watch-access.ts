import type {EngineAccess} from '../../domain/diagnosis/serving/engine-access.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {isLoopbackAddress} from '../../shared/loopback-address.ts';
import {MS_PER_MINUTE, MS_PER_SECOND} from '../../shared/units.ts';
import {findListeningAddresses} from '../../sources/host/listening-addresses.ts';
import {probeGuard} from '../../sources/probe/probe-guard.ts';
import {every} from '../watch/every.ts';
import {baseUrlOf, type WatchedRun} from '../watch/watched-run.ts';

const TICK_MS = 2 * MS_PER_SECOND;
/** A listing of sockets costs some milliseconds of a CPU. */
const LIST_EVERY_MS = MS_PER_MINUTE;
/** Each request is a line in the engine's log. */
const ASK_EVERY_MS = 10 * MS_PER_MINUTE;
const ASK_TIMEOUT_MS = 5 * MS_PER_SECOND;

type Subject = Pick<WatchedRun, 'settings' | 'engine' | 'clock' | 'state'> & {
  /** Processes of the run. */
  readonly pids: () => Iterable<number>;
  /** Null while what listens is unknown. */
  readonly onAccess: (access: EngineAccess | null) => void;
};

/**
 * Watches who can use a serving engine: the addresses on which it listens, as the system lists them, and whether it answers
 * a request without a key. Both are looked at when it serves, and rarely after that. Returns a stop function.
 */
export function watchAccess(run: RunIdentity, subject: Subject): () => void {
  const {settings, clock, state, pids, onAccess} = subject;
  let seen: EngineAccess | null = null;
  let isStopped = false;
  let listedAtMs = Number.NEGATIVE_INFINITY;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  const stop = every(TICK_MS, async () => {
    const nowMs = clock.monotonicMs();
    if (!isServingState(state().state) || nowMs - listedAtMs < LIST_EVERY_MS) return;
    listedAtMs = nowMs;
    const addresses = await findListeningAddresses(settings.port, [run.pid, ...pids()]);
    const known = seen !== null && seen.addresses.join() === addresses.join() ? seen.guard : 'unknown';
    const isDue = known === 'unknown' || nowMs - askedAtMs >= ASK_EVERY_MS;
    if (isDue) askedAtMs = nowMs;
    const guard = isDue && addresses.length > 0 ? await askGuard(subject, known) : known;
    if (isStopped) return;
    const before = JSON.stringify(seen);
    seen = addresses.length === 0 ? null : accessOf(addresses, settings.port, guard);
    if (JSON.stringify(seen) !== before) onAccess(seen);
  });
  return () => {
    isStopped = true;
    stop();
  };
}

function accessOf(addresses: readonly string[], port: number, guard: EngineAccess['guard']): EngineAccess {
  return {addresses: [...addresses], port, isWide: addresses.some((address) => !isLoopbackAddress(address)), guard};
}

/** What a request without a key shows; what was known before if there is no clear answer. */
async function askGuard(
  {settings, engine}: Pick<Subject, 'settings' | 'engine'>,
  known: EngineAccess['guard'],
): Promise<EngineAccess['guard']> {
  const place = {baseUrl: baseUrlOf(settings), path: engine.paths.guarded};
  const answer = await probeGuard({...place, timeoutMs: ASK_TIMEOUT_MS});
  if (answer === 'unknown') return known;
  return answer === 'key' && engine.partialGuard !== null ? 'partly' : answer;
}
