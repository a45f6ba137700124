import type {Snapshot} from '../../api/snapshot.ts';
import {explainFindings} from '../../domain/diagnosis/cause-chains.ts';
import {type Finding, RETURNS_WITHIN_MS} from '../../domain/diagnosis/finding.ts';
import {isSameFinding} from '../../domain/diagnosis/same-finding.ts';
import {isOfOneRun} from '../events/finding-watch.ts';
import {type OpenFinding, REPORTED_AGAIN_WITHIN_MS} from '../events/open-findings.ts';
import {OfferedCures, type OfferedCuresParts} from '../launch/cures/offered-cures.ts';

type Subject = Pick<Finding, 'code' | 'details'>;
type Sighting = {
  readonly finding: Subject;
  readonly runId: string | null;
  readonly sinceMs: number;
  readonly seenMs: number;
};

type ReportedFindingsParts = OfferedCuresParts & {
  /** Findings that an earlier supervisor reported last. */
  readonly earlier: readonly OpenFinding[];
};

/** Findings as snapshots carry them: with checked cures, since when each is present, in chains of cause and effects. */
export class ReportedFindings {
  readonly #clock: OfferedCuresParts['clock'];
  readonly #cures: OfferedCures;
  #sightings: readonly Sighting[] = [];

  constructor(parts: ReportedFindingsParts) {
    this.#clock = parts.clock;
    this.#cures = new OfferedCures(parts);
    // They count as seen until they are present again, or have had the time to be.
    const seenMs = parts.clock.monotonicMs() + REPORTED_AGAIN_WITHIN_MS - RETURNS_WITHIN_MS;
    this.#sightings = parts.earlier.map(({runId, sinceMs, ...finding}) => ({finding, runId, sinceMs, seenMs}));
  }

  of(
    {findings, takenAtMs}: Pick<Snapshot, 'findings' | 'takenAtMs'>,
    lifecycle: Parameters<OfferedCures['of']>[1],
  ): Finding[] {
    const nowMs = this.#clock.monotonicMs();
    const runId = lifecycle.run?.runId ?? null;
    const known = this.#sightings.filter(
      (one) => nowMs - one.seenMs < RETURNS_WITHIN_MS && !(isOfOneRun(one.finding) && isOfAnother(one, runId)),
    );
    const present = this.#cures.of(findings, lifecycle).map((finding) => {
      const earlier = known.find((sighting) => isSameFinding(sighting.finding, finding));
      return {finding, runId, sinceMs: earlier?.sinceMs ?? takenAtMs, seenMs: nowMs};
    });
    const isPresent = (one: Sighting) => present.some(({finding}) => isSameFinding(finding, one.finding));
    this.#sightings = [...present, ...known.filter((sighting) => !isPresent(sighting))];
    return explainFindings(present.map(({finding, sinceMs}) => ({...finding, sinceMs})));
  }
}

/** It was seen in a run, and another one is present. */
function isOfAnother({runId}: Sighting, present: string | null): boolean {
  return runId !== null && present !== null && runId !== present;
}
