import type {TextDiagnosis} from '../../../src/domain/diagnosis/text-diagnosis.ts';
import {engines} from '../../../src/engines/registry.ts';
import {cleanLogText} from '../../../src/sources/log/clean-log-text.ts';
import {createTextReading} from '../../../src/sources/pasted-text/read-text.ts';

/** The diagnosis of these lines, as `gantry diagnose` reads them. */
export function readLines(lines: readonly string[]): TextDiagnosis | null {
  const reading = createTextReading(engines, null);
  for (const [index, text] of lines.entries()) reading.take({text: cleanLogText(text), number: index + 1});
  return reading.result();
}
