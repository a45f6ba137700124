import {explainedBy} from '../../domain/diagnosis/cause-chains.ts';
import type {Check} from '../../domain/preflight/check.ts';
import {span} from '../drawing/compose.ts';
import {wrapIndented} from '../drawing/wrap-text.ts';

const INDENT = '    ';

/** `gantry doctor` as text: one line per check, with problem and remedy below, or what causes the problem. */
export function doctorText(checks: readonly Check[], columns: number): string {
  const widest = Math.max(...checks.map(({name}) => name.length));
  const findings = checks.flatMap(({finding}) => finding ?? []);
  return checks
    .flatMap(({name, detail, finding}) => {
      const mark = finding === null ? 'ok      ' : finding.severity === 'critical' ? 'BLOCKS  ' : 'warning ';
      const head = `${mark}${name.padEnd(widest)}  ${detail}`;
      if (finding === null) return [head];
      const cause = explainedBy(finding, findings);
      const next = cause === null ? `-> ${finding.remedy}` : `Because: ${cause.message}`;
      return [
        head,
        // The detail of a plan is its reason.
        ...(finding.code === 'preflight.does-not-fit' ? [] : indented(finding.message, columns)),
        ...indented(next, columns),
      ];
    })
    .join('\n');
}

function indented(text: string, columns: number): readonly string[] {
  return wrapIndented(text, 'normal', [span(INDENT)], columns).map((row) => row.map((part) => part.text).join(''));
}
