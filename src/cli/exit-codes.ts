/** Exit codes of every command (sysexits numbers where one fits). */
export const exitCodes = {
  done: 0,
  /** Refused, or a check failed. */
  refused: 1,
  usage: 2,
  /** No supervisor or engine to talk to. */
  unavailable: 69,
  /** A bug in Gantry. */
  bug: 70,
  tryAgain: 75,
  /** Configuration is wrong, or Node is too old. */
  configuration: 78,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code an error code stands for. */
export function exitCodeOf(errorCode: string): ExitCode {
  if (errorCode.startsWith('configuration.') || errorCode.startsWith('layout.')) return exitCodes.configuration;
  if (errorCode === 'supervisor.timeout') return exitCodes.tryAgain;
  if (errorCode === 'supervisor.already-running') return exitCodes.refused;
  if (errorCode.startsWith('state-dir.')) return exitCodes.configuration;
  if (errorCode.startsWith('supervisor.')) return exitCodes.unavailable;
  if (errorCode.startsWith('usage.')) return exitCodes.usage;
  return exitCodes.refused;
}
