import type {Finding} from './finding.ts';
import type {LogDiagnosis} from './log-diagnosis.ts';

/** What a text is that is to be explained, apart from the log of an engine. */
export type OtherTextKind =
  | 'kernel-log'
  | 'fabric-manager-log'
  | 'kubernetes'
  | 'gpu-report'
  | 'metrics'
  | 'process-list'
  | 'stacks'
  | 'benchmark'
  | 'client-log'
  | 'server-log'
  | 'unit-log';

/** The content of a text that is no engine's log. */
export type OtherTextDiagnosis = {
  readonly kind: OtherTextKind;
  /** Folder name of the engine that it is about; null if it is about none, or does not tell. */
  readonly engine: string | null;
  /** What the text is, at the start of a sentence. */
  readonly displayName: string;
  /** One sentence each: what the text says, apart from findings. */
  readonly summary: readonly string[];
  /** The cause first, then other findings. */
  readonly findings: readonly Finding[];
  readonly exit: 'failed' | 'no-failure';
  readonly lineCount: number;
};

/** What was done to a text before it was read. */
export type TextView = {
  /** A viewer showed the newest line first. */
  readonly isNewestFirst: boolean;
  /** Who put something in front of every line, the outermost first. */
  readonly prefixes: readonly string[];
};

/** Any text, diagnosed as what it is. */
export type TextDiagnosis = ((LogDiagnosis & {readonly kind: 'engine-log'}) | OtherTextDiagnosis) & {
  readonly view: TextView;
};

/** A diagnosis of these findings: a critical one is a failure. */
export function otherText(text: Omit<OtherTextDiagnosis, 'exit'>): OtherTextDiagnosis {
  const isFailed = text.findings.some(({severity}) => severity === 'critical');
  return {...text, exit: isFailed ? 'failed' : 'no-failure'};
}
