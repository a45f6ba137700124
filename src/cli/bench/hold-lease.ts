import type {BenchLeaseReply} from '../../api/bench/bench-requests.ts';
import type {ApiError} from '../../api/commands.ts';
import type {ApiClient} from '../../client/api-client.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {readStartTimeTicks} from '../../supervisor/process/proc-stat.ts';

/** A supervisor that takes over meanwhile knows of the benchmark after this time. */
const RENEW_EVERY_MS = 5_000;

/** `release` stops renewing; the lease itself ends with this process. */
export type HeldLease = BenchLeaseReply & {readonly release: () => void};

/** Tells the supervisor that the load of this process is that of a benchmark; an error while another benchmark runs. */
export async function holdLease(client: Pick<ApiClient, 'takeBenchLease'>): Promise<Result<HeldLease, ApiError>> {
  const {pid} = process;
  const startTimeTicks = readStartTimeTicks(pid);
  if (startTimeTicks === null) return err(noProc);
  const taken = await client.takeBenchLease({pid, startTimeTicks});
  if (!taken.ok) return taken;
  const renewal = setInterval(() => void client.takeBenchLease({pid, startTimeTicks}), RENEW_EVERY_MS);
  return ok({...taken.value, release: () => clearInterval(renewal)});
}

const noProc: ApiError = {
  code: 'bench.no-process',
  message: 'The start time of this process cannot be read from /proc.',
  remedy: 'Mount /proc, or run the command outside of this container.',
};
