import type {Finding} from '../domain/diagnosis/finding.ts';

/** How an engine is installed on a host, how it is found, and how its version is read. Text and rules only. */
export type EngineInstallation = {
  /** The program on PATH or in a Python environment's bin directory: `vllm`, `llama-server`. */
  readonly program: string;
  /** Further directories where a self-built program may be, `~/` for the home directory; empty when omitted. */
  readonly directories?: readonly string[];
  /**
   * The Python module equivalent to the program, for an environment without the program: run as
   * `python -m MODULE`, without the first `droppedArguments` words of the command line. Null for an engine that is not
   * Python's.
   */
  readonly pythonModule: {readonly name: string; readonly droppedArguments: number} | null;
  /** The Python distribution whose metadata gives the version without starting the engine; null for none. */
  readonly distribution: string | null;
  /** Arguments that make the program print its version. */
  readonly versionArguments: readonly string[];
  /** Extracts the version from the program's output; null when there is none. */
  readonly parseVersion: (output: string) => string | null;
  /** Published container images, the usual one first, with their entrypoint. */
  readonly images: readonly ContainerImage[];
  /** Why this version cannot serve this model; null when it can, or when the version is not readable. */
  readonly findVersionProblem: (version: string, model: string) => Finding | null;
};

/** A published image of an engine. */
export type ContainerImage = {
  /** Repository without a tag: `vllm/vllm-openai`. */
  readonly repository: string;
  /** Value for `--entrypoint`, so that the image's default does not matter: `vllm`. */
  readonly entrypoint: string;
};
