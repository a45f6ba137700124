import type {Finding} from '../../domain/diagnosis/finding.ts';
import {cleanText} from '../drawing/compose.ts';
import {evidenceLines} from './finding-details.ts';

/** A finding among others: the one of this code, or the `nth` of several. */
export type FindingPlace = {readonly code: string; readonly nth: number};

/** `line 68: `, before a line of the log. */
const LINE_NUMBER = /^line \d{1,12}: /;
/** What stands for the rest of a line: `...`, or an ellipsis with how much there is. */
const REST = /(?: ?\u2026.{0,80}| ?\.\.\.)$/;

/** The lines of a finding's evidence as the log has them, without their number and what stands for their rest. */
export function loggedEvidence({evidence}: Pick<Finding, 'evidence'>): readonly string[] {
  return evidenceLines(evidence ?? '')
    .map((line) => line.replace(LINE_NUMBER, '').replace(REST, '').trim())
    .filter((line) => line !== '');
}

/** A shorter text, such as a value or a path, may be in any line. */
const LEAST_CHARACTERS = 20;
/** Evidence is the line when it is at least this part of it, or this long. */
const LEAST_PART = 0.5;
const CERTAIN_CHARACTERS = 80;

/** The findings of which lines can be recognized, with those lines. */
export type LoggedFindings = readonly {
  readonly finding: Finding;
  readonly place: FindingPlace;
  readonly lines: readonly string[];
}[];

/** The findings that have a line of the log as evidence. */
export function loggedFindings(findings: readonly Finding[]): LoggedFindings {
  return findings.flatMap((finding, index) => {
    const lines = loggedEvidence(finding).filter(({length}) => length >= LEAST_CHARACTERS);
    if (lines.length === 0) return [];
    const nth = findings.slice(0, index).filter(({code}) => code === finding.code).length;
    return [{finding, place: {code: finding.code, nth}, lines: lines.map((line) => cleanText(line))}];
  });
}

/** The first finding of which this line of the log is evidence; null for none. */
export function findingOfLine(text: string, logged: LoggedFindings): LoggedFindings[number] | null {
  if (logged.length === 0) return null;
  const line = cleanText(text).trim();
  return logged.find(({lines}) => lines.some((evidence) => isEvidence(evidence, line))) ?? null;
}

function isEvidence(evidence: string, line: string): boolean {
  const isLongEnough = evidence.length >= Math.min(CERTAIN_CHARACTERS, line.length * LEAST_PART);
  return isLongEnough && line.includes(evidence);
}
