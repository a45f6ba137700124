import {type Engine, type EngineLogEvent, unknownLogContext} from '../engine.ts';

/** What a line counts that only this engine writes, against one that only this engine's rules understand. */
const WRITTEN = 2;
const UNDERSTOOD = 1;

/** Events that are not those of a web server, or of a bar, that several programs have in common. */
const telling: ReadonlySet<EngineLogEvent['type']> = new Set(['version', 'fact', 'notice', 'failure', 'traffic']);

/** Finds out which engine wrote a log, from its lines. */
export type EngineRecognition = {
  /** Takes a line; true if it counts for an engine. */
  readonly take: (text: string) => boolean;
  /** The engine that most lines are of; null before there is one. */
  readonly best: () => Engine | null;
  /** The engine that is named most often, also in passing: a hint, and no more. */
  readonly mentioned: () => Engine | null;
};

/**
 * Recognizes by the lines that only one engine writes, and by those that only one engine's rules and catalog understand. A
 * name in passing (a path in `ps`, a comment) is not a line of that engine.
 */
export function createEngineRecognition(engines: readonly Engine[]): EngineRecognition {
  const weights = new Map<Engine, number>();
  const mentions = new Map<Engine, number>();
  const named = engines.map((engine) => ({engine, names: namesOf(engine)}));
  return {
    take(text) {
      if (text.trim() === '' || text.startsWith('# ')) return false;
      const writers = engines.filter((engine) => engine.recognizesLogLine(text));
      const lower = text.toLowerCase();
      for (const {engine, names} of named) if (names.some((name) => lower.includes(name))) add(mentions, engine, 1);
      for (const engine of writers) add(weights, engine, WRITTEN);
      if (writers.length > 0) return true;
      const [reader, ...others] = engines.filter(({interpretLogLine}) =>
        interpretLogLine(text, unknownLogContext).some(({type}) => telling.has(type)),
      );
      if (reader === undefined || others.length > 0) return false;
      add(weights, reader, UNDERSTOOD);
      return true;
    },
    best: () => heaviest(weights),
    mentioned: () => heaviest(mentions),
  };
}

function namesOf({name, displayName, installation}: Engine): readonly string[] {
  return [name, displayName.toLowerCase(), installation.program].filter((word) => word !== null);
}

function add(counts: Map<Engine, number>, engine: Engine, weight: number): void {
  counts.set(engine, (counts.get(engine) ?? 0) + weight);
}

/** Of equal ones the first. */
function heaviest(counts: ReadonlyMap<Engine, number>): Engine | null {
  const [best] = [...counts].sort(([, one], [, other]) => other - one);
  return best?.[0] ?? null;
}
