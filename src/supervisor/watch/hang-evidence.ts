import type {Finding} from '../../domain/diagnosis/finding.ts';
import {findKernelCause} from '../../domain/diagnosis/kernel-cause.ts';
import {isPresent} from '../../samples/reading.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {readKernelLog} from '../../sources/host/kernel-log.ts';
import {busyWords, readBusyProcesses} from '../process/busy-processes.ts';

/** Of the last log line, characters that are kept as evidence of a hang. */
const MAX_LAST_LINE = 160;

/** The newest line of an engine's log, by the monotonic clock. */
export type LastLine = {readonly text: string; readonly atMs: number};

/** What can be seen of an engine that makes no step: its last words, which of its processes spin, what the kernel says. */
export async function hangEvidence(seen: {
  readonly pids: ReadonlySet<number>;
  readonly lastLine: LastLine | null;
  readonly nowMs: number;
  readonly environment: NodeJS.ProcessEnv;
}): Promise<string> {
  const {pids, lastLine, nowMs, environment} = seen;
  const [busy, kernel] = await Promise.all([
    readBusyProcesses(pids).then(busyWords, () => null),
    askKernel(pids, environment).catch(() => null),
  ]);
  const said =
    lastLine === null
      ? 'it has logged nothing'
      : `last log line ${secondsText(nowMs - lastLine.atMs)} ago: ${lastLine.text.slice(0, MAX_LAST_LINE)}`;
  return [said, busy, kernel?.message ?? null].filter((part) => part !== null).join('; ');
}

/** What the kernel did to processes of an engine that has just ended, where this user may read its log. */
export async function askKernel(pids: ReadonlySet<number>, environment: NodeJS.ProcessEnv): Promise<Finding | null> {
  const messages = await readKernelLog(environment);
  return isPresent(messages) ? findKernelCause(messages, pids) : null;
}
