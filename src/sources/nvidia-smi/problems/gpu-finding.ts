import type {Finding} from '../../../domain/diagnosis/finding.ts';

/** What a finding of this source says; critical where nothing else is said. */
export type FindingWords = Pick<Finding, 'message' | 'remedy'> & {readonly severity?: Finding['severity']};

/** A finding of this source: `code` behind `source.nvidia-smi.`, `evidence` as the tool printed it. */
export function gpuFinding(code: string, words: FindingWords, evidence: string | null = null): Finding {
  return {
    code: `source.nvidia-smi.${code}`,
    severity: words.severity ?? 'critical',
    message: words.message,
    evidence,
    remedy: words.remedy,
    settingsChange: null,
  };
}

const order = {critical: 0, warning: 1, info: 2} as const;

/** Each finding once, worst first. */
export function sortedFindings(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map(findings.map((finding) => [`${finding.code} ${finding.message}`, finding]));
  return [...unique.values()].sort((a, b) => order[a.severity] - order[b.severity]);
}
