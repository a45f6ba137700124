import {withDetails} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {errorStack} from '../../shared/error-code.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {utcTimeText} from '../../shared/quantities/moments.ts';
import {type FailedWork, guardWorkWith} from '../../sources/host/external-work.ts';
import {warningOf} from '../snapshot/own-findings.ts';
import {type Failure, recordFailure, takeFailures} from './failure-record.ts';
import {createWorkGuard, slowText, workText} from './guard-work.ts';

/** Exit status of a supervisor that ends itself: a bug in Gantry. */
const BUG = 70;
/** The same slow work is logged at most this often. */
const SLOW_EVERY_MS = 60_000;

type WatchdogOptions = {
  readonly stateDir: string;
  readonly clock: {readonly nowMs: () => number};
  readonly onFinding: (finding: Finding, topic: string) => void;
  readonly onFindingOver: (topic: string) => void;
};

export type Watchdog = {
  /** Ends this process because of an exception. */
  readonly onException: (error: unknown) => never;
  readonly end: () => void;
};

/**
 * From now on, work on outside data that never ends, or throws, ends this process with a record, and what ended an earlier
 * supervisor is skipped and reported.
 */
export function startWatchdog({stateDir, clock, onFinding, onFindingOver}: WatchdogOptions): Watchdog {
  const failed = takeFailures(stateDir, clock.nowMs());
  const timers = failed.map((failure, index) => {
    const topic = `supervisor.work-skipped-${index}`;
    onFinding(skippedFinding(failure), topic);
    if (failure.untilMs === null) return null;
    return setTimeout(() => onFindingOver(topic), Math.max(0, failure.untilMs - clock.nowMs())).unref();
  });
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  const guard = createWorkGuard({
    failed,
    end: (work, interruption) =>
      endProcess(clock.nowMs(), `${workText(work)} does not end`, () => {
        if (interruption !== null) recordFailure(stateDir, work, {...interruption, atMs: clock.nowMs()});
      }),
    onSlow: (work, blockedMs) => {
      if (performance.now() - loggedAtMs < SLOW_EVERY_MS) return;
      loggedAtMs = performance.now();
      say(clock.nowMs(), slowText(work, blockedMs));
    },
  });
  guardWorkWith(guard);
  const onException = (error: unknown): never => {
    const work = guard.workOf(error);
    const stack = errorStack(error);
    return endProcess(clock.nowMs(), `an exception${work === null ? '' : ` in ${workText(work)}`}: ${stack}`, () => {
      if (work !== null) recordFailure(stateDir, work, {cause: 'crashed', atMs: clock.nowMs(), blockedMs: null});
    });
  };
  process.on('uncaughtException', onException);
  return {
    onException,
    end: () => {
      process.off('uncaughtException', onException);
      guardWorkWith(null);
      for (const timer of timers) if (timer !== null) clearTimeout(timer);
    },
  };
}

/** The record may fail, on a full disk for example: the end does not. */
function endProcess(atMs: number, reason: string, record: () => void): never {
  try {
    record();
  } finally {
    say(atMs, `this supervisor ends; the engine keeps serving, and the next supervisor continues. Reason: ${reason}`);
    process.exit(BUG);
  }
}

function say(atMs: number, text: string): void {
  process.stderr.write(`${utcTimeText(atMs)} ${text}\n`);
}

/** What an earlier supervisor could not do, and what is missing because of it. */
function skippedFinding(failure: Failure & FailedWork): Finding {
  const {kind, subject, fromBytes, toBytes, blockedMs, times, untilMs} = failure;
  const cause = failure.cause === 'crashed' ? 'crashed' : 'blocked';
  const how =
    cause === 'crashed'
      ? `ended ${times} supervisors with an exception`
      : `blocked the last supervisor for ${secondsText(blockedMs ?? 0)}`;
  const until = untilMs === null ? 'It is skipped.' : `It is not read before ${utcTimeText(untilMs)}.`;
  return warningOf({
    ...withDetails('supervisor.work-skipped', {kind, subject, fromBytes, toBytes, cause, blockedMs, times, untilMs}),
    message: `Reading ${workText(failure)} ${how}. ${until}`,
    remedy: 'This is a bug in Gantry: run gantry report and send the archive. The engine is not affected.',
  });
}
