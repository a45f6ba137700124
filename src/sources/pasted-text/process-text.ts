import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../engines/engine.ts';
import {countedText, countText, limitedList} from '../../shared/quantities/counts.ts';

const header = /\bPID\b.{0,120}\b(?:CMD|COMMAND|Command|ARGS)\b/;
/** A row of ps or top: numbers among its first columns. */
const row = /^\s*(?:\S+\s+)?(\d{1,9})\s+\S/;
const defunct = /\[?([\w:.+/-]{1,80})\]? <defunct>/;

const MAX_NAMED = 4;

/** Reads a list of processes, as of ps, from the lines of any text. */
export class ProcessText {
  #hasHeader = false;
  #count = 0;
  #parent: string | null = null;
  readonly #dead: {readonly name: string; readonly text: string}[] = [];
  readonly #engines: readonly Engine[];
  readonly #ofEngine = new Map<Engine, number>();

  constructor(engines: readonly Engine[]) {
    this.#engines = engines;
  }

  /** Takes a line; true if it belongs to a list of processes. */
  take(text: string): boolean {
    if (header.test(text)) {
      this.#hasHeader = true;
      return true;
    }
    const name = text.includes('<defunct>') ? defunct.exec(text)?.[1] : undefined;
    if ((!this.#hasHeader && name === undefined) || !row.test(text)) return false;
    this.#count += 1;
    const lower = text.toLowerCase();
    const engine = this.#engines.find((candidate) => lower.includes(candidate.name));
    if (engine === undefined) return true;
    this.#ofEngine.set(engine, (this.#ofEngine.get(engine) ?? 0) + 1);
    if (name !== undefined) this.#dead.push({name, text: text.trim()});
    else this.#parent ??= text.trim();
    return true;
  }

  /** Number of processes. */
  get count(): number {
    return this.#count;
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    const [engine = null] = [...this.#ofEngine].toSorted(([, one], [, other]) => other - one).map(([found]) => found);
    const findings = this.#dead.length === 0 ? [] : [this.#deadFinding(engine)];
    const ofEngine = [...this.#ofEngine.values()].reduce((sum, count) => sum + count, 0);
    return otherText({
      kind: 'process-list',
      engine: engine?.name ?? null,
      displayName: 'List of processes',
      summary: [
        `${countedText(this.#count, 'program')}, ${countText(ofEngine)} of them of an inference engine, ${countText(this.#dead.length)} of these dead.`,
      ],
      findings,
      lineCount,
    });
  }

  #deadFinding(engine: Engine | null): Finding {
    const names = limitedList([...new Set(this.#dead.map(({name}) => name))], MAX_NAMED);
    const count = this.#dead.length;
    const parent = this.#parent === null ? '' : ', while its parent still runs';
    return {
      code: 'host.workers-defunct',
      severity: 'critical',
      message: `${countedText(count, 'worker')} of ${engine?.displayName ?? 'the engine'} ${count === 1 ? 'is' : 'are'} dead (${names} <defunct>)${parent}: it cannot answer requests.`,
      evidence: this.#dead[0]?.text ?? null,
      remedy:
        'Restart the engine, on every node that it runs on. Do not trust its health page or its metrics: the parent may still serve them. Why the workers died is in its log and in dmesg -T.',
      settingsChange: null,
    };
  }
}
