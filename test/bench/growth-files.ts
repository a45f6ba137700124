import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {gpuSeriesNames, historySeriesNames} from '../../src/api/history.ts';
import {openHistory} from '../../src/history/open-history.ts';
import {readPastEvents} from '../../src/history/past/read-past-events.ts';
import {readPastHistory} from '../../src/history/past/read-past-history.ts';
import {readGgufFile} from '../../src/sources/model-files/gguf/gguf-file.ts';
import {readSafetensorsHeader} from '../../src/sources/model-files/safetensors/safetensors-header.ts';
import {readSafetensorsIndex} from '../../src/sources/model-files/safetensors/safetensors-index.ts';
import {compactEntries} from '../../src/supervisor/state-dir/compact-entries.ts';
import {findEnvironments, findNewestIntention} from '../../src/supervisor/state-dir/find-intention.ts';
import {findInterruptedLaunch, findLastGoodSettings, readJournal} from '../../src/supervisor/state-dir/journal.ts';
import {type JournalEntry, journalEntrySchema} from '../../src/supervisor/state-dir/journal-entry.ts';
import {journalLine} from '../../src/supervisor/state-dir/journal-text.ts';
import {readRuns} from '../../src/supervisor/state-dir/recovery/read-runs.ts';
import {runOf, settingsOf} from '../domain/lifecycle/lifecycle-samples.ts';
import {
  buildGguf,
  type GgufTensorSpec,
  type GgufValue,
  safetensorsFile,
} from '../sources/model-files/build-model-files.ts';
import {tinyGgufMetadata} from '../sources/model-files/tiny-models.ts';
import {intentionOf} from '../supervisor/state-dir/journal-samples.ts';
import {growsOnDisk} from './growth-time.ts';

const FILE_BYTES = 500_000;

/** A file that grows, and what reads it. */
type GrowingFile = {
  readonly name: string;
  /** Of about so many bytes. */
  readonly contents: (bytes: number) => string | Buffer;
  readonly read: (file: string) => unknown;
};

const repeated = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length));

const index = (name: string, around: (text: string) => string, piece: string): GrowingFile => ({
  name: `safetensors index: ${name}`,
  contents: (bytes) => around(repeated(piece, bytes)),
  read: readSafetensorsIndex,
});
const header = (name: string, around: (text: string) => string, piece: string): GrowingFile => ({
  name: `safetensors header: ${name}`,
  contents: (bytes) => safetensorsFile(around(repeated(piece, bytes)), 0),
  read: (file) => readSafetensorsHeader(file, () => undefined),
});
const weightMap = (text: string): string => `{"weight_map":{${text}"z":"z.safetensors"}}`;
const empty = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';

type GgufParts = readonly [Readonly<Record<string, GgufValue>>, readonly GgufTensorSpec[]];
const gguf = (name: string, partsOf: (count: number) => GgufParts): GrowingFile => ({
  name: `GGUF header: ${name}`,
  contents: (bytes) => buildGguf(...partsOf(bytes / 50)),
  read: readGgufFile,
});
const tensorsOf = (count: number, nameOf: (index: number) => string): GgufTensorSpec[] =>
  Array.from({length: count}, (_, at) => ({name: nameOf(at), shape: [32], type: 8, bytes: 34}));

const journalReaders = async (file: string): Promise<void> => {
  const stateDir = path.dirname(file);
  const read = readJournal({stateDir});
  if (!read.ok) throw new Error(read.error.message);
  const {entries} = read.value;
  compactEntries(entries);
  findInterruptedLaunch(entries);
  findLastGoodSettings(entries, false);
  findNewestIntention(entries);
  findEnvironments(entries);
  await readRuns({stateDir});
};
const journal = (name: string, lineAt: (at: number) => string | Buffer): GrowingFile => ({
  name: `journal: ${name}`,
  contents: (bytes) => {
    const lines = Array.from({length: 64}, (_, at) => Buffer.from(lineAt(at)));
    const ofLines = Buffer.concat(lines).length / lines.length;
    return Buffer.concat(Array.from({length: Math.ceil(bytes / ofLines)}, (_, at) => Buffer.from(lineAt(at))));
  },
  read: journalReaders,
});
const entryLine = (entry: object): Buffer => journalLine(journalEntrySchema.parse(entry));
const launched = (at: number): JournalEntry => ({
  ...{type: 'run-started', atMs: at, runId: runOf(at + 1).runId, run: runOf(at + 1), settings: settingsOf(1_024 + at)},
  ...{engineVersion: null, argv: ['vllm'], simulated: null, intention: `start-${at}`},
});

