import type {BenchPoint} from '../../domain/bench/bench-point.ts';
import type {BenchWorkload} from '../../domain/bench/bench-workload.ts';
import type {Result} from '../../shared/result.ts';

/** One load that a tool is to generate. */
export type BenchLoad = {
  /** `http://127.0.0.1:8000` */
  readonly baseUrl: string;
  readonly model: string;
  /** Directory or name of the tokenizer. */
  readonly tokenizer: string;
  readonly workload: BenchWorkload;
  readonly concurrency: number;
  readonly requests: number;
  /** Another one for each load: the same prompts again would be answered from the prefix cache. */
  readonly seed: number;
  /** Directory of this user only, absolute. */
  readonly directory: string;
};

/** What of it a result does not say. */
export type AskedLoad = Pick<BenchLoad, 'concurrency' | 'requests'>;

/** Where a tool is: in the engine's own program, a module of its Python, or a program on the path or next to the engine. */
export type BenchPlace =
  | {readonly kind: 'engine-program'}
  | {
      readonly kind: 'python-module';
      readonly module: string;
      /** False for one that is used where it is found: then another name of it is tried. */
      readonly isInEveryVersion: boolean;
    }
  | {readonly kind: 'program'; readonly program: string};

/** How a tool is run. The API key is in its environment as OPENAI_API_KEY, and nowhere else. */
export type BenchCommand = {
  readonly arguments: readonly string[];
  /** Where it writes its result, absolute. */
  readonly resultFile: string;
  /** Where it leaves files besides: in this directory of the home directory, those whose names begin so. */
  readonly leftovers?: {readonly directory: string; readonly prefix: string};
  /** A file that it reads, written before with mode 0600, for a tool that does not take the key from its environment. */
  readonly secretFile?: {readonly path: string; readonly contents: (apiKey: string | null) => string};
};

/** A benchmark program that loads a running server. Pure: text and values in, values out. */
export type BenchTool = {
  /** As shown: `vllm bench serve`. */
  readonly name: string;
  readonly place: BenchPlace;
  readonly command: (load: BenchLoad) => BenchCommand;
  /** The named figures of its result file, and nothing else of it; the error says what is wrong with it. */
  readonly parse: (text: string, load: AskedLoad) => Result<BenchPoint, string>;
};
