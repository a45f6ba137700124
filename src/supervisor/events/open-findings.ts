import type {Event} from '../../api/event-schema.ts';
import {type Details, detailsSchema} from '../../domain/diagnosis/details/details.ts';
import {isSameFinding} from '../../domain/diagnosis/same-finding.ts';
import {isHang} from '../../domain/lifecycle/lifecycle-findings.ts';

/** A finding that was present when the last event was recorded, in which run, and since when; epoch ms. */
export type OpenFinding = {
  readonly code: string;
  readonly details: Details;
  readonly runId: string | null;
  readonly sinceMs: number;
};

/**
 * A supervisor that starts reports what is still present within this time, because some conditions take a minute to be
 * true; what it has not reported by then had ended before.
 */
export const REPORTED_AGAIN_WITHIN_MS = 120_000;

/** What was present at `nowMs` by these events, oldest first, of this supervisor's predecessors. */
export function openFindingsIn(events: readonly Event[], nowMs: number): readonly OpenFinding[] {
  let open: readonly OpenFinding[] = [];
  /** Present when the newest supervisor started, and not reported by it yet. */
  let earlier: readonly OpenFinding[] = [];
  let startedAtMs = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    if (event.code === 'supervisor.started') {
      earlier = [...open, ...unexpired(earlier, startedAtMs, event.atMs)];
      open = [];
      startedAtMs = event.atMs;
    }
    // A hang is reported by the state, and ends with it.
    if (event.code.startsWith('engine.')) open = open.filter(({code}) => !isHang(code));
    const found = findingOf(event);
    if (found === null) continue;
    const isThis = (one: OpenFinding): boolean => isSameFinding(one, found);
    const known = [...open, ...unexpired(earlier, startedAtMs, event.atMs)].find(isThis);
    open = open.filter((one) => !isThis(one));
    earlier = earlier.filter((one) => !isThis(one));
    if (event.code !== 'finding.resolved') open = [...open, known ?? found];
  }
  return [...open, ...unexpired(earlier, startedAtMs, nowMs)];
}

function unexpired(earlier: readonly OpenFinding[], startedAtMs: number, nowMs: number): readonly OpenFinding[] {
  return nowMs - startedAtMs <= REPORTED_AGAIN_WITHIN_MS ? earlier : [];
}

/** The finding that an event reports or resolves; null for other events. */
function findingOf({code, details, runId, atMs}: Event): OpenFinding | null {
  const isReport = code === 'finding.appeared' || code === 'finding.resolved' || code === 'engine.degraded';
  const {finding} = details;
  if (!isReport || typeof finding !== 'string') return null;
  return {code: finding, details: detailsSchema.parse(details), runId, sinceMs: atMs};
}
