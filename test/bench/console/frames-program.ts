// A console whose supervisor takes a snapshot as soon as the one before is drawn: ten hours of screens in minutes.
import {Writable} from 'node:stream';
import type {Events} from '../../../src/api/event-schema.ts';
import type {LogLines} from '../../../src/api/log-lines.ts';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {keepHeapSmall} from '../../../src/cli/service/process-memory.ts';
import type {ApiClient} from '../../../src/client/api-client.ts';
import {createConsoleSession} from '../../../src/client/console-session.ts';
import {layoutsWith} from '../../../src/layout/load-layout.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {runConsole} from '../../../src/tui/run-console.tsx';
import {panelViews} from '../../../src/views/panels/panel-views.ts';
import {buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {FakeInput} from '../../support/fake-terminal.ts';

/** Frames between two looks at the memory. */
const LOOK_EVERY = 300;
/** Frames between two keys: every screen in turn. */
const KEY_EVERY = 50;
const SCREENS = 9;
const LINES_A_FRAME = 5;
const STATUS_REQUEST = '\u001b[5n';
const STATUS_ANSWER = '\u001b[0n';

const frames = Number(process.argv[2]);
keepHeapSmall();

// Every frame is one second, by every clock.
let aheadMs = 0;
const realNow = performance.now.bind(performance);
performance.now = () => realNow() + aheadMs;

let written = 0;
let onWritten = (): void => undefined;
const stdin = new FakeInput();
const stdout = Object.assign(
  new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      if (text.includes(STATUS_REQUEST)) stdin.write(STATUS_ANSWER);
      written += 1;
      done();
      onWritten();
    },
  }),
  {isTTY: true, columns: 120, rows: 40},
);

/** Values that the program hands over one by one. */
function createFeed<T>() {
  const waiting: T[] = [];
  let wake = (): void => undefined;
  return {
    send(value: T): void {
      waiting.push(value);
      wake();
    },
    async *read(): AsyncGenerator<T, null, undefined> {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

const snapshots = createFeed<Snapshot>();
const log = createFeed<LogLines>();
const events = createFeed<Events>();
const gone = {code: 'supervisor.unavailable', message: 'there is none', remedy: 'none'};
const refused = async () => err(gone);
const client: ApiClient = {
  ...{getSnapshot: refused, sendCommand: refused, preview: refused, getLog: refused},
  ...{getLogPage: refused, getCost: refused, getEvents: refused, getHistory: async () => ok({series: {}})},
  ...{takeBenchLease: refused, keepBench: refused, getBenches: refused},
  snapshots: () => snapshots.read(),
  logLines: () => log.read(),
  events: () => events.read(),
};

const node = buildSnapshot();
let lines = 0;

/** One second of a node with traffic: as read from a socket, with nothing in common with the one before. */
function snapshotOf(frame: number): Snapshot {
  const snapshot = structuredClone(node);
  const wave = Math.sin(frame / 7);
  return {
    ...snapshot,
    sequence: frame,
    takenAtMs: TEST_NOW_MS + frame * 1000,
    gpus: snapshot.gpus.map((gpu, index) => ({
      ...gpu,
      temperatureCelsius: 60 + Math.round(8 * Math.sin(frame / (5 + index))),
      powerDrawWatts: 500 + 100 * wave + index,
      utilizationRatio: 0.85 + 0.1 * wave,
    })),
    traffic: {...snapshot.traffic, generationTokensPerSecond: 1900 + 400 * wave, runningRequests: 46 + (frame % 9)},
  };
}

async function drawn(frame: number): Promise<void> {
  const before = written;
  aheadMs += 1000;
  snapshots.send(snapshotOf(frame));
  log.send({
    runId: 'run',
    lines: Array.from({length: LINES_A_FRAME}, () => {
      lines += 1;
      return {number: lines, text: `INFO [loggers.py:236] Engine 000: Running: ${lines % 60} reqs, line ${lines}`};
    }),
  });
  if (frame % KEY_EVERY === 0) stdin.write(String(1 + ((frame / KEY_EVERY) % SCREENS)));
  while (written === before) await new Promise<void>((resolve) => (onWritten = resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

const session = createConsoleSession({client, nowMs: () => TEST_NOW_MS + aheadMs});
const ended = runConsole({
  ...{session, panelViews, layoutOf: layoutsWith(new Map()), stdin, stdout, stderr: stdout},
  environment: {TERM: 'xterm-256color', LANG: 'en_US.UTF-8'},
  nowMs: () => TEST_NOW_MS + aheadMs,
  fillTmuxBuffer: () => Promise.resolve(false),
  saveScreen: async () => err({message: 'not here', remedy: 'none'}),
  pager: {refusal: 'not here', open: async () => ok('')},
  stopProcess: () => undefined,
  isInBackground: () => false,
  exitNote: () => '',
});
for (let frame = 1; frame <= frames; frame += 1) {
  await drawn(frame);
  if (frame % LOOK_EVERY === 0) process.stderr.write(`${frame} ${process.memoryUsage.rss()}\n`);
}
stdin.write('\u0003');
await ended;
session.close();
