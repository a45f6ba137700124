import type {ApiError} from '../../api/commands.ts';
import type {Preview} from '../../api/preview.ts';
import {detailsOf} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {Result} from '../../shared/result.ts';
import {uncheckedFinding} from '../../supervisor/launch/checks/guarded-check.ts';

/** GPU memory that a start would lack because other programs use it, as the start itself is judged. */
export function takenMemoryFindings(preview: Result<Preview, ApiError>): readonly Finding[] {
  if (!preview.ok) return [uncheckedFinding('free GPU memory', preview.error.message)];
  return preview.value.checks.flatMap(({finding}) =>
    finding !== null && detailsOf(finding, 'preflight.gpu-memory-taken') !== null ? [finding] : [],
  );
}
