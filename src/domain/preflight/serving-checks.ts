import {detailsOf} from '../diagnosis/details/details.ts';
import type {Check} from './check.ts';

/** Checks of the present, whether an engine serves or not. */
const presentChecks: ReadonlySet<string> = new Set(['nvidia-smi', 'state directory']);

/** What an engine that serves with the same settings proves wrong: its plan fits, and port and memory are its own. */
const refutedCodes: ReadonlySet<string> = new Set([
  'preflight.does-not-fit',
  'preflight.no-plan',
  'preflight.port-in-use',
  'preflight.port-unusable',
]);

/**
 * The checks of a start for the engine that already serves with these settings. What it proves wrong is left out; what
 * would hinder the next start is a warning, because nothing is hindered now.
 */
export function checksWhileServing(checks: readonly Check[]): readonly Check[] {
  return checks.map((check) => {
    const {name, finding} = check;
    if (finding === null || presentChecks.has(name)) return check;
    const taken = detailsOf(finding, 'preflight.gpu-memory-taken');
    const isOwnMemory = taken?.cards.every(({holders}) => holders.length === 0);
    if (isOwnMemory === true || refutedCodes.has(finding.code)) {
      return {...check, detail: 'the engine runs with these settings', finding: null};
    }
    return {...check, finding: finding.severity === 'critical' ? {...finding, severity: 'warning'} : finding};
  });
}
