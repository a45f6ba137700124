import type {EngineLogEvent} from '../../engine.ts';
import {deviceFailures} from './device-failures.ts';
import type {Failure} from './failure.ts';
import {memoryFailures} from './memory-failures.ts';
import {startFailures} from './start-failures.ts';

/** Memory first: a full card is told in the words of whatever met it, a kernel or NCCL. Consequences come last. */
const failures: readonly Failure[] = [...memoryFailures, ...startFailures, ...deviceFailures];

/** Longest piece of a line that is kept as evidence, in characters. */
const MAX_EVIDENCE_LENGTH = 400;

/** The failure a line names, as an event; empty when it names none. */
export function interpretFailure(text: string): readonly EngineLogEvent[] {
  for (const {code, pattern, isConsequence = false, details} of failures) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const {message, remedy, settingsChange = null} = details(match);
    const evidence = text.slice(0, MAX_EVIDENCE_LENGTH);
    return [
      {
        type: 'failure',
        isConsequence,
        finding: {code, severity: 'critical', message, evidence, remedy, settingsChange},
      },
    ];
  }
  return [];
}
