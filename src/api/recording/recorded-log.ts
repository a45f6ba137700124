import type {LogLines} from '../log-lines.ts';
import type {LinePlace, RecordedBytes} from './recorded-lines.ts';
import {type RecordingIndex, readRecordingLine} from './recording-index.ts';

type Lines = LogLines['lines'];
/** The newest `most` log lines of a run up to the one with this number, or of all, oldest first. */
export type ReadLog = (runId: string | null, end: number | null, most: number) => Lines;

/** Reads log lines of a recording when they are asked for, and keeps those of the last answer: the next one has most of them. */
export function createRecordedLog(bytes: RecordedBytes, logs: RecordingIndex['logs']): ReadLog {
  let kept: ReadonlyMap<LinePlace, Lines> = new Map();
  return (runId, end, most) => {
    const parts = logs.get(runId) ?? [];
    const until = end ?? Number.POSITIVE_INFINITY;
    const last = parts.findLastIndex(({firstNumber}) => firstNumber <= until);
    // Lines are numbered without gaps. Read in the order of the file, which reads each part of it once.
    const leastNumber = (parts[last]?.firstNumber ?? 0) + 1 - most;
    const first = Math.max(
      0,
      parts.findLastIndex(({firstNumber}) => firstNumber <= leastNumber),
    );
    const used = new Map<LinePlace, Lines>();
    for (const {place} of parts.slice(first, last + 1)) used.set(place, kept.get(place) ?? linesAt(bytes, place));
    kept = used;
    return ascending([...used.values()].flat(), until).slice(-most);
  };
}

function linesAt(bytes: RecordedBytes, place: LinePlace): Lines {
  const line = readRecordingLine(bytes, place);
  return line !== null && 'log' in line ? line.log.lines : [];
}

/** Without those after `until`, and without what a second recording of the same time has again. */
function ascending(lines: Lines, until: number): Lines {
  let before = Number.NEGATIVE_INFINITY;
  return lines.filter(({number}) => {
    const isNext = number > before && number <= until;
    if (isNext) before = number;
    return isNext;
  });
}
