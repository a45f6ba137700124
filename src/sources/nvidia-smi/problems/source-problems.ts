import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {mayStart} from '../stream/stream-policy.ts';
import {CurrentFindings, type Place} from './current-findings.ts';
import {notAnsweringFinding} from './run-findings.ts';

/** What is wrong with the source at present: one list of all places, reported whenever it changes; and programs that hang. */
export class SourceProblems {
  readonly #findings = new CurrentFindings();
  readonly #onChange: (findings: readonly Finding[]) => void;
  #stuckCount = 0;

  constructor(onChange: (findings: readonly Finding[]) => void) {
    this.#onChange = onChange;
  }

  /** Whether another program may be started next to those that hang in the driver. */
  mayStart(kind: Parameters<typeof mayStart>[0]): boolean {
    return mayStart(kind, this.#stuckCount);
  }

  /** Replaces the findings of a place. */
  report(place: Place, findings: readonly Finding[]): void {
    this.#findings.set(place, findings);
    this.#publish();
  }

  /** The same for a query: without an answer, what the last one has found holds. */
  reportAnswer(place: Place, findings: readonly Finding[], isAnswer: boolean): void {
    this.#findings.setAnswered(place, findings, isAnswer);
    this.#publish();
  }

  /** True if a place has a critical finding. */
  hasCritical(place: Place): boolean {
    return this.#findings.hasCritical(place);
  }

  /** A program survived its end by force: it hangs in the driver until `gone`. */
  noteStuck(gone: Promise<void>): void {
    this.#changeStuck(1);
    void gone.then(() => this.#changeStuck(-1));
  }

  #changeStuck(by: number): void {
    this.#stuckCount += by;
    this.report('stuck', this.#stuckCount === 0 ? [] : [notAnsweringFinding(this.#stuckCount)]);
  }

  #publish(): void {
    const findings = this.#findings.takeChange();
    if (findings !== null) this.#onChange(findings);
  }
}
