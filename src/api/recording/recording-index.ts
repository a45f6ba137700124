import type {Event} from '../event-schema.ts';
import {findLines, type LinePlace, type RecordedBytes} from './recorded-lines.ts';
import {RECORDING_SCHEMA_VERSION, type RecordingLine, recordingLineSchema} from './recording.ts';

/** Where a snapshot is in the recording, with the position of the whole one that its changes begin at: it, if it is whole. */
export type IndexedSnapshot = {readonly place: LinePlace; readonly atMs: number; readonly wholeAt: number};

/** Where lines of the engine's log are, with the number of the first one. */
export type IndexedLog = {readonly place: LinePlace; readonly firstNumber: number};

/** What is where in a recording. */
export type RecordingIndex = {
  /** In the order of the file. */
  readonly snapshots: readonly IndexedSnapshot[];
  /** By run, in the order of their numbers. */
  readonly logs: ReadonlyMap<string | null, readonly IndexedLog[]>;
  /** Oldest first. */
  readonly events: readonly Event[];
  readonly damaged: DamagedLines;
  /** Format of a line that a later version wrote; null if there is none. */
  readonly laterFormat: number | null;
};

/** Lines that are no lines of a recording, and changes that follow them. */
export type DamagedLines = {
  readonly count: number;
  /** Number of the first one in the file, from 1 on; 0 without any. */
  readonly first: number;
};

/** So much of a line says what it is, in the order in which its fields are written. */
const START_BYTES = 400;
const CLOSING_BRACE = 0x7d;
const wholeStart = /^\{"recording":1,"snapshot":\{[^{}]{0,200}"takenAtMs":(\d{1,15})[,}]/;
const changesStart = /^\{"patch":\{[^{}]{0,200}"\/takenAtMs":(\d{1,15})[,}]/;
/** In each line of a recording; without one, a line is not parsed: a file may have millions of others. */
const knownName = /"(?:snapshot|patch|log|events)"/;
const formatStart = /^\{\s?"recording":\s?(\d{1,9}),/;
const logStart = /^\{"log":\{"runId":(null|"[\w.-]{0,100}"),"lines":\[\{"number":(\d{1,15}),/;

/**
 * Finds snapshots, log and events without reading more than the start of most lines: a line that is cut off is damaged, one with a
 * fault in its middle is found when it is read. What is written in another order is read whole.
 */
export function indexRecording(bytes: RecordedBytes): RecordingIndex {
  const snapshots: IndexedSnapshot[] = [];
  const events: Event[] = [];
  const logs = new Map<string | null, IndexedLog[]>();
  const damaged = {count: 0, first: 0};
  let laterFormat: number | null = null;
  // What has changed says nothing without what was there before.
  let wholeAt: number | null = null;
  findLines(bytes, (place, line, number) => {
    const part = line === null || line.at(-1) !== CLOSING_BRACE ? null : partOf(line);
    if (part?.kind === 'whole') wholeAt = snapshots.length;
    if ((part?.kind === 'whole' || part?.kind === 'changes') && wholeAt !== null)
      snapshots.push({place, atMs: part.atMs, wholeAt});
    else if (part?.kind === 'events') for (const event of part.events) events.push(event);
    else if (part?.kind === 'log') {
      const known = logs.get(part.runId) ?? [];
      logs.set(part.runId, known);
      known.push({place, firstNumber: part.firstNumber});
    } else {
      damaged.count += 1;
      if (damaged.count === 1) damaged.first = number;
      laterFormat ??= line === null ? null : laterFormatOf(line);
      wholeAt = null;
    }
  });
  for (const ofRun of logs.values()) ofRun.sort((a, b) => a.firstNumber - b.firstNumber);
  return {snapshots, logs, events: events.toSorted((a, b) => a.atMs - b.atMs), damaged, laterFormat};
}

function laterFormatOf(line: Uint8Array): number | null {
  const format = Number(formatStart.exec(textOf(line.subarray(0, START_BYTES)))?.[1] ?? 0);
  return format > RECORDING_SCHEMA_VERSION ? format : null;
}

type Part =
  | {readonly kind: 'whole' | 'changes'; readonly atMs: number}
  | {readonly kind: 'log'; readonly runId: string | null; readonly firstNumber: number}
  | {readonly kind: 'events'; readonly events: readonly Event[]};

/** What a line is; null if it is none of a recording. */
function partOf(line: Uint8Array): Part | null {
  const start = textOf(line.subarray(0, START_BYTES));
  const whole = wholeStart.exec(start);
  if (whole !== null) return {kind: 'whole', atMs: Number(whole[1])};
  const changes = changesStart.exec(start);
  if (changes !== null) return {kind: 'changes', atMs: Number(changes[1])};
  const [, runId, firstNumber] = logStart.exec(start) ?? [];
  if (runId !== undefined)
    return {kind: 'log', runId: runId === 'null' ? null : runId.slice(1, -1), firstNumber: Number(firstNumber)};
  const text = textOf(line);
  const read = knownName.test(text) ? parseRecordingLine(text) : null;
  return read === null ? null : partIn(read);
}

function partIn(line: RecordingLine): Part | null {
  if ('events' in line) return {kind: 'events', events: line.events};
  if ('log' in line) {
    const [first] = line.log.lines;
    return {kind: 'log', runId: line.log.runId, firstNumber: first?.number ?? 0};
  }
  const atMs = 'snapshot' in line ? line.snapshot['takenAtMs'] : line.patch['/takenAtMs'];
  return typeof atMs === 'number' ? {kind: 'snapshot' in line ? 'whole' : 'changes', atMs} : null;
}

/** A line of a recording; null if it is none. */
export function readRecordingLine(bytes: RecordedBytes, {start, end}: LinePlace): RecordingLine | null {
  return parseRecordingLine(textOf(bytes.subarray(start, end)));
}

function parseRecordingLine(text: string): RecordingLine | null {
  try {
    const parsed = recordingLineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const decoder = new TextDecoder();

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
