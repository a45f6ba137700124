import type {LogLines} from '../../api/log-lines.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type Output, printJson, printText} from '../output.ts';

/** Lines that `gantry logs` prints unless told otherwise. */
export const DEFAULT_LOG_LINES = 200;

/** Prints what `gantry status` says; `findings` are about the configuration of this command. */
export async function printSnapshot(output: Output, snapshot: Snapshot, findings: readonly Finding[]): Promise<void> {
  if (output.isJson) printJson(output, {...snapshot, commandFindings: findings});
  else printText(output, await snapshotText(snapshot));
}

/** One snapshot as text, as wide as the terminal. */
export async function snapshotText(snapshot: Snapshot): Promise<string> {
  const {plainSnapshotText} = await import('../../views/text/plain-snapshot-text.ts');
  return plainSnapshotText(snapshot, {columns: process.stdout.columns ?? 80, nowMs: Date.now()});
}

/** Prints what `gantry logs` says. */
export function printLog(output: Output, log: LogLines): void {
  if (output.isJson) printJson(output, log);
  else printText(output, log.lines.map((line) => line.text).join('\n'));
}
