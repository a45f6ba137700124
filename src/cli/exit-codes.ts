/** Exit codes of every command (sysexits numbers if one fits). */
export const exitCodes = {
  done: 0,
  /** Refused, or a check failed. */
  refused: 1,
  usage: 2,
  /** No supervisor or engine is running. */
  unavailable: 69,
  /** A bug in Gantry. */
  bug: 70,
  tryAgain: 75,
  /** Invalid configuration, or Node is too old. */
  configuration: 78,
  /** Ended by Ctrl+C or another signal, after what had to be done then. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Exit codes for exact error codes; otherwise the first word decides. */
const byCode: Readonly<Partial<Record<string, ExitCode>>> = {
  'supervisor.timeout': exitCodes.tryAgain,
  'supervisor.already-running': exitCodes.refused,
  'supervisor.held-elsewhere': exitCodes.refused,
  'supervisor.engine-known': exitCodes.refused,
  'supervisor.bug': exitCodes.bug,
  'bench.interrupted': exitCodes.interrupted,
};

const byArea: Readonly<Partial<Record<string, ExitCode>>> = {
  configuration: exitCodes.configuration,
  layout: exitCodes.configuration,
  directories: exitCodes.configuration,
  journal: exitCodes.configuration,
  history: exitCodes.configuration,
  supervisor: exitCodes.unavailable,
  usage: exitCodes.usage,
};

/** The exit code for an error code. */
export function exitCodeOf(errorCode: string): ExitCode {
  const area = errorCode.split('.', 1)[0] ?? '';
  return byCode[errorCode] ?? byArea[area] ?? exitCodes.refused;
}
