import type {Snapshot} from '../../api/snapshot.ts';
import type {PanelKind} from '../../layout/panel-kinds.ts';
import {isAbsent} from '../../samples/reading.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {cleanText} from '../drawing/compose.ts';
import {asciiGlyphs} from '../glyphs.ts';
import {panelViews} from '../panels/panel-views.ts';

/** Maximum rows of a panel in text output. */
const MAX_ROWS = 24;
const INDENT = '  ';

/** Panels in order of questions: is it running, what is wrong, does it fit, what is it doing, what does it cost. */
const panelsInText: readonly PanelKind[] = [
  'server',
  'findings',
  'gpu-memory',
  'vram-budget',
  'throughput',
  'kv-cache',
  'latency',
  'cost',
];

/** One snapshot as text for a pipe, a log or a mail: every panel but the log, drawn in ASCII. */
export function plainSnapshotText(
  snapshot: Snapshot,
  options: {readonly columns: number; readonly nowMs: number},
): string {
  const columns = Math.max(20, Math.min(options.columns, 120));
  const data = {
    connection: {kind: 'live'},
    snapshot,
    history: {},
    gpuRanges: {},
    log: [],
    events: null,
    stateEvents: null,
  } as const;
  const {supervisor, node, simulated, takenAtMs} = snapshot;
  const head = `gantry ${supervisor.version}  ${cleanText(node.hostname)}  ${utcText(takenAtMs)}`;
  const lines = [simulated ? `SIMULATED  ${head}` : head];
  for (const kind of panelsInText) {
    if (kind === 'findings' && snapshot.findings.length === 0) continue;
    const view = panelViews[kind]({
      data,
      nowMs: options.nowMs,
      glyphs: asciiGlyphs,
      columns: columns - INDENT.length,
      rows: rowsOf(kind, snapshot),
      keyOf: null,
      options: {},
    });
    const note = view.titleNote === '' ? '' : ` (${view.titleNote})`;
    lines.push('', `${view.title}${note}`);
    for (const row of view.rows) {
      const text = row
        .map((part) => part.text)
        .join('')
        .trimEnd();
      if (text !== '') lines.push(INDENT + text);
    }
  }
  return lines.join('\n');
}

/** One row per GPU, a legend, and processes that are not part of the engine. */
function rowsOf(kind: PanelKind, {gpus}: Snapshot): number {
  if (kind !== 'gpu-memory') return MAX_ROWS;
  const foreign = gpus.flatMap(({processes}) => (isAbsent(processes) ? [] : processes.filter(({isOwn}) => !isOwn)));
  const slices = gpus.reduce((count, {migInstances}) => count + migInstances.length, 0);
  return gpus.length + 1 + foreign.length + slices;
}
