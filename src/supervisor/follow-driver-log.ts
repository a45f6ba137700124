import {type DriverMessage, driverMessages} from '../domain/diagnosis/kernel/driver-messages.ts';
import {absent, type Reading} from '../samples/reading.ts';
import {MS_PER_MINUTE, MS_PER_SECOND} from '../shared/units.ts';
import {readKernelLog} from '../sources/host/kernel-log.ts';
import {every} from './watch/every.ts';

const EVERY_MS = 30 * MS_PER_SECOND;
/** A log that this user may not read is tried again: the right may be given meanwhile. */
const AGAIN_MS = 10 * MS_PER_MINUTE;

/** The kernel's log is read by a program of the system, so not with every sample. */
export type DriverLogOptions = {
  /** Variables for that program. */
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: {readonly nowMs: () => number; readonly monotonicMs: () => number};
  readonly onMessages: (messages: Reading<readonly DriverMessage[]>) => void;
};

/**
 * Reads what the driver writes about the GPUs into the kernel's log, until stopped. What was read holds until the log is
 * read again: one that was cleared, or could not be read this time, ends no message. Returns the stop function.
 */
export function followDriverLog({environment, clock, onMessages}: DriverLogOptions): () => void {
  let dueMs = Number.NEGATIVE_INFINITY;
  let hasMessages = false;
  return every(EVERY_MS, async () => {
    if (clock.monotonicMs() < dueMs) return;
    const nowMs = clock.nowMs();
    const log = await readKernelLog(environment, (line) => line.includes('NVRM'));
    if (log.kind === 'refused') {
      dueMs = clock.monotonicMs() + AGAIN_MS;
      hasMessages = false;
      onMessages(absent(log.reason));
    } else if (log.kind === 'failed') {
      if (!hasMessages) onMessages(absent(log.reason));
    } else if (log.messages.some(({ageMs}) => ageMs === null)) {
      hasMessages = false;
      onMessages(
        absent('the times of the kernel log are not of the clock of this host: the age of its lines is unknown'),
      );
    } else {
      const messages = driverMessages(log.messages, nowMs);
      if (messages.length > 0 || !hasMessages) onMessages(messages);
      hasMessages ||= messages.length > 0;
    }
  });
}
