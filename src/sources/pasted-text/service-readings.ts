import type {LogDiagnosis} from '../../domain/diagnosis/log-diagnosis.ts';
import type {Engine} from '../../engines/engine.ts';
import {createLogReading, type LogReading} from '../../engines/log/read-log.ts';
import type {ServiceLine} from './viewed-text.ts';

/** Containers of one text that are read on their own: those of an engine, before those that no engine is known by. */
const MAX_READ = 8;
/** Containers of one text that are kept apart; lines of further ones are not read on their own. */
const MAX_SERVICES = 256;
/** Lines, and characters, of one container that are kept until it is read; of one without an engine, the newest. */
const MAX_HELD_LINES = 20_000;
const MAX_HELD_CHARACTERS = 8_000_000;
const MAX_UNKNOWN_LINES = 500;
const MAX_UNKNOWN_CHARACTERS = 250_000;

type Service = {
  held: ServiceLine[];
  heldCharacters: number;
  /** One of its lines is one that only an engine writes. */
  isEngine: boolean;
  reading: LogReading | null;
};

/**
 * The logs of several containers in one text, each on its own: one that failed is not made well by another one that serves.
 * Containers of one engine, which together tell the cause, are also read as one text; this is what is left when that is well.
 */
export class ServiceReadings {
  readonly #engines: readonly Engine[];
  readonly #services = new Map<string, Service>();
  #readCount = 0;

  constructor(engines: readonly Engine[]) {
    this.#engines = engines;
  }

  take(line: ServiceLine): void {
    if (line.service === null) return;
    const service = this.#serviceOf(line.service);
    if (service === null) return;
    if (service.reading !== null) {
      service.reading.take(line);
      return;
    }
    // The places are taken: this container is not read.
    if (this.#readCount >= MAX_READ) return;
    hold(service, line);
    service.isEngine ||= this.#engines.some((engine) => engine.recognizesLogLine(line.text));
    if (service.isEngine && (this.#services.size > 1 || isFull(service))) this.#read(service);
    else if (!service.isEngine) dropOldest(service);
  }

  /** The diagnosis of the text, or of the container in it that failed though the text as a whole shows no failure. */
  explain(found: LogDiagnosis | null, lineCount: number): LogDiagnosis | null {
    if (found?.exit === 'failed' || this.#services.size < 2) return found;
    for (const service of [...this.#services.values()].sort((one, other) => rankOf(one) - rankOf(other))) {
      const own = this.#read(service)?.result() ?? null;
      const code = own?.findings[0]?.code ?? '';
      // Of other programs, an error does not end the engine.
      const isOfEngine = own?.engine != null && (own.phase !== null || code.startsWith(`${own.engine}.`));
      if (own?.exit === 'failed' && isOfEngine) return {...own, lineCount};
    }
    return found;
  }

  #serviceOf(name: string): Service | null {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    if (this.#services.size >= MAX_SERVICES) return null;
    const service = {held: [], heldCharacters: 0, isEngine: false, reading: null};
    this.#services.set(name, service);
    return service;
  }

  /** Reads what is held of it, and from now on each of its lines; null where the places are taken. */
  #read(service: Service): LogReading | null {
    if (service.reading !== null || this.#readCount >= MAX_READ) return service.reading;
    const reading = createLogReading(this.#engines, null);
    for (const line of service.held) reading.take(line);
    this.#readCount += 1;
    service.reading = reading;
    service.held = [];
    return reading;
  }
}

function hold(service: Service, line: ServiceLine): void {
  service.held.push(line);
  service.heldCharacters += line.text.length;
}

function isFull({held, heldCharacters}: Service): boolean {
  return held.length >= MAX_HELD_LINES || heldCharacters >= MAX_HELD_CHARACTERS;
}

function dropOldest(service: Service): void {
  while (service.held.length > MAX_UNKNOWN_LINES || service.heldCharacters > MAX_UNKNOWN_CHARACTERS)
    service.heldCharacters -= service.held.shift()?.text.length ?? 0;
}

function rankOf({isEngine}: Service): number {
  return isEngine ? 0 : 1;
}
