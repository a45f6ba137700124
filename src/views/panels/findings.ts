import {fit, span} from '../compose.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {severityTones} from '../words.ts';

/** What the operator should know, worst first, each with its cure. */
export function findingsView({data, columns, rows, glyphs}: ViewInput): PanelView {
  const findings = data.snapshot?.findings ?? [];
  const lines: Row[] =
    findings.length === 0
      ? [[span('nothing is wrong', 'dim')]]
      : findings.flatMap((finding): Row[] => [
          [span(`${finding.severity} `, severityTones[finding.severity]), span(finding.message, 'strong')],
          [span(`  ${glyphs.arrow} ${finding.remedy}`, 'normal')],
        ]);
  const isCritical = findings.some(({severity}) => severity === 'critical');
  return {
    title: 'Findings',
    titleNote: findings.length === 0 ? '' : String(findings.length),
    tone: isCritical ? 'critical' : findings.length > 0 ? 'warning' : 'normal',
    rows: fit(lines, columns, rows, glyphs),
  };
}
