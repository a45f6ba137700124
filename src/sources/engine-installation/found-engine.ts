import type {ContainerClient} from '../../engines/launch/container-command.ts';

/** The version of a found engine, and where that is known from. */
type FoundVersion = {
  /** As the engine prints it; null while it is not known. */
  readonly version: string | null;
  /** Where the version was read, or why it is not known. */
  readonly versionSource: string;
};

/** An engine on this host, and how it is run. */
export type FoundEngine = FoundVersion &
  (
    | {
        /** A program that stands in for the engine, as on a simulated node: nobody looked for it. */
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
        /** Words of the command line that the module does not take. */
        readonly droppedWords: number;
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

/** Where an engine is looked for. */
export type SearchPlaces = {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** Directories of environments for everybody, usually `/opt`; tests have their own. */
  readonly sharedDirectory?: string;
  /** `engine.executable`: then nowhere else is looked. */
  readonly executable: string | null;
  /** `engine.container`: then it is taken, whatever else is installed. */
  readonly container: ContainerChoice | null;
};

/** Why there is no engine: what was looked for, where, and what to do. */
export type EngineNotFound = {
  readonly code: 'engine.not-found';
  readonly message: string;
  readonly remedy: string;
  /** Every place that was looked at, in words. */
  readonly places: readonly string[];
};
