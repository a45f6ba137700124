import type {Snapshot} from '../../api/snapshot.ts';
import {explainFindings} from '../../domain/diagnosis/cause-chains.ts';
import {type Finding, RETURNS_WITHIN_MS} from '../../domain/diagnosis/finding.ts';
import {OfferedCures, type OfferedCuresParts} from '../launch/offered-cures.ts';

type Sighting = {readonly sinceMs: number; readonly seenMs: number};

/** Findings as snapshots carry them: with checked cures, since when each is present, in chains of cause and effects. */
export class ReportedFindings {
  readonly #clock: OfferedCuresParts['clock'];
  readonly #cures: OfferedCures;
  #sightings: ReadonlyMap<string, Sighting> = new Map();

  constructor(parts: OfferedCuresParts) {
    this.#clock = parts.clock;
    this.#cures = new OfferedCures(parts);
  }

  of(
    {findings, takenAtMs}: Pick<Snapshot, 'findings' | 'takenAtMs'>,
    lifecycle: Parameters<OfferedCures['of']>[1],
  ): Finding[] {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#sightings;
    const sightings = new Map([...known].filter(([, {seenMs}]) => nowMs - seenMs < RETURNS_WITHIN_MS));
    const dated = this.#cures.of(findings, lifecycle).map((finding) => {
      const subject = subjectOf(finding);
      const sinceMs = sightings.get(subject)?.sinceMs ?? takenAtMs;
      sightings.set(subject, {sinceMs, seenMs: nowMs});
      return {...finding, sinceMs};
    });
    this.#sightings = sightings;
    return explainFindings(dated);
  }
}

/** What makes two findings the same one: messages change with every reading, cards and processes do not. */
function subjectOf({code, details}: Finding): string {
  const marks = ['index', 'pciBusId', 'pid'].map((name) => details?.[name] ?? null);
  return JSON.stringify([code, ...marks]);
}
