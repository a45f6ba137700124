import type {MetricFamily} from '../../src/samples/exposition.ts';
import {err, ok, type Result} from '../../src/shared/result.ts';
import {type ExpositionError, MAX_EXPOSITION_BYTES, tooLarge} from '../../src/sources/metrics/exposition-errors.ts';
import {ExpositionReader} from '../../src/sources/metrics/exposition-reader.ts';

/** All series of a whole page, see `ExpositionReader`. */
export function parseExposition(text: string): Result<readonly MetricFamily[], ExpositionError> {
  if (text.length > MAX_EXPOSITION_BYTES) return err(tooLarge());
  const reader = new ExpositionReader(() => true);
  const error = reader.push(text) ?? reader.end();
  return error === null ? ok(reader.result().families) : err(error);
}
