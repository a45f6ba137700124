import type {LogDiagnosis} from '../../domain/diagnosis/log-diagnosis.ts';
import type {Engine} from '../engine.ts';
import {createLogDiagnoser, type LogDiagnoser} from './diagnose-log.ts';
import type {NumberedLine} from './log-interpreter.ts';

/** Recognized lines that are enough to tell whose log it is. */
const ENOUGH_LINES = 100;
/** Lines held back at most while nobody knows whose they are: the first megabyte or so. */
const MAX_HELD_LINES = 8_000;

/** A diagnosis of a log whose engine may have to be told from its lines first. */
export type LogReading = {
  readonly take: (line: NumberedLine) => void;
  /** What the log says; null when no engine known wrote it. */
  readonly result: () => LogDiagnosis | null;
};

/** Diagnoses the lines of a log as `engine`'s, or as those of the one that most of the first lines belong to. */
export function createLogReading(engines: readonly Engine[], engine: Engine | null): LogReading {
  let diagnoser: LogDiagnoser | null = engine === null ? null : createLogDiagnoser(engine);
  let held: NumberedLine[] = [];
  const counts = new Map<Engine, number>();
  let recognized = 0;

  function decide(): LogDiagnoser | null {
    const [best] = [...counts].sort(([, one], [, other]) => other - one);
    if (best === undefined) return null;
    const chosen = createLogDiagnoser(best[0]);
    for (const line of held) chosen.take(line);
    held = [];
    return chosen;
  }

  return {
    take(line) {
      if (diagnoser !== null) {
        diagnoser.take(line);
        return;
      }
      // A log that nobody knows is not kept whole: its end is of use to nobody without its engine.
      if (held.length < MAX_HELD_LINES) held.push(line);
      for (const candidate of engines) {
        if (line.text.startsWith('# ') || !candidate.recognizesLogLine(line.text)) continue;
        counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
        recognized += 1;
      }
      if (recognized >= ENOUGH_LINES || (held.length >= MAX_HELD_LINES && recognized > 0)) diagnoser = decide();
    },
    result() {
      diagnoser ??= decide();
      return diagnoser?.result() ?? null;
    },
  };
}
