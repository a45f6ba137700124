import type {Snapshot} from '../../api/snapshot.ts';
import {chainOf} from '../../domain/diagnosis/cause-chains.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {span} from '../drawing/compose.ts';
import {shortenText} from '../drawing/shorten-text.ts';
import {severityLabel, severityTones} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import {FINDINGS_TITLE} from '../panels/findings.ts';
import type {PanelView, Row} from '../rows.ts';
import {findingDetails} from './finding-details.ts';

/** All inputs of the Findings screen. */
export type FindingScreenInput = {
  readonly snapshot: Snapshot | null;
  readonly nowMs: number;
  /** Position of the chosen finding. */
  readonly chosen: number;
  /** Rows of the chosen finding scrolled out at the top. */
  readonly offset: number;
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
  /** The key that shows more, as it is shown. */
  readonly moreKey: string;
};

/** The screen, its maximum scroll offset, and how many rows of the finding are visible. */
export type FindingScreen = {readonly view: PanelView; readonly maxOffset: number; readonly page: number};

const LABEL_COLUMNS = 11;

/** Every finding in a row, effects below their cause, and below them the chosen one in full. */
export function findingScreen(input: FindingScreenInput): FindingScreen {
  const {snapshot, chosen, columns, rows, glyphs, nowMs} = input;
  const findings = snapshot?.findings ?? [];
  const finding = findings[chosen];
  if (snapshot === null || finding === undefined) return {view: emptyView(snapshot), maxOffset: 0, page: 1};
  const list = listRows(input, findings);
  const details = findingDetails(finding, {snapshot, nowMs, columns, glyphs});
  const page = Math.max(1, rows - list.length - 1);
  const maxOffset = Math.max(0, details.length - page);
  const start = Math.min(input.offset, maxOffset);
  const more = start < maxOffset ? `; ${input.moreKey} for more` : '';
  return {
    maxOffset,
    page,
    view: {
      title: FINDINGS_TITLE,
      titleNote: `${chosen + 1} of ${findings.length}${more}`,
      tone: toneOf(finding, findings),
      rows: [...list, [], ...details.slice(start, start + page)].slice(0, rows),
    },
  };
}

function emptyView(snapshot: Snapshot | null): PanelView {
  const text = snapshot === null ? 'no data yet' : 'no problems found';
  return {title: FINDINGS_TITLE, titleNote: 'Esc closes', tone: 'normal', rows: [[span(text, 'dim')]]};
}

/** As on the overview: a cause is as urgent as the worst that it explains. */
function toneOf(finding: Finding, findings: readonly Finding[]): PanelView['tone'] {
  const {severity} = chainOf(finding, findings);
  return severity === 'info' ? 'normal' : severity;
}

/** At most half of the rows, around the chosen one. */
function listRows({chosen, rows, columns, glyphs}: FindingScreenInput, findings: readonly Finding[]): Row[] {
  const count = Math.max(1, Math.min(findings.length, Math.floor(rows / 2)));
  const start = Math.max(0, Math.min(chosen - Math.floor(count / 2), findings.length - count));
  return findings.slice(start, start + count).map((finding, index): Row => {
    const isChosen = start + index === chosen;
    const isEffect = finding.explainedBy !== undefined;
    const {severity} = chainOf(finding, findings);
    const label = `${isEffect ? '    effect' : severityLabel(severity, glyphs)}`.padEnd(LABEL_COLUMNS);
    const room = columns - LABEL_COLUMNS - 2;
    return [
      span(isChosen ? '> ' : '  ', 'accent'),
      span(label, severityTones[severity]),
      span(shortenText(finding.message, room, glyphs), isChosen ? 'strong' : 'normal'),
    ];
  });
}
