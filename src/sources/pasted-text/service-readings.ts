import type {LogDiagnosis} from '../../domain/diagnosis/log-diagnosis.ts';
import type {Engine} from '../../engines/engine.ts';
import {createLogReading, type LogReading} from '../../engines/log/read-log.ts';
import type {ServiceLine} from './viewed-text.ts';

/** Containers of one text that are read on their own. */
const MAX_SERVICES = 8;
/** Lines, and characters, of the first container that are kept until there is a second one. */
const MAX_HELD_LINES = 20_000;
const MAX_HELD_CHARACTERS = 8_000_000;

/**
 * The logs of several containers in one text, each on its own: one that failed is not made well by another one that serves.
 * Containers of one engine, which together tell the cause, are also read as one text; this is what is left when that is well.
 */
export class ServiceReadings {
  readonly #engines: readonly Engine[];
  readonly #readings = new Map<string, LogReading>();
  #held: ServiceLine[] = [];
  #heldCharacters = 0;

  constructor(engines: readonly Engine[]) {
    this.#engines = engines;
  }

  take(line: ServiceLine): void {
    const {service, text} = line;
    if (service === null) return;
    if (!this.#readings.has(service) && this.#readings.size >= MAX_SERVICES) return;
    const isNew = !this.#readings.has(service);
    if (isNew) this.#readings.set(service, createLogReading(this.#engines, null));
    if (this.#readings.size > 1) {
      if (isNew) this.#readHeld();
      this.#readings.get(service)?.take(line);
      return;
    }
    if (this.#held.length >= MAX_HELD_LINES || this.#heldCharacters >= MAX_HELD_CHARACTERS) return;
    this.#held.push(line);
    this.#heldCharacters += text.length;
  }

  /** The diagnosis of the text, or of the container in it that failed though the text as a whole shows no failure. */
  explain(found: LogDiagnosis | null, lineCount: number): LogDiagnosis | null {
    if (found?.exit === 'failed' || this.#readings.size < 2) return found;
    for (const reading of this.#readings.values()) {
      const own = reading.result();
      const code = own?.findings[0]?.code ?? '';
      // Of other programs, an error does not end the engine.
      const isOfEngine = own?.engine != null && (own.phase !== null || code.startsWith(`${own.engine}.`));
      if (own?.exit === 'failed' && isOfEngine) return {...own, lineCount};
    }
    return found;
  }

  #readHeld(): void {
    for (const line of this.#held) this.#readings.get(line.service ?? '')?.take(line);
    this.#held = [];
  }
}
