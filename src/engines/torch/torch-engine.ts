import type {LogContext} from '../engine.ts';
import type {Failure, FailureDetails} from '../log/failure-catalog.ts';

/** The first release that has each of these, as far as it was found out; a later one has it as well. */
export type KnownReleases = {
  readonly toolParsers: Readonly<Partial<Record<string, string>>>;
  readonly reasoningParsers: Readonly<Partial<Record<string, string>>>;
  readonly architectures: Readonly<Partial<Record<string, string>>>;
};

/** What the failures that engines share need to know about one of them. */
export type TorchEngine = {
  readonly displayName: string;
  /** Variables that move its caches to another disk. */
  readonly cacheVariables: string;
  readonly releases: KnownReleases;
};

/** A failure of several engines, whose sentences name the engine. */
export type TorchFailure = Omit<Failure, 'details'> & {
  readonly details: (match: RegExpExecArray, context: LogContext, engine: TorchEngine) => FailureDetails;
};

/** The failures as those of one engine, whose name may begin a sentence. */
export function failuresOf(engine: TorchEngine, failures: readonly TorchFailure[]): readonly Failure[] {
  return failures.map((failure) => ({
    ...failure,
    details: (match, context) => sentences(failure.details(match, context, engine)),
  }));
}

function sentences({message, remedy, ...others}: FailureDetails): FailureDetails {
  return {...others, message: sentence(message), remedy: sentence(remedy)};
}

function sentence(text: string): string {
  return text.replace(/^the engine\b/, 'The engine');
}
