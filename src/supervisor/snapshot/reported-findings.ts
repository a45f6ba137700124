import type {Snapshot} from '../../api/snapshot.ts';
import {explainFindings} from '../../domain/diagnosis/cause-chains.ts';
import {type Finding, RETURNS_WITHIN_MS} from '../../domain/diagnosis/finding.ts';
import {isSameFinding} from '../../domain/diagnosis/same-finding.ts';
import {type OpenFinding, REPORTED_AGAIN_WITHIN_MS} from '../events/open-findings.ts';
import {OfferedCures, type OfferedCuresParts} from '../launch/cures/offered-cures.ts';

type Subject = Pick<Finding, 'code' | 'details'>;
type Sighting = {readonly finding: Subject; readonly sinceMs: number; readonly seenMs: number};

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
    this.#sightings = parts.earlier.map(({sinceMs, ...finding}) => ({finding, sinceMs, seenMs}));
  }

  of(
    {findings, takenAtMs}: Pick<Snapshot, 'findings' | 'takenAtMs'>,
    lifecycle: Parameters<OfferedCures['of']>[1],
  ): Finding[] {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#sightings.filter(({seenMs}) => nowMs - seenMs < RETURNS_WITHIN_MS);
    const present = this.#cures.of(findings, lifecycle).map((finding) => {
      const earlier = known.find((sighting) => isSameFinding(sighting.finding, finding));
      return {finding, sinceMs: earlier?.sinceMs ?? takenAtMs, seenMs: nowMs};
    });
    const isPresent = (one: Sighting) => present.some(({finding}) => isSameFinding(finding, one.finding));
    this.#sightings = [...present, ...known.filter((sighting) => !isPresent(sighting))];
    return explainFindings(present.map(({finding, sinceMs}) => ({...finding, sinceMs})));
  }
}
