import type {LogDiagnosis} from '../../domain/diagnosis/log-diagnosis.ts';
import type {Engine} from '../engine.ts';
import {createLogDiagnoser, type DiagnosedEngine, type LogDiagnoser} from './diagnose-log.ts';
import {OtherWriters} from './ending/other-writers.ts';
import type {NumberedLine} from './log-interpreter.ts';
import {createEngineRecognition} from './recognize-engine.ts';
import {unnamedEngine} from './unnamed-engine.ts';

/** Number of recognized lines that identify the engine. */
const ENOUGH_LINES = 100;
/** Most lines, and characters, buffered until the engine is identified: about a megabyte of usual lines, 32 MB of long ones. */
const MAX_HELD_LINES = 8_000;
const MAX_HELD_CHARACTERS = 16_000_000;

/** A diagnosis of a log whose engine may first have to be identified from its lines. */
export type LogReading = {
  readonly take: (line: NumberedLine) => void;
  /** The diagnosis; null when no known engine wrote the text and it has no failure either. */
  readonly result: () => LogDiagnosis | null;
};

/**
 * Diagnoses a log as written by `engine`, or by the engine that most of the first lines are of. A text of no engine is
 * diagnosed without one, if it shows a failure.
 */
export function createLogReading(engines: readonly Engine[], engine: Engine | null): LogReading {
  let diagnoser: LogDiagnoser | null = engine === null ? null : createLogDiagnoser(engine);
  /** Of a text whose engine is known by its lines. */
  let others: OtherWriters | null = null;
  let held: NumberedLine[] = [];
  const recognition = createEngineRecognition(engines);
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

  function readHeld(chosen: DiagnosedEngine): LogDiagnoser {
    const reader = createLogDiagnoser(chosen);
    for (const line of held) reader.take(line);
    return reader;
  }

  function decide(): LogDiagnoser | null {
    const best = recognition.best();
    if (best === null) return null;
    const chosen = readHeld(best);
    others = new OtherWriters(engines, best);
    for (const line of held) others.take(line);
    held = [];
    return chosen;
  }

  /** Of a text that no engine can be recognized by, a failure counts, and the engine that is named in passing. */
  function readUnrecognized(): LogDiagnosis | null {
    const mentioned = recognition.mentioned();
    const named = mentioned === null ? null : readHeld(mentioned).result();
    if (named?.exit === 'failed' && named.lastLines.length === 0) return named;
    const unnamed = readHeld(unnamedEngine(engines)).result();
    if (unnamed.exit !== 'failed') return null;
    return unnamed.lastLines.length > 0 && named?.exit === 'failed' ? named : unnamed;
  }

  return {
    take(line) {
      if (diagnoser !== null) {
        diagnoser.take(line);
        others?.take(line);
        return;
      }
      hold(line);
      if (recognition.take(line.text)) recognized += 1;
      if (recognized >= ENOUGH_LINES || (isOverdue && recognized > 0)) diagnoser = decide();
      else dropOldest();
    },
    result() {
      diagnoser ??= decide();
      if (diagnoser === null) return readUnrecognized();
      const found = diagnoser.result();
      return others === null ? found : others.explain(found);
    },
  };
}
