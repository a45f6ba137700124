import type {Snapshot} from '../api/snapshot.ts';
import {panelKinds} from '../layout/panel-kinds.ts';
import {utcText} from './format/times.ts';
import {asciiGlyphs} from './glyphs.ts';
import {panelViews} from './panel-views.ts';

/** Rows that each panel may have in a text: as many as it has something to say for. */
const MAX_ROWS = 24;
const LABEL_INDENT = '  ';

/** One snapshot as text for a pipe, a log or a mail: every panel but the log, plain ASCII. */
export function plainSnapshotText(
  snapshot: Snapshot,
  options: {readonly columns: number; readonly nowMs: number},
): string {
  const columns = Math.max(20, Math.min(options.columns, 120));
  const data = {connection: {kind: 'live'}, snapshot, history: {}, log: []} as const;
  const lines = [
    `${snapshot.simulated ? 'SIMULATED  ' : ''}gantry ${snapshot.supervisor.version}  ${snapshot.node.hostname}  ${utcText(snapshot.takenAtMs)}`,
  ];
  for (const kind of panelKinds) {
    if (kind === 'log' || (kind === 'findings' && snapshot.findings.length === 0)) continue;
    const view = panelViews[kind]({
      data,
      nowMs: options.nowMs,
      glyphs: asciiGlyphs,
      columns: columns - LABEL_INDENT.length,
      rows: MAX_ROWS,
      options: {},
    });
    const note = view.titleNote === '' ? '' : ` (${view.titleNote})`;
    lines.push('', `${view.title}${note}`);
    for (const row of view.rows) {
      const text = row
        .map((part) => part.text)
        .join('')
        .trimEnd();
      if (text !== '') lines.push(LABEL_INDENT + text);
    }
  }
  return lines.join('\n');
}
