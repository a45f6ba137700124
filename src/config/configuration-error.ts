/** Why a configuration cannot be used. `message` names file or variable, place, value and expectation. */
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