const files: readonly GrowingFile[] = [
  index('one shard', weightMap, '"a":"m-1.safetensors",'),
  index('two shards in turn', weightMap, '"a":"m-1.safetensors","b":"m-2.safetensors",'),
  index('escapes', weightMap, '"\\u0041":"\\u0041.safetensors",'),
  index('a long text', (text) => `{"a":"${text}"}`, '\\\\'),
  index('lists in lists', (text) => `{"a":${text}`, '['),
  index('numbers', (text) => `{"a":[${text}0]}`, '1e1,'),
  index('one number', (text) => `{"metadata":{"total_size":${text}}}`, '1'),
  index('spaces', (text) => `{${text}}`, ' \n'),
  header('tensors of nothing', (text) => `{${text}"z":${empty}}`, `"a":${empty},`),
  header('a shape', (text) => `{"a":{"dtype":"F32","shape":[${text}0],"data_offsets":[0,0]}}`, '1,'),
  header('keys of a tensor', (text) => `{"a":{${text}"dtype":"F32"}}`, '"x":null,'),
  header('metadata', (text) => `{"__metadata__":{${text}"a":"b"}}`, '"a":"b",'),
  gguf('tensors', (count) => [tinyGgufMetadata, tensorsOf(count, (at) => `blk.${at}.attn_q.weight`)]),
  gguf('tensors with one name', (count) => [tinyGgufMetadata, tensorsOf(count, () => 'blk.0.attn_q.weight')]),
  gguf('texts in a list', (count) => [{...tinyGgufMetadata, a: Array.from({length: count}, () => 'token')}, []]),
  gguf('numbers in a list', (count) => [{...tinyGgufMetadata, a: Array.from({length: count}, () => 1)}, []]),
  gguf('keys', (count) => [
    {...tinyGgufMetadata, ...Object.fromEntries(Array.from({length: count / 4}, (_, at) => [`deepseek2.${at}`, at]))},
    [],
  ]),
  journal('starts of runs', (at) => entryLine(launched(at))),
  journal('starts of one run', () => entryLine(launched(1))),
  journal('runs that are ready', (at) => entryLine({type: 'run-ready', atMs: at, runId: runOf(at + 1).runId})),
  journal('intentions', (at) =>
    entryLine({
      ...{type: 'intention-begun', atMs: at, bootId: 'b', simulated: null},
      intention: intentionOf(`i-${at}`),
    }),
  ),
  journal('one intention that is continued', (at) =>
    entryLine({type: 'intention-continued', atMs: at, id: 'i', step: 'checking'}),
  ),
  journal('lines that are none', () => '{"schemaVersion":1,"type":"run-ready"}\n'),
  journal('empty lines', () => '\n'),
  journal('one line', () => '{"schemaVersion":1,"a":['),
  journal('bytes', () => Buffer.from([0xff, 0x00, 0x5b])),
];

/** True if the time of every reader of files and of the history grows no faster than what they read. */
export async function benchFiles(): Promise<boolean> {
  const directory = mkdtempSync(path.join(tmpdir(), 'gantry-growth-'));
  const outcomes: boolean[] = [];
  try {
    for (const {name, contents, read} of files) {
      const file = path.join(directory, 'journal.jsonl');
      outcomes.push(
        await growsOnDisk(name, async (size) => {
          writeFileSync(file, contents(size * FILE_BYTES));
          return async () => void (await read(file));
        }),
      );
    }
    for (const [name, read] of historyReaders) {
      outcomes.push(await growsOnDisk(`history: ${name}`, async (size) => read(historyOf(directory, size))));
    }
  } finally {
    rmSync(directory, {recursive: true, force: true});
  }
  return outcomes.every((isEven) => isEven);
}

const EVENTS = 4_000;
const STARTS = 400;
const SECONDS = 1_700;

const historyReaders: readonly (readonly [string, (file: string) => () => Promise<void>])[] = [
  ['opened', (file) => async () => void opened(file).close()],
  ['events', (file) => reading(file, (history) => history.readEvents({sinceMs: 0, limit: 10_000}))],
  ['events without a supervisor', (file) => async () => void readPastEvents(file, {sinceMs: 0, limit: 10_000})],
  [
    'series without a supervisor',
    (file) => async () => {
      const windowMs = SECONDS * 2_000;
      readPastHistory(file, {series: historySeriesNames, gpuSeries: gpuSeriesNames, windowMs}, windowMs);
    },
  ],
  ['starts', (file) => reading(file, (history) => history.readStarts(1_000))],
  ['series', (file) => reading(file, (history) => history.readSeries(historySeriesNames, 0, SECONDS * 2_000))],
];

function reading(file: string, read: (history: ReturnType<typeof opened>) => unknown): () => Promise<void> {
  return async () => {
    const history = opened(file);
    read(history);
    history.close();
  };
}

function opened(file: string) {
  const history = openHistory({path: file});
  if (!history.ok) throw new Error(history.error.message);
  return history.value;
}

/** A history of so many times as much of everything. */
function historyOf(directory: string, size: number): string {
  const file = path.join(mkdtempSync(path.join(directory, 'history-')), 'history.sqlite');
  const history = opened(file);
  for (let second = 0; second < size * SECONDS; second += 1) {
    history.recordSample(second * 1_000, Object.fromEntries(historySeriesNames.map((name) => [name, second])));
  }
  for (let at = 0; at < size * EVENTS; at += 1) {
    const details = {text: 'x'.repeat(100), at};
    history.recordEvent({atMs: at, code: 'a.b', severity: 'info', actor: 'host', message: 'm', runId: null, details});
  }
  for (let at = 0; at < size * STARTS; at += 1) {
    history.recordStart({
      ...{runId: `run-${at}`, engineName: 'vllm', totalMs: at},
      phaseDurationsMs: {},
      settings: settingsOf(),
    });
  }
  history.recordSample(size * SECONDS * 1_000, {});
  history.close();
  return file;
}
