import type {LogDiagnosis} from '../../domain/diagnosis/log-diagnosis.ts';
import type {Engine} from '../engine.ts';
import {createLogDiagnoser, type LogDiagnoser} from './diagnose-log.ts';
import type {NumberedLine} from './log-interpreter.ts';

/** Number of recognized lines that identify the engine. */
const ENOUGH_LINES = 100;
/** Most lines, and characters, buffered until the engine is identified: about a megabyte of usual lines, 32 MB of long ones. */
const MAX_HELD_LINES = 8_000;
const MAX_HELD_CHARACTERS = 16_000_000;

/** A diagnosis of a log whose engine may first have to be identified from its lines. */
export type LogReading = {
  readonly take: (line: NumberedLine) => void;
  /** The diagnosis; null when no known engine wrote the log. */
  readonly result: () => LogDiagnosis | null;
};

/** Diagnoses a log as written by `engine`, or by the engine that most of the first lines match. */
export function createLogReading(engines: readonly Engine[], engine: Engine | null): LogReading {
  let diagnoser: LogDiagnoser | null = engine === null ? null : createLogDiagnoser(engine);
  let held: NumberedLine[] = [];
  const counts = new Map<Engine, number>();
  let recognized = 0;
  let heldCharacters = 0;
  /** The buffer has been full: from now on the first recognized line decides. */
  let isOverdue = false;

  function hold(line: NumberedLine): void {
    held.push(line);
    heldCharacters += line.text.length;
    if (held.length >= MAX_HELD_LINES || heldCharacters >= MAX_HELD_CHARACTERS) isOverdue = true;
  }

  /** The newest lines stay: those before the first recognized one say more than the beginning of a foreign text. */
  function dropOldest(): void {
    while (held.length > MAX_HELD_LINES || heldCharacters > MAX_HELD_CHARACTERS)
      heldCharacters -= held.shift()?.text.length ?? 0;
  }

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
      hold(line);
      for (const candidate of engines) {
        if (line.text.startsWith('# ') || !candidate.recognizesLogLine(line.text)) continue;
        counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
        recognized += 1;
      }
      if (recognized >= ENOUGH_LINES || (isOverdue && recognized > 0)) diagnoser = decide();
      else dropOldest();
    },
    result() {
      diagnoser ??= decide();
      return diagnoser?.result() ?? null;
    },
  };
}
