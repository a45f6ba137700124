import type {Finding} from '../domain/diagnosis/finding.ts';

/** How an engine comes onto a host, how it is found there, and how its version is read. Text and rules only. */
export type EngineInstallation = {
  /** The program on PATH or in an environment's bin directory: `vllm`, `llama-server`. */
  readonly program: string;
  /** Where the program also is when it was built by hand, `~/` for the home; none when left out. */
  readonly directories?: readonly string[];
  /**
   * The Python module that does what the program does, for an environment whose program is missing: run as
   * `python -m MODULE`, without the first `droppedWords` words of the command line. Null for an engine that is not
   * Python's.
   */
  readonly pythonModule: {readonly name: string; readonly droppedWords: number} | null;
  /** The Python distribution whose metadata names the version, which takes no start of the engine; null for none. */
  readonly distribution: string | null;
  /** Words that make the program print its version. */
  readonly versionWords: readonly string[];
  /** The version in what the program prints; null when it is not there. */
  readonly parseVersion: (output: string) => string | null;
  /** Published container images, the usual one first; their entrypoint and what of the command line it already says. */
  readonly images: readonly ContainerImage[];
  /** Why this version cannot serve this model; null when it can, or when the version says nothing. */
  readonly findVersionProblem: (version: string, model: string) => Finding | null;
};

/** A published image of an engine. */
export type ContainerImage = {
  /** Repository without a tag: `vllm/vllm-openai`. */
  readonly repository: string;
  /** What `--entrypoint` is set to, so that an image's own choice does not matter: `vllm`. */
  readonly entrypoint: string;
};
