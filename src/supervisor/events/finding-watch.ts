import type {NewEvent} from '../../api/event-schema.ts';
import {type Finding, RETURNS_WITHIN_MS} from '../../domain/diagnosis/finding.ts';
import {isSameFinding, subjectOf} from '../../domain/diagnosis/same-finding.ts';

/** A present finding: first and last seen, monotonic. */
type Watched = {
  readonly finding: Finding;
  readonly sinceMs: number;
  readonly seenMs: number;
};

/** Findings that count as present. */
export type WatchedFindings = readonly Watched[];

/** An event, and the finding that it is about. */
export type FindingEvent = {readonly event: NewEvent; readonly finding: Finding};

/**
 * Critical and warning findings that are new or resolved: once each, not at every tick. A finding is identified by its
 * code and its subject; its text may change with every reading.
 */
export function watchFindings(
  watched: WatchedFindings,
  findings: readonly Finding[],
  now: {readonly atMs: number; readonly monotonicMs: number; readonly runId: string | null},
): {readonly watched: WatchedFindings; readonly events: readonly FindingEvent[]} {
  const {monotonicMs} = now;
  const next: Watched[] = [];
  const events: FindingEvent[] = [];
  for (const finding of findings) {
    if (finding.severity === 'info' || among(next, finding) !== undefined) continue;
    const known = among(watched, finding);
    next.push({finding, sinceMs: known?.sinceMs ?? monotonicMs, seenMs: monotonicMs});
    if (known === undefined) events.push({finding, event: appeared(finding, findings[finding.explainedBy ?? -1], now)});
  }
  for (const known of watched) {
    if (among(next, known.finding) !== undefined) continue;
    if (monotonicMs - known.seenMs < RETURNS_WITHIN_MS) next.push(known);
    else events.push({finding: known.finding, event: resolved(known, now)});
  }
  return {watched: next, events};
}

function among(watched: WatchedFindings, finding: Finding): Watched | undefined {
  return watched.find((known) => isSameFinding(known.finding, finding));
}

type When = {readonly atMs: number; readonly runId: string | null};

function appeared(finding: Finding, cause: Finding | undefined, {atMs, runId}: When): NewEvent {
  return {
    atMs,
    runId,
    code: 'finding.appeared',
    severity: finding.severity,
    actor: actorOf(finding.code),
    message: finding.message,
    details: {
      finding: finding.code,
      ...subjectOf(finding),
      remedy: finding.remedy,
      ...(cause === undefined ? {} : {explainedBy: cause.code}),
    },
  };
}

function resolved({finding, sinceMs, seenMs}: Watched, {atMs, runId}: When): NewEvent {
  return {
    atMs,
    runId,
    code: 'finding.resolved',
    severity: 'info',
    actor: actorOf(finding.code),
    message: `Resolved: ${finding.message}`,
    details: {finding: finding.code, ...subjectOf(finding), lastedMs: Math.round(seenMs - sinceMs)},
  };
}

/** The actor by the first word of the code: host, supervisor or engine. */
function actorOf(code: string): NewEvent['actor'] {
  if (/^(host|gpu|source\.nvidia-smi|preflight)\b/.test(code)) return 'host';
  return /^(supervisor|configuration|journal|history|hooks|flight-recorder|memory|plan)\b/.test(code)
    ? 'supervisor'
    : 'engine';
}
