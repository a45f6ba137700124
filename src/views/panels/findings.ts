import type {Finding} from '../../domain/diagnosis/finding.ts';
import {changeText} from '../../domain/settings/settings-difference.ts';
import {span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {severityTones} from '../format/names.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {connectionNote} from './freshness.ts';
import {noDataYet, panelOf} from './panel-of.ts';

const INDENT = '  ';
/** Maximum rows per message or remedy. */
const MAX_WRAPPED_ROWS = 4;

/** Findings, worst first, each with its remedy. */
export function findingsView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  if (snapshot === null) return panelOf(input, {title: 'Findings', titleNote: connectionNote(input)}, [noDataYet]);
  const {findings} = snapshot;
  const worst = findings[0]?.severity;
  const head = {
    title: 'Findings',
    titleNote: connectionNote(input) === '' ? countNote(findings) : connectionNote(input),
    tone: worst === 'critical' || worst === 'warning' ? worst : 'normal',
  } as const;
  if (findings.length === 0) return panelOf(input, head, [[span('no problems found', 'dim')]]);
  return panelOf(input, head, findingRows(findings, input));
}

/** As much as fits: everything, otherwise one row each for message and remedy, otherwise only the message. */
function findingRows(findings: readonly Finding[], input: ViewInput): Row[] {
  const {rows, glyphs} = input;
  const remedyOf = (finding: Finding): string =>
    remedyText(finding, input.hasKeys !== false && finding === appliedCure(findings), glyphs.arrow);
  const remedyRow = (finding: Finding): Row => [span(`${INDENT}${remedyOf(finding)}`, 'normal')];
  const whole = findings.flatMap((finding) => wrappedRows(finding, remedyOf(finding), input));
  if (whole.length <= rows) return whole;
  const short = findings.flatMap((finding): Row[] => [messageRow(finding), remedyRow(finding)]);
  if (short.length <= rows) return short;
  if (findings.length > rows) {
    const shownCount = Math.max(1, rows - 1);
    const rest = findings.length - shownCount;
    return [...findings.slice(0, shownCount).map(messageRow), [span(`${INDENT}and ${rest} more`, 'dim')]];
  }
  // The worst ones with their remedies, the others without.
  const spare = rows - findings.length;
  return findings.flatMap((finding, index): Row[] =>
    index < spare ? [messageRow(finding), remedyRow(finding)] : [messageRow(finding)],
  );
}

function wrappedRows(finding: Finding, remedyText: string, {columns, glyphs}: ViewInput): Row[] {
  const head = span(`${finding.severity} `, severityTones[finding.severity]);
  const [first, ...rest] = wrapText(finding.message, 'strong', columns - head.text.length, MAX_WRAPPED_ROWS, glyphs);
  const indented = (row: Row): Row => [span(INDENT), ...row];
  const remedy = wrapText(remedyText, 'normal', columns - INDENT.length, MAX_WRAPPED_ROWS, glyphs);
  return [[head, ...(first ?? [])], ...rest.map(indented), ...remedy.map(indented)];
}

function messageRow({severity, message}: Finding): Row {
  return [span(`${severity} `, severityTones[severity]), span(message, 'strong')];
}

/** The key is shown with the finding it fixes: the worst one that a setting fixes. */
function remedyText({remedy, settingsChange}: Finding, isApplied: boolean, arrow: string): string {
  const key = isApplied && settingsChange !== null ? ` (a applies it: ${changeText(settingsChange)})` : '';
  return `${arrow} ${remedy}${key}`;
}

/** `1 critical, 2 warnings`. */
function countNote(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity'], word: string): string[] => {
    const found = findings.filter((finding) => finding.severity === severity).length;
    return found === 0 ? [] : [`${found} ${word}${found === 1 || word !== 'warning' ? '' : 's'}`];
  };
  return [...count('critical', 'critical'), ...count('warning', 'warning'), ...count('info', 'info')].join(', ');
}

/** The finding for the fix key: among the worst ones, the first that a setting fixes. */
export function appliedCure(findings: readonly Finding[]): Finding | undefined {
  // Advice is not a fix, and fixing a minor problem does not bring an engine back.
  const worst = findings.some(({severity}) => severity === 'critical') ? 'critical' : 'warning';
  return findings.find(({severity, settingsChange}) => severity === worst && settingsChange !== null);
}
