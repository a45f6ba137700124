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
};
