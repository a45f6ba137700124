import path from 'node:path';
import {type DriverMessage, driverMessages} from '../domain/diagnosis/kernel/driver-messages.ts';
import {isAbsent, type Reading} from '../samples/reading.ts';
import {MS_PER_MINUTE, MS_PER_SECOND} from '../shared/units.ts';
import {DMESG_VARIABLE, readKernelLog} from '../sources/host/kernel-log.ts';
import {every} from './watch/every.ts';

const EVERY_MS = 30 * MS_PER_SECOND;
/** A log that this user may not read is tried again: the right may be given meanwhile. */
const AGAIN_MS = 10 * MS_PER_MINUTE;

/** The kernel's log is read by a program of the system, so not with every sample. */
export type DriverLogOptions = {
  readonly environment: NodeJS.ProcessEnv;
  /** Directory of a simulated node, which has a kernel log of its own; null on a real one. */
  readonly simulatedNode: string | null;
  readonly clock: {readonly nowMs: () => number; readonly monotonicMs: () => number};
  readonly onMessages: (messages: Reading<readonly DriverMessage[]>) => void;
};

/** Reads what the driver writes about the GPUs into the kernel's log, until stopped. Returns the stop function. */
export function followDriverLog({environment, simulatedNode, clock, onMessages}: DriverLogOptions): () => void {
  const programs =
    simulatedNode === null ? environment : {...environment, [DMESG_VARIABLE]: path.join(simulatedNode, 'dmesg')};
  let dueMs = Number.NEGATIVE_INFINITY;
  return every(EVERY_MS, async () => {
    if (clock.monotonicMs() < dueMs) return;
    const nowMs = clock.nowMs();
    const log = await readKernelLog(programs);
    if (isAbsent(log)) dueMs = clock.monotonicMs() + AGAIN_MS;
    onMessages(isAbsent(log) ? log : driverMessages(log, nowMs));
  });
}
