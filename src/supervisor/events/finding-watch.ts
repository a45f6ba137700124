import type {NewEvent} from '../../api/event-schema.ts';
import {type Finding, RETURNS_WITHIN_MS} from '../../domain/diagnosis/finding.ts';
import {isSameFinding, subjectOf} from '../../domain/diagnosis/same-finding.ts';

/** A present finding: first and last seen, monotonic; the worst that it has been, and in which run. */
type Watched = {
  readonly finding: Finding;
  readonly worst: Finding['severity'];
  readonly runId: string | null;
  readonly sinceMs: number;
  readonly seenMs: number;
};

/** Findings that count as present. */
export type WatchedFindings = readonly Watched[];

/** An event, and the finding that it is about. */
export type FindingEvent = {readonly event: NewEvent; readonly finding: Finding};

/**
 * Critical and warning findings that are new, worse than ever before, or resolved: once each, not at every tick. A finding
 * is identified by its code and its subject; its text may change with every reading. Findings about one run end with
 * it. A finding that another one continues is not resolved.
 */
export function watchFindings(
  watched: WatchedFindings,
  findings: readonly Finding[],
  now: {readonly atMs: number; readonly monotonicMs: number; readonly runId: string | null},
): {readonly watched: WatchedFindings; readonly events: readonly FindingEvent[]} {
  const {monotonicMs, runId} = now;
  const next: Watched[] = [];
  const events: FindingEvent[] = [];
  const ended = watched.filter((known) => isOfEarlierRun(known, runId));
  for (const known of ended) {
    events.push({finding: known.finding, event: resolved(known, {...now, runId: known.runId})});
  }
  const current = watched.filter((known) => !ended.includes(known));
  for (const finding of findings) {
    if (finding.severity === 'info' || among(next, finding) !== undefined) continue;
    const known = among(current, finding) ?? refusalOf(current, finding);
    const isWorse = known?.worst !== 'critical' && finding.severity === 'critical';
    const worst = isWorse ? 'critical' : (known?.worst ?? finding.severity);
    next.push({
      finding,
      worst,
      runId,
      sinceMs: known?.sinceMs ?? monotonicMs - ageOf(finding, now.atMs),
      seenMs: monotonicMs,
    });
    if (known !== undefined && !isWorse) continue;
    events.push({finding, event: appeared(finding, findings[finding.explainedBy ?? -1], now)});
  }
  for (const known of current) {
    if (among(next, known.finding) !== undefined || refusalOf(next, known.finding) !== undefined) continue;
    if (monotonicMs - known.seenMs < RETURNS_WITHIN_MS) next.push(known);
    else if (!isContinued(known, findings)) events.push({finding: known.finding, event: resolved(known, now)});
  }
  return {watched: next, events};
}

/** A finding may be older than this supervisor; ms. */
function ageOf({sinceMs = Number.POSITIVE_INFINITY}: Finding, atMs: number): number {
  return Math.max(0, atMs - sinceMs);
}

const ofOneRun = /^(engine\.|source\.metrics\.|gpu\.memory-(growing|beyond-plan)$|lifecycle\.not-)/;

/** True for a finding about one run, and not about the node, the configuration or all runs. */
export function isOfOneRun({code}: Pick<Finding, 'code'>): boolean {
  return ofOneRun.test(code);
}

function isOfEarlierRun({finding, runId}: Watched, present: string | null): boolean {
  return present !== null && runId !== null && runId !== present && isOfOneRun(finding);
}

/** The same problem under another code: a stall makes the engine degraded, and what is beyond the plan may grow. */
const continuations: Readonly<Partial<Record<string, readonly string[]>>> = {
  'gpu.memory-beyond-plan': ['gpu.memory-growing', 'gpu.memory-grew'],
  'engine.no-progress': ['lifecycle.not-generating', 'lifecycle.not-answering'],
};

function isContinued({finding}: Watched, findings: readonly Finding[]): boolean {
  const codes = continuations[finding.code] ?? [];
  return findings.some((present) => codes.includes(present.code) || isOneShortage(finding, present));
}

/** A start that is refused, and what the plan that refuses it lacks: one of them is shown at a time. */
function isOneShortage(one: Finding, other: Finding): boolean {
  const codes = [one.code, other.code];
  const isPair = codes.includes('preflight.does-not-fit') && codes.some((code) => code.startsWith('memory.'));
  return isPair && one.severity === 'critical' && other.severity === 'critical';
}

function refusalOf(watched: WatchedFindings, finding: Finding): Watched | undefined {
  return watched.find((known) => isOneShortage(known.finding, finding));
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
