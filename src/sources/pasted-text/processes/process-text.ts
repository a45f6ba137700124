import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../../engines/engine.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {type EngineProcess, findOrphans, isEnded} from './lost-parents.ts';
import {findMissingPart} from './missing-parts.ts';
import {aloneFinding, blockedFindings, deadFinding, endedCount, orphansFinding} from './process-findings.ts';
import {type ProcessRow, ProcessRows} from './process-rows.ts';

/** A row of which only the number is known: other forms of ps, and lists whose header was cut. */
const anyRow = /^\s*(?:\S+\s+)?(\d{1,9})\s+\S/;
/** Programs that ask the driver: where one hangs, so does the driver. */
const ofGpu = /(?:^|\/)(?:nvidia-smi|nvidia-persistenced|nv-hostengine|dcgm\w{0,20}|rocm-smi|amd-smi)(?:\s|$)/;
/** More processes than a node has; those of an engine are few. */
const MAX_ROWS = 20_000;

/** Reads a list of processes, as of ps, from the lines of any text. */
export class ProcessText {
  readonly #reader = new ProcessRows();
  readonly #rows: ProcessRow[] = [];
  #count = 0;
  readonly #engines: readonly Engine[];

  constructor(engines: readonly Engine[]) {
    this.#engines = engines;
  }

  /** Takes a line; true if it belongs to a list of processes. */
  take(text: string): boolean {
    if (this.#reader.takeHeader(text)) return true;
    const row = this.#reader.read(text) ?? this.#readAny(text);
    if (row === null) return false;
    this.#count += 1;
    if (this.#rows.length < MAX_ROWS) this.#rows.push(row);
    return true;
  }

  /** Number of processes. */
  get count(): number {
    return this.#count;
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    const rows = this.#rows.map((row) => this.#inTree(row));
    const processes = this.#processes(rows);
    const engine = mostOf(processes);
    const dead = processes.filter(({row}) => isEnded(row)).map(({row}) => row);
    const hasParent = processes.some(({row}) => !isEnded(row));
    const orphans = findOrphans(rows, processes);
    const alone = orphans === null ? findMissingPart(rows, processes, this.#reader) : null;
    return otherText({
      kind: 'process-list',
      engine: engine?.name ?? null,
      displayName: 'List of processes',
      summary: [
        `${countedText(this.#count, 'program')}, ${countText(processes.length)} of them of an inference engine, ${countText(endedCount(processes))} of these dead.`,
        ...(orphans === null && alone === null && isWithoutServer(processes) ? [NO_SERVER] : []),
      ],
      findings: [
        ...(dead.length === 0 ? [] : [deadFinding(dead, engine?.displayName ?? 'the engine', hasParent)]),
        ...blockedFindings(blockedOf(rows, processes)),
        ...(orphans === null ? [] : [orphansFinding(orphans)]),
        ...(alone === null ? [] : [aloneFinding(alone)]),
      ],
      lineCount,
    });
  }

  #inTree(row: ProcessRow): ProcessRow {
    const isTop = this.#reader.hasTree && row.parentPid === null && row.pid !== 1;
    return isTop ? {...row, parentPid: 1} : row;
  }

  #processes(rows: readonly ProcessRow[]): readonly EngineProcess[] {
    return rows.flatMap((row) => {
      const engine = this.#engineOf(row);
      // Who looks for an engine in a list is none.
      if (engine === undefined || /^(?:\S{0,40}\/)?(?:e?grep|rg|watch|less|vim?|tail|py-spy)\s/.test(row.command))
        return [];
      return [{row, engine, role: engine.roleOfProcess(row.command)}];
    });
  }

  #engineOf({text}: ProcessRow): Engine | undefined {
    const lower = text.toLowerCase();
    return this.#engines.find(({name, roleOfProcess}) => lower.includes(name) || roleOfProcess(text) !== null);
  }

  #readAny(text: string): ProcessRow | null {
    if (!this.#reader.hasHeader && !text.includes('<defunct>')) return null;
    const pid = anyRow.exec(text)?.[1];
    if (pid === undefined) return null;
    const known = {parentPid: null, state: null, waitsIn: null, cpuSeconds: null};
    return {...known, pid: Number(pid), command: text.trim(), text: text.trim()};
  }
}

function mostOf(processes: readonly EngineProcess[]): Engine | null {
  const counts = new Map<Engine, number>();
  for (const {engine} of processes) counts.set(engine, (counts.get(engine) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, one], [, other]) => other - one);
  return most?.[0] ?? null;
}

const NO_SERVER =
  'The list has workers and no server, which a filter may have left out: ps -eo pid,ppid,stat,wchan:32,args shows whether it is gone.';

function isWithoutServer(processes: readonly EngineProcess[]): boolean {
  return processes.some(({role}) => role === 'worker') && !processes.some(({role}) => role === 'server');
}

/** Those in state D that belong to an engine, or that ask the driver. */
function blockedOf(rows: readonly ProcessRow[], processes: readonly EngineProcess[]): readonly ProcessRow[] {
  const ofEngine = new Set(processes.map(({row}) => row));
  return rows.filter((row) => row.state?.startsWith('D') === true && (ofEngine.has(row) || ofGpu.test(row.command)));
}
