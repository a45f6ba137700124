import type {EngineProcess} from '../../api/engine-view.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {span} from '../drawing/compose.ts';
import {connectionNote} from '../panels/freshness.ts';
import {noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {type TableCell, tableRows} from './table.ts';

const TITLE = 'Processes of the engine';
/** As proc_pid_stat(5) has them. */
const stateNames: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'in the kernel',
  T: 'stopped',
  t: 'traced',
  I: 'idle',
};

/** The engine's processes as a tree: what each does, its state, the memory of the host that it holds, and its age. */
export function processesView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const fresh = connectionNote(input);
  if (snapshot === null) return panelOf(input, {title: TITLE, titleNote: fresh}, [noDataYet]);
  const {processes} = snapshot.engine;
  if (isAbsent(processes)) return panelOf(input, {title: TITLE, titleNote: fresh}, [[span(processes.absent, 'dim')]]);
  const bytes = processes.reduce((sum, {residentBytes}) => sum + residentBytes, 0);
  const noun = processes.length === 1 ? 'process' : 'processes';
  const all = `${countText(processes.length)} ${noun}, ${gibText(bytes)} of the host`;
  const heading = ['process', 'pid', 'role', 'memory', 'age', 'state'].map((text) => ({text}));
  const rows = [heading, ...inTree(processes).map((placed) => cellsOf(placed, snapshot, input))];
  return panelOf(input, {title: TITLE, titleNote: fresh === '' ? all : fresh}, tableRows(rows, input));
}

type Placed = {readonly process: EngineProcess; readonly depth: number};

/** Each after its parent, in the order of their age. */
function inTree(processes: readonly EngineProcess[]): readonly Placed[] {
  const pids = new Set(processes.map(({pid}) => pid));
  const placed = new Set<number>();
  const below = (parents: readonly EngineProcess[], depth: number): Placed[] =>
    parents.flatMap((process) => {
      if (placed.has(process.pid)) return [];
      placed.add(process.pid);
      const children = processes.filter(({parentPid}) => parentPid === process.pid);
      return [{process, depth}, ...below(children, depth + 1)];
    });
  const roots = processes.filter(({parentPid, pid}) => !pids.has(parentPid) || parentPid === pid);
  // A pid that was used again may make a circle of old readings.
  return [...below(roots, 0), ...below(processes, 0)];
}

function cellsOf({process, depth}: Placed, snapshot: Snapshot, input: ViewInput): TableCell[] {
  const {name, pid, state, residentBytes, startedAtMs} = process;
  return [
    {text: `${'  '.repeat(depth)}${name}`, tone: 'normal'},
    {text: String(pid), tone: 'strong'},
    {text: roleOf(process, snapshot), tone: 'normal'},
    {text: gibText(residentBytes), tone: 'strong'},
    {text: durationText(input.nowMs - startedAtMs), tone: 'dim'},
    {text: stateNames[state] ?? state, tone: state === 'D' || state === 'T' ? 'warning' : 'dim'},
  ];
}

/** What a process is for: by what holds GPU memory, and by which of them is the engine. */
function roleOf({pid, isShim}: EngineProcess, {engine, gpus}: Snapshot): string {
  if (isShim) return 'shim';
  const held = gpus.flatMap(({index, processes}) =>
    isPresent(processes) && processes.some((holder) => holder.pid === pid) ? [index] : [],
  );
  if (held.length > 0) return `GPU ${held.join(', ')}`;
  return pid === engine.pid ? 'engine' : 'helper';
}
