import {type CardDetails, cardSchema} from '../../../domain/diagnosis/details/card-details.ts';
import {type DetailedCode, withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';

/** Codes of this source that are about one card. */
export type CardCode = DetailedCode extends infer C
  ? C extends `source.nvidia-smi.${infer Code}`
    ? Code
    : never
  : never;

/** The text of a finding of this source; critical by default. */
export type FindingText = Pick<Finding, 'message' | 'remedy'> & {readonly severity?: Finding['severity']};

/** A finding of this source: `code` after `source.nvidia-smi.`, `evidence` as the tool printed it. */
export function gpuFinding(code: string, words: FindingText, evidence: string | null = null): Finding {
  return {
    code: `source.nvidia-smi.${code}`,
    severity: words.severity ?? 'critical',
    message: words.message,
    evidence,
    remedy: words.remedy,
    settingsChange: null,
  };
}

/** What is wrong with one card: the card stands in the finding's details. */
export function cardFinding(
  card: CardDetails,
  code: CardCode,
  words: FindingText,
  evidence: string | null = null,
): Finding {
  return {...gpuFinding(code, words, evidence), ...withDetails(`source.nvidia-smi.${code}`, card)};
}

/** The card that a finding is about; null where it is about none, or about all. */
function cardOfFinding({details}: Finding): CardDetails | null {
  const parsed = cardSchema.safeParse(details);
  return parsed.success ? parsed.data : null;
}

/** A card of which only the index is known. */
export function cardByIndex(index: number): CardDetails {
  return {index, pciBusId: null, uuid: null};
}

const order = {critical: 0, warning: 1, info: 2} as const;

/** Each finding once, worst first. */
export function sortedFindings(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map(findings.map((finding) => [`${finding.code} ${finding.message}`, finding]));
  return [...unique.values()].sort((a, b) => order[a.severity] - order[b.severity]);
}

/** Every query reports a lost GPU; each of its problems counts once, as the first of these queries has it. */
export function onePerCard(findings: readonly Finding[]): readonly Finding[] {
  const byTrouble = new Map<string, Finding>();
  for (const finding of findings) {
    const card = cardOfFinding(finding);
    const key = `${finding.code} ${card?.index ?? card?.pciBusId ?? finding.message}`;
    if (!byTrouble.has(key)) byTrouble.set(key, finding);
  }
  return [...byTrouble.values()];
}
