import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type Check, forceable} from '../../../domain/preflight/check.ts';

/** The code of a check that could not be made. */
export const UNCHECKED = 'preflight.unchecked';

/** A check that throws becomes a warning and blocks nothing. */
export async function guarded(name: string, check: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await check();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [forceable(name, `could not be checked: ${reason}`, uncheckedFinding(name, `${reason}.`))];
  }
}

/**
 * A check could not be made.
 *
 * @param reason - a sentence
 */
export function uncheckedFinding(name: string, reason: string): Finding {
  return {
    ...withDetails(UNCHECKED, {check: name}),
    severity: 'warning',
    message: `The ${name} could not be checked before the start: ${reason}`,
    evidence: null,
    remedy: 'Run gantry doctor.',
    settingsChange: null,
  };
}
