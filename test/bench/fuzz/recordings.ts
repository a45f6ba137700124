import {gpuSeriesNames, historySeriesNames} from '../../../src/api/history.ts';
import {openRecording} from '../../../src/api/recording/open-recording.ts';
import type {RecordingLine} from '../../../src/api/recording/recording.ts';
import {createSnapshotEncoder} from '../../../src/api/recording/snapshot-encoder.ts';
import {createReplaySession, type ReplaySession} from '../../../src/client/replay/replay-session.ts';
import type {SessionTimers} from '../../../src/client/session-timers.ts';
import {createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import {pressed, screenContext, screens} from '../../support/console-screens.ts';
import type {FuzzKind} from './fuzz-kind.ts';
import {mutateBytes} from './mutate-bytes.ts';
import {mutateText} from './mutate-text.ts';

const TIMES = 4;
const WINDOW_MS = 3_600_000;
const size = {columns: 120, rows: 40};
const tabs = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'e', 'F'];
const moves = ['first', 'forward', 'far-forward', 'last', 'far-back', 'back', 'play'] as const;
const never: SessionTimers = {schedule: () => () => undefined};

/** What `gantry replay` is given: one of its lines is broken most often, and what can still be read of it is drawn. */
export const recordings: FuzzKind = {
  name: 'recordings',
  run: async (random) => {
    const lines = recordedLines();
    const at = random.below(lines.length);
    const line = lines[at] ?? '';
    const broken = random.below(3) === 0 ? mutateBytes(random, Buffer.from(line), true) : mutateText(random, line);
    const parts = lines.map((other, index) => Buffer.concat([Buffer.from(index === at ? broken : other), newline]));
    const bytes = Buffer.concat(parts);
    const recording = openRecording(random.below(5) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes);
    if (!recording.ok) return recording.error.code;
    const session = createReplaySession(recording.value, never);
    await session.readHistory({windowMs: WINDOW_MS, series: historySeriesNames, gpuSeries: gpuSeriesNames});
    draw(session, random.pick(tabs));
    for (const move of moves) {
      session.replay?.(move);
      draw(session, random.pick(tabs));
    }
    session.close();
    return recording.value.damaged.count > 0 ? 'read, with damage' : 'read';
  },
};

const newline = Buffer.from('\n');

/** With changes after whole snapshots, and all that has a time or a number of its own. */
function recordedLines(): readonly string[] {
  const encoder = createSnapshotEncoder();
  const {takenAtMs, sequence, engine} = buildSnapshot();
  const snapshots = Array.from({length: TIMES}, (_, index): RecordingLine => {
    const snapshot = buildSnapshot({sequence: sequence + index, takenAtMs: takenAtMs + index * 20_000});
    return encoder.encode(snapshot, index).line;
  });
  const log = {runId: engine.runId, lines: [1, 2, 3].map((number) => ({number, text: `INFO line ${number}`}))};
  return [...snapshots, {log}, {events: [buildEvent({id: 1, atMs: takenAtMs})]}].map((line) => JSON.stringify(line));
}

function draw(session: ReplaySession, tab: string): void {
  const data = session.getData();
  const context = {...screenContext(data, size), nowMs: session.nowMs()};
  const {state} = pressed([tab], context);
  drawConsole(createCanvas(size), {state, screens, context});
}
