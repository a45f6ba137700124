import {isSameProcess} from '../../process/process-identity.ts';
import type {Observe} from '../../snapshot/observation.ts';
import {createOwnFindings} from '../../snapshot/own-findings.ts';
import {every} from '../../watch/every.ts';
import type {RecoveredRuns} from './recover-runs.ts';
import {ALSO_RUNNING, alsoRunningFinding, recordsMissingFinding} from './recovery-findings.ts';

const POLL_MS = 3_000;

/** Reports what a takeover has found, and when an engine that is not managed has exited. Returns a stop function. */
export function reportRecovery({incomplete, others, problems}: RecoveredRuns, observe: Observe): () => void {
  const own = createOwnFindings(observe);
  for (const problem of problems) own.add(problem);
  if (incomplete !== null) observe({type: 'own-finding', finding: recordsMissingFinding(incomplete)});
  const topicOf = (runId: string): string => `${ALSO_RUNNING} ${runId}`;
  for (const other of others) {
    observe({type: 'own-finding', finding: alsoRunningFinding(other), topic: topicOf(other.runId)});
  }
  let present = others;
  return every(POLL_MS, async () => {
    for (const other of present.filter((one) => !isSameProcess(one))) own.resolve(topicOf(other.runId));
    present = present.filter(isSameProcess);
  });
}
