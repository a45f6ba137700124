import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {LogEnding} from '../../../domain/diagnosis/log-diagnosis.ts';

/**
 * The cause of an earlier failure in a text whose last start ends like this. One that serves has got over it; of one that is
 * not ready yet, nothing shows that.
 */
export function earlierFailure({evidence, explainedBy: _, ...cause}: Finding, ending: LogEnding): Finding {
  return {
    ...cause,
    severity: ending === 'starting' ? 'critical' : 'warning',
    message: `An earlier start in this text failed: ${cause.message}`,
    evidence,
    settingsChange: null,
  };
}
