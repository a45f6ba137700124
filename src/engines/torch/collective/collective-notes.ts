import {engineFailure} from '../../../domain/diagnosis/code-pattern.ts';
import {type CollectiveDetails, collectiveDetailSchemas} from '../../../domain/diagnosis/details/collective-details.ts';
import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type CollectiveWords, collectiveTexts} from './collective-texts.ts';
import {judgeCollective} from './collective-verdict.ts';
import {
  isRepeatedReport,
  missingIn,
  nodeAddressOf,
  peerIn,
  type RankReport,
  readReport,
  type Sizes,
  sizesIn,
  writerOf,
} from './rank-lines.ts';

/** More ranks than any engine has; further ones are not kept. */
const MAX_RANKS = 4_096;

const unknownSizes: Sizes = {world: null, tensorParallel: null, pipelineParallel: null, nodes: null};

/**
 * Collects what the lines of a log say of ranks that wait for each other, one by one, and explains by it a failure of their
 * connection: which ranks waited, in which operation, and which one did not arrive.
 */
export class CollectiveNotes {
  #sizes = unknownSizes;
  readonly #seen = new Map<number, string | null>();
  readonly #reports = new Map<number, RankReport>();
  readonly #stated = new Set<number>();
  #peer: string | null = null;
  #isDeduplicated = false;

  take(text: string): void {
    const sizes = sizesIn(text);
    if (sizes !== null) this.#sizes = combined(this.#sizes, sizes);
    const writer = writerOf(text, this.#sizes);
    if (writer !== null && this.#hasRoom(this.#seen)) {
      this.#seen.set(writer, this.#seen.get(writer) ?? nodeAddressOf(text));
    }
    const report = readReport(text, this.#sizes);
    if (report !== null) this.#note(report);
    for (const rank of missingIn(text)) if (this.#stated.size < MAX_RANKS) this.#stated.add(rank);
    this.#peer ??= peerIn(text);
    if (!this.#isDeduplicated) this.#isDeduplicated = isRepeatedReport(text);
  }

  /** Forgets everything: another start begins. */
  forget(): void {
    this.#sizes = unknownSizes;
    this.#seen.clear();
    this.#reports.clear();
    this.#stated.clear();
    this.#peer = null;
    this.#isDeduplicated = false;
  }

  /** The finding with what is known so far, if it is about ranks that wait for each other; otherwise as it is. */
  explain(finding: Finding, words: CollectiveWords): Finding {
    const failure = engineFailure(finding.code);
    if (failure === null || !isCollective(failure)) return finding;
    const details = this.#details();
    if (details.verdict === 'unknown' && details.waiting.length === 0 && details.peer === null) return finding;
    const texts = collectiveTexts(finding, details, {
      // Of several stages or groups, the engines' own marks do not have the rank of the whole engine.
      rankMark: (this.#sizes.pipelineParallel ?? 1) > 1 ? null : words.rankMark,
      addressOf: (rank) => this.#seen.get(rank) ?? null,
    });
    return {...finding, ...texts, details: withDetails(failure, details).details};
  }

  #details(): CollectiveDetails {
    return judgeCollective({
      reports: [...this.#reports.values()].sort((one, other) => one.rank - other.rank),
      stated: [...this.#stated].sort((one, other) => one - other),
      seen: new Set([...this.#seen.keys(), ...this.#reports.keys()]),
      sizes: this.#sizes,
      peer: this.#peer,
      isDeduplicated: this.#isDeduplicated,
    });
  }

  /** The first report of a rank counts, with what the next ones add: it may give up in several groups. */
  #note(report: RankReport): void {
    const known = this.#reports.get(report.rank);
    if (known === undefined) {
      // A rank within a group has another number in the engine: once there are such numbers, only they count.
      const isForeign = !report.isGlobal && [...this.#reports.values()].some(({isGlobal}) => isGlobal);
      if (!isForeign && this.#hasRoom(this.#reports)) this.#reports.set(report.rank, report);
      return;
    }
    if (known.sequence !== null && report.sequence !== known.sequence) return;
    this.#reports.set(report.rank, {
      ...known,
      group: known.group ?? report.group,
      sequence: known.sequence ?? report.sequence,
      operation: known.operation ?? report.operation,
      waitedMs: known.waitedMs ?? report.waitedMs,
      lastEnqueued: known.lastEnqueued ?? report.lastEnqueued,
      lastCompleted: known.lastCompleted ?? report.lastCompleted,
      groupSize: known.groupSize ?? report.groupSize,
    });
  }

  #hasRoom(map: ReadonlyMap<number, unknown>): boolean {
    return map.size < MAX_RANKS;
  }
}

function isCollective(pattern: string): pattern is keyof typeof collectiveDetailSchemas {
  return Object.hasOwn(collectiveDetailSchemas, pattern);
}

/** Sizes are repeated in several forms; of the number of ranks the largest counts, as groups have one of their own. */
function combined(known: Sizes, read: Sizes): Sizes {
  return {
    world: read.world === null ? known.world : Math.max(read.world, known.world ?? 0),
    tensorParallel: known.tensorParallel ?? read.tensorParallel,
    pipelineParallel: known.pipelineParallel ?? read.pipelineParallel,
    nodes: known.nodes ?? read.nodes,
  };
}
