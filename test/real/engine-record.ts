/** What an engine, real or simulated, printed and served in one run of the comparison. */
export type EngineRecord = {
  readonly version: string;
  /** Everything that was logged, start by start. */
  readonly logs: readonly string[];
  /** Its page of metrics after requests. */
  readonly page: string;
  /** Exit status by what ended it: a shell's, so that a signal is 128 and its number. */
  readonly exits: Readonly<Partial<Record<ExitName, number | null>>>;
};

export type ExitName = 'SIGTERM while idle' | 'KV cache too small' | 'port in use' | 'unknown argument';
