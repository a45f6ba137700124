import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuProcessSample} from '../../samples/gpu.ts';
import {parseProcesses, processFields} from './parse/parse-csv.ts';
import {lostHandleFinding, lostHandles, messageFindings} from './problems/error-texts.ts';
import {runFindings} from './problems/run-findings.ts';
import {isNoAnswer, type RunOptions, type RunResult, runOnce} from './run-once.ts';

export type ProcessReading = {
  /** Null when the list could not be read. */
  readonly processes: readonly GpuProcessSample[] | null;
  readonly findings: readonly Finding[];
  /** False when nvidia-smi was late or killed. */
  readonly isAnswer: boolean;
  /** Set when the query hangs in the driver and was abandoned; resolves when it exits. */
  readonly stuck: Promise<void> | null;
};

/** Reads which processes use GPU memory. */
export async function readProcesses(executable: string, options: RunOptions): Promise<ProcessReading> {
  const query = [`--query-compute-apps=${processFields.join(',')}`, '--format=csv,noheader,nounits'];
  const result = await runOnce(executable, query, options);
  const isRead = result.kind === 'ended' && result.exitCode === 0;
  return {
    processes: isRead ? parseProcesses(result.stdout) : null,
    findings: [...runFindings(result, executable, options.timeoutMs), ...findingsOfText(result)],
    isAnswer: !isNoAnswer(result),
    stuck: result.kind === 'stuck' ? result.gone : null,
  };
}

function findingsOfText(result: RunResult): readonly Finding[] {
  if (result.kind !== 'ended' || result.exitCode === 0) return [];
  const text = `${result.stdout}\n${result.stderr}`;
  return [...messageFindings(text), ...lostHandles(text).map(lostHandleFinding)];
}
