import type {BenchLeaseReply, BenchOwner} from '../../api/bench/bench-requests.ts';
import type {ApiError} from '../../api/commands.ts';
import type {ApiClient} from '../../client/api-client.ts';
import type {BenchTokens} from '../../domain/bench/token-allowance.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {readStartTimeTicks} from '../../supervisor/process/proc-stat.ts';

/** A supervisor that takes over meanwhile knows of the benchmark after this time. */
const RENEW_EVERY_MS = 5_000;

type Client = Pick<ApiClient, 'takeBenchLease'>;

export type HeldLease = {
  /** The most tokens that its requests can have used, with those that are sent now: what the engine counts beyond that is of clients. */
  readonly allow: (most: BenchTokens) => Promise<void>;
  /** Stops renewing; the lease itself ends with this process. */
  readonly release: () => void;
};

/** Whether this process could have the lease, and when the last one ended; an error while another benchmark runs. */
export async function askForLease(client: Client): Promise<Result<BenchLeaseReply, ApiError>> {
  const owner = thisProcess();
  return owner.ok ? await client.takeBenchLease({...owner.value, dryRun: true}) : owner;
}

/**
 * Tells the supervisor that the load of this process is that of a benchmark: from now on tokens of the engine are not of clients, up to
 * `most`. An error while another benchmark runs. `startSupervisor` is called where the supervisor has ended meanwhile: what it does not know
 * of before a load is sent, the next one would book as clients'.
 */
export async function holdLease(
  client: Client,
  most: BenchTokens,
  startSupervisor: () => Promise<unknown>,
): Promise<Result<HeldLease, ApiError>> {
  const owner = thisProcess();
  if (!owner.ok) return owner;
  let mostTokens = most;
  const renew = () => client.takeBenchLease({...owner.value, mostTokens});
  const taken = await renew();
  if (!taken.ok) return taken;
  const renewal = setInterval(() => void renew(), RENEW_EVERY_MS);
  return ok({
    async allow(next) {
      mostTokens = next;
      const renewed = await renew();
      if (renewed.ok || renewed.error.code !== 'supervisor.unavailable') return;
      await startSupervisor();
      await renew();
    },
    release: () => clearInterval(renewal),
  });
}

function thisProcess(): Result<BenchOwner, ApiError> {
  const {pid} = process;
  const startTimeTicks = readStartTimeTicks(pid);
  return startTimeTicks === null ? err(noProc) : ok({pid, startTimeTicks});
}

const noProc: ApiError = {
  code: 'bench.no-process',
  message: 'The start time of this process cannot be read from /proc.',
  remedy: 'Mount /proc, or run the command outside of this container.',
};
