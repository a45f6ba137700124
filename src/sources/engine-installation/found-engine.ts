import type {ContainerClient} from '../../engines/launch/container-command.ts';

/** The version of a found engine, and its source. */
type FoundVersion = {
  /** As the engine prints it; null while unknown. */
  readonly version: string | null;
  /** Where the version was read, or why it is unknown. */
  readonly versionSource: string;
};

/** An engine on this host, and how it is run. */
export type FoundEngine = FoundVersion &
  (
    | {
        /** A program that replaces the engine, as on a simulated node; it was not searched for. */
        readonly kind: 'stand-in';
        readonly path: string;
      }
    | {
        readonly kind: 'program';
        /** Absolute. */
        readonly path: string;
        /** Where it was found: `PATH`, `VIRTUAL_ENV`, ... */
        readonly foundBy: string;
      }
    | {
        readonly kind: 'python-module';
        /** The interpreter, absolute. */
        readonly python: string;
        readonly module: string;
        /** Leading arguments that the module does not accept. */
        readonly droppedArguments: number;
        readonly foundBy: string;
      }
    | {
        readonly kind: 'container';
        readonly client: ContainerClient;
        /** Absolute. */
        readonly clientPath: string;
        readonly image: string;
        readonly entrypoint: string;
        readonly extraArguments: readonly string[];
        readonly foundBy: string;
      }
  );

/** The container that the configuration names. */
export type ContainerChoice = {
  readonly client: ContainerClient | null;
  readonly image: string;
  readonly arguments: readonly string[];
};

/** Where to search for an engine. */
export type SearchPlaces = {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** Directory of shared environments, usually `/opt`; tests use their own. */
  readonly sharedDirectory?: string;
  /** `engine.executable`: if set, nothing else is searched. */
  readonly executable: string | null;
  /** `engine.container`: if set, it is used, whatever else is installed. */
  readonly container: ContainerChoice | null;
};

/** Why no engine was found, where the search was, and what to do. */
export type EngineNotFound = {
  readonly code: 'engine.not-found';
  readonly message: string;
  readonly remedy: string;
  /** Every searched location, as text. */
  readonly places: readonly string[];
};
