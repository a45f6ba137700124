import type {LogContext} from '../engine.ts';
import type {Failure, FailureDetails} from './failure-catalog.ts';

/** A failure of several engines; its sentences need to know some things about the engine. */
export type EngineFailure<E> = Omit<Failure, 'details'> & {
  readonly details: (match: RegExpExecArray, context: LogContext, engine: E) => FailureDetails;
};

/** The failures as those of one engine, whose name may begin a sentence. */
export function failuresOf<E>(engine: E, failures: readonly EngineFailure<E>[]): readonly Failure[] {
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
