import type {NewEvent} from '../../api/event-schema.ts';
import {type Finding, RETURNS_WITHIN_MS} from '../../domain/diagnosis/finding.ts';

/** A present finding: first and last seen, monotonic. */
type Watched = {
  readonly finding: Finding;
  readonly sinceMs: number;
  readonly seenMs: number;
};

/** Findings that count as present, by code. */
export type WatchedFindings = ReadonlyMap<string, Watched>;

/**
 * Critical and warning findings that are new or resolved: once each, not at every tick. A finding is identified by its
 * code; its text may change with every reading.
 */
export function watchFindings(
  watched: WatchedFindings,
  findings: readonly Finding[],
  now: {readonly atMs: number; readonly monotonicMs: number; readonly runId: string | null},
): {readonly watched: WatchedFindings; readonly events: readonly NewEvent[]} {
  const {monotonicMs} = now;
  const next = new Map<string, Watched>();
  const events: NewEvent[] = [];
  for (const finding of findings) {
    if (finding.severity === 'info' || next.has(finding.code)) continue;
    const known = watched.get(finding.code);
    next.set(finding.code, {finding, sinceMs: known?.sinceMs ?? monotonicMs, seenMs: monotonicMs});
    if (known === undefined) events.push(appeared(finding, findings[finding.explainedBy ?? -1], now));
  }
  for (const [code, known] of watched) {
    if (next.has(code)) continue;
    if (monotonicMs - known.seenMs < RETURNS_WITHIN_MS) next.set(code, known);
    else events.push(gone(known, now));
  }
  return {watched: next, events};
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
      remedy: finding.remedy,
      ...(cause === undefined ? {} : {explainedBy: cause.code}),
    },
  };
}

function gone({finding, sinceMs, seenMs}: Watched, {atMs, runId}: When): NewEvent {
  return {
    atMs,
    runId,
    code: 'finding.gone',
    severity: 'info',
    actor: actorOf(finding.code),
    message: `Resolved: ${finding.message}`,
    details: {finding: finding.code, lastedMs: Math.round(seenMs - sinceMs)},
  };
}

/** The actor by the first word of the code: host, supervisor or engine. */
function actorOf(code: string): NewEvent['actor'] {
  if (/^(host|gpu|source\.nvidia-smi|preflight)\b/.test(code)) return 'host';
  return /^(supervisor|configuration|journal|history|hooks|flight-recorder|memory|plan)\b/.test(code)
    ? 'supervisor'
    : 'engine';
}
