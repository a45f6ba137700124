import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {onePerCard, sortedFindings} from './gpu-finding.ts';

/**
 * The queries that findings come from. Of a problem that several report, the words of the first in this order count,
 * whichever answers first: a frame is the newest, and has the most about a GPU.
 */
const places = ['frame', 'inventory', 'links', 'stream', 'processes', 'probe', 'stuck'] as const;
export type Place = (typeof places)[number];

/** The current findings of a source: each of its queries replaces its own. */
export class CurrentFindings {
  readonly #byPlace = new Map<Place, readonly Finding[]>();
  /** Queries in a row without an answer. */
  readonly #unanswered = new Map<Place, number>();
  #published: string | null = null;

  set(place: Place, findings: readonly Finding[]): void {
    this.#byPlace.set(place, findings);
  }

  /**
   * Findings of a query that may have got no answer: the first time in a row nothing changes, because a busy host is late
   * as well; the second time it is a problem.
   */
  setAnswered(place: Place, findings: readonly Finding[], isAnswer: boolean): void {
    const unanswered = isAnswer ? 0 : (this.#unanswered.get(place) ?? 0) + 1;
    this.#unanswered.set(place, unanswered);
    if (unanswered !== 1) this.set(place, findings);
  }

  /** True if a query has a critical problem: a lost GPU, or a program that cannot be run. */
  hasCritical(place: Place): boolean {
    return (this.#byPlace.get(place) ?? []).some(({severity}) => severity === 'critical');
  }

  /** All findings, worst first, if they are not the ones returned last; null otherwise. */
  takeChange(): readonly Finding[] | null {
    const all = sortedFindings(onePerCard(places.flatMap((place) => this.#byPlace.get(place) ?? [])));
    const current = all.map(({code, message}) => `${code} ${message}`).join('\n');
    if (current === this.#published) return null;
    this.#published = current;
    return all;
  }
}
