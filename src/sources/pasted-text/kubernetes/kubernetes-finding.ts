import type {Finding} from '../../../domain/diagnosis/finding.ts';

/** A critical finding, with the line or the row that shows it. */
export function kubernetesFinding(code: string, message: string, remedy: string, evidence: string): Finding {
  return {
    code: `kubernetes.${code}`,
    severity: 'critical',
    message,
    evidence: evidence.trim(),
    remedy,
    settingsChange: null,
  };
}
