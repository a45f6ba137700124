/** Why a configuration cannot be used. `message` has file or variable, position, value and expectation. */
export type ConfigurationError = {
  readonly code:
    | 'configuration.file-missing'
    | 'configuration.file-unreadable'
    | 'configuration.file-too-large'
    | 'configuration.yaml-syntax'
    | 'configuration.unknown-key'
    | 'configuration.invalid-value'
    | 'configuration.unknown-variable';
  readonly message: string;
  readonly remedy: string;
  /** Of the first problem; left out where it is not in the file. */
  readonly place?: FilePlace;
};

/** A place in a file; line and column count from 1. */
export type FilePlace = {readonly file: string; readonly line: number; readonly column: number};
