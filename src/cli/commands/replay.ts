import type {ApiError} from '../../api/commands.ts';
import type {DamagedLines} from '../../api/recording/recording-index.ts';
import {createReplaySession} from '../../client/replay/replay-session.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printProgress} from '../output.ts';
import {printSnapshot} from '../quick/print-answers.ts';
import {readRecording} from '../replay/read-recording.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';
import {showWired} from './console.ts';

/** `gantry replay FILE`: a recording in the console; without a terminal, its last snapshot as text. */
export async function runReplay(global: GlobalOptions, file: string): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output} = wiring.value;
  const recording = readRecording(file);
  if (!recording.ok) return printError(output, recording.error);
  const {timesMs, damaged} = recording.value;
  if (damaged.count > 0) printProgress(output, damagedText(damaged));
  const session = createReplaySession(recording.value);
  if (process.stdout.isTTY && process.stdin.isTTY && !global.json) {
    const lengthMs = Math.max(...timesMs.slice(-1)) - timesMs[0];
    const note = (): string => `gantry: ${durationText(lengthMs)} recorded in ${file}.`;
    return showWired(wiring.value, global, {session, nowMs: session.nowMs, isReadOnly: true, note});
  }
  const {snapshot} = session.getData();
  if (snapshot === null) return printError(output, lastDamaged);
  await printSnapshot(output, snapshot, []);
  return exitCodes.done;
}

function damagedText({count, first}: DamagedLines): string {
  return count === 1
    ? `Line ${first} is damaged and was skipped.`
    : `${countText(count)} damaged lines were skipped, the first is line ${first}.`;
}

const lastDamaged: ApiError = {
  code: 'replay.last-damaged',
  message: 'The last snapshot of the recording is damaged.',
  remedy: 'Open it in a terminal: the console shows the moments before.',
};
