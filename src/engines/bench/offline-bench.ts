import type {BenchPoint} from '../../domain/bench/bench-point.ts';
import type {Result} from '../../shared/result.ts';

/** What such a benchmark measured with prompts and answers of one size. */
export type OfflineLoads = {
  readonly promptTokens: number;
  readonly answerTokens: number;
  /** The part of each prompt that all have in common, 0..1. */
  readonly sharedRatio: number;
  /** In the order of the file; none has a time to the first token, as no request was sent. */
  readonly points: readonly BenchPoint[];
};

/** A benchmark that loads the model itself and sends nothing to a server, so that it is never run next to one. */
export type OfflineBench = {
  /** Of its program. */
  readonly name: string;
  /** The options with which it writes what is read here. */
  readonly options: string;
  /** The loads of its output; the error says what is wrong with it. */
  readonly parse: (text: string) => Result<readonly OfflineLoads[], string>;
};
