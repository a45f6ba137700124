/** Codes of the findings with which a start is refused before anything runs. */
export const preflightCodes: readonly string[] = [
  'preflight.api-key-unusable',
  'preflight.api-key-weak',
  'preflight.cards-unread',
  'preflight.does-not-fit',
  'preflight.environment-differs',
  'preflight.gpu-memory-taken',
  'preflight.leftovers-remain',
  'preflight.model-incomplete',
  'preflight.model-not-found',
  'preflight.no-plan',
  'preflight.open-to-network',
  'preflight.port-in-use',
  'preflight.port-unusable',
  'preflight.socket-path-too-long',
  'preflight.state-unwritable',
  'preflight.unknown-engine',
];
