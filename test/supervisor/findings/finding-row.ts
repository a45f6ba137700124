import type {FindingBench} from './finding-bench.ts';

/** Something that happens at the bench; `code` is the code of the row that is tested. */
export type Happening = (bench: FindingBench, code: string) => void;

/** What raises the findings of some codes and what ends them: a line of docs/findings.md, and a test of each code. */
export type FindingRow = {
  /** As the documentation lists them: codes, or patterns with `*`. */
  readonly shown: readonly string[];
  readonly codes: readonly string[];
  readonly raisedBy: string;
  readonly endedBy: string;
  readonly raise: Happening;
  /** What must not end it, by name. */
  readonly keeps?: Readonly<Record<string, Happening>>;
  /** What ends it, by name; none for a finding that lasts until the supervisor exits. */
  readonly ends: Readonly<Record<string, Happening>>;
  /** A measured value that stays near its threshold. */
  readonly near?: Happening;
};

/** Nothing but time passes. */
export const timePasses: Happening = (bench) => void bench.pass(30);
