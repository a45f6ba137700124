/** A process in a list of ps, top or pstree. */
export type ProcessRow = {
  readonly pid: number;
  /** Null where the list does not tell. */
  readonly parentPid: number | null;
  /** `Ssl`, `D`: the state with what ps adds; null where the list has none. */
  readonly state: string | null;
  /** The function of the kernel in which it waits; null for none. */
  readonly waitsIn: string | null;
  /** CPU time that it has used, s; null where the list has none. */
  readonly cpuSeconds: number | null;
  readonly command: string;
  readonly text: string;
};

const header = /\bPID\b.{0,120}\b(?:CMD|COMMAND|Command|ARGS)\b/;
/** `ps aux` and `ps -ef` whose header was filtered away. */
const aux =
  /^\S{1,40}\s+(?<pid>\d{1,9})\s+[\d.]{1,6}\s+[\d.]{1,6}\s+\d{1,15}\s+\d{1,15}\s+\S{1,12}\s+(?<state>[DIRSTtWXZ][<NLsl+]{0,5})\s+\S{4,12}\s+(?<time>\d{1,7}:\d\d)\s+(?<command>\S.*)$/;
const full =
  /^\S{1,40}\s+(?<pid>\d{1,9})\s+(?<parent>\d{1,9})\s+\d{1,3}\s+\S{4,12}\s+(?:\?|tty\S{0,8}|pts\/\d{1,6})\s+(?<time>(?:\d{1,5}-)?\d\d:\d\d:\d\d)\s+(?<command>\S.*)$/;
/** Numbers of a process and its parent before a title or a program with its arguments, as `ps -eo pid,ppid,args` without its header. */
const titled =
  /^\s{0,9}(?<pid>\d{1,9})\s+(?<parent>\d{1,9})\s+(?<command>(?:[A-Za-z_]{2,20}::\w|\/\S{1,300} \S|(?:\S{1,200}\/)?python[\d.]{0,6} \S).*)$/;
const stateCell = /^[DIRSTtWXZ][<NLsl+]{0,5}$/;
/** In a column of several words: `Wed Sep 17 12:51:13 2025`. */
const started = /^[A-Z][a-z]{2} +[A-Z][a-z]{2} +\d{1,2} +\d\d:\d\d:\d\d +\d{4}|^[A-Z][a-z]{2} \d{1,2}(?=\s)/;
/** Branches in front of a command, as of `ps f`. */
const branch = /^(?:[ |]{0,400}\\_ |[ |]{1,400}(?=\S))/;

/** Reads the rows of a list, which a header describes, line by line. */
export class ProcessRows {
  #columns: readonly string[] | null = null;
  /** Where a tree has branches: who stands above, by the depth of the branch. */
  readonly #above: {readonly depth: number; readonly pid: number}[] = [];
  #hasTree = false;

  /** The list is a tree: who has no parent in it is a child of the first process. */
  get hasTree(): boolean {
    return this.#hasTree;
  }

  get hasHeader(): boolean {
    return this.#columns !== null;
  }

  /** True for the header of ps, which lists every process unless it is asked for some; top shows as many as fit. */
  get isOfPs(): boolean {
    return this.#columns !== null && !this.#columns.includes('VIRT');
  }

  /** True if the list says whose child a process is. */
  get hasParents(): boolean {
    return this.#columns?.includes('PPID') === true;
  }

  /** True for a header, which describes the rows that follow. */
  takeHeader(text: string): boolean {
    if (!header.test(text)) return false;
    this.#columns = text.trim().split(/\s+/);
    this.#above.length = 0;
    this.#hasTree = false;
    return true;
  }

  /** The process in a row; null for another line. */
  read(text: string): ProcessRow | null {
    if (this.#columns === null) return withoutHeader(text);
    const cells = cellsOf(text, this.#columns);
    const pid = Number(cells?.get('PID') ?? Number.NaN);
    if (cells === null || !Number.isInteger(pid)) return null;
    const [tree = ''] = branch.exec(cells.get('CMD') ?? '') ?? [];
    const stated = cells.get('PPID');
    return {
      pid,
      parentPid: this.#parentInTree(pid, tree) ?? (stated === undefined ? null : Number(stated)),
      state: stateIn(cells),
      waitsIn: nameOrNull(cells.get('WCHAN')),
      cpuSeconds: secondsIn(cells.get('TIME')),
      command: (cells.get('CMD') ?? '').slice(tree.length).trim(),
      text: text.trim(),
    };
  }

  /** The process at the next lower depth, or null. */
  #parentInTree(pid: number, tree: string): number | null {
    const depth = tree.includes('\\_') ? tree.indexOf('\\_') + 1 : 0;
    if (depth > 0) this.#hasTree = true;
    while ((this.#above.at(-1)?.depth ?? -1) >= depth) this.#above.pop();
    const above = this.#above.at(-1)?.pid ?? null;
    if (this.#above.length < 100) this.#above.push({depth, pid});
    return depth > 0 ? above : null;
  }
}

/** The cells of a row by their columns; the last one, a command, has the rest. Null for a line that is no row. */
function cellsOf(text: string, columns: readonly string[]): ReadonlyMap<string, string> | null {
  const cells = new Map<string, string>();
  let rest = text.trimStart();
  for (const [index, column] of columns.entries()) {
    const isLast = index === columns.length - 1;
    if (isLast) {
      cells.set('CMD', rest.trimEnd());
      return cells;
    }
    const match = column === 'STARTED' ? (started.exec(rest) ?? /^\S+/.exec(rest)) : /^\S+/.exec(rest);
    if (match === null) return null;
    cells.set(nameOfColumn(column), match[0]);
    // Branches of a tree begin with spaces: those in front of the command stay.
    rest = index === columns.length - 2 ? rest.slice(match[0].length + 1) : rest.slice(match[0].length).trimStart();
  }
  return null;
}

function nameOfColumn(column: string): string {
  return /^(?:S|STAT|STATE)$/.test(column) ? 'STAT' : column;
}

function stateIn(cells: ReadonlyMap<string, string>): string | null {
  const state = cells.get('STAT');
  return state !== undefined && stateCell.test(state) ? state : null;
}

/** `88:23`, `00:12:12`, `3-04:05:06`. */
function secondsIn(time: string | undefined): number | null {
  const match = /^(?:(\d{1,5})-)?(?:(\d{1,4}):)?(\d{1,7}):(\d\d)$/.exec(time ?? '');
  if (match === null) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((digits) => Number(digits ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

function nameOrNull(cell: string | undefined): string | null {
  return cell === undefined || /^[-0*?]$/.test(cell) ? null : cell;
}

function withoutHeader(text: string): ProcessRow | null {
  const groups = (aux.exec(text.trim()) ?? full.exec(text.trim()) ?? titled.exec(text))?.groups;
  if (groups === undefined) return null;
  const {pid = '', parent, state, time, command = ''} = groups;
  return {
    pid: Number(pid),
    parentPid: parent === undefined ? null : Number(parent),
    state: state ?? null,
    waitsIn: null,
    cpuSeconds: secondsIn(time),
    command: command.replace(branch, ''),
    text: text.trim(),
  };
}
