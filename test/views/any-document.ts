import fc from 'fast-check';
import type {z} from 'zod';
import {type Event, eventSchema} from '../../src/api/event-schema.ts';
import {
  type GpuSeriesName,
  gpuSeriesNames,
  type HistoryPoints,
  type HistorySeriesName,
  historySeriesNames,
} from '../../src/api/history.ts';
import {type Preview, previewSchema} from '../../src/api/preview.ts';
import {type Snapshot, snapshotSchema} from '../../src/api/snapshot.ts';
import type {ConsoleData} from '../../src/client/console-data.ts';
import type {GpuRange} from '../../src/client/series/gpu-ranges.ts';
import {thresholdKeys} from '../../src/domain/diagnosis/conditions/threshold-keys.ts';
import {detailSchemas, detailsSchema} from '../../src/domain/diagnosis/details/details.ts';
import {settingDifferenceSchema} from '../../src/domain/diagnosis/details/run-details.ts';
import {findingSchema} from '../../src/domain/diagnosis/finding.ts';
import {memoryPlanSchema} from '../../src/domain/memory/plan/memory-plan.ts';
import {type Random, seededRandom, wholeNumber} from '../../src/simulator/node/seeded-random.ts';
import {buildSnapshot, TEST_NOW_MS} from '../support/build-snapshot.ts';
import {configuredValues} from '../support/configured-values.ts';
import {oneOf, type ValueSource, valueOfSchema} from '../support/value-of-schema.ts';

/** Characters that terminals, fonts and libraries count differently: wide, joined, combining, invisible, right to left, of no plane below. */
const characters = [
  ...['漢', '字', 'メ', 'ｶ', 'Ａ', '한', '\u1112\u1161\u11ab', '𠮷', '（', '　'],
  ...['👩‍👩‍👧', '👍🏽', '🇩🇪', '🇩', '❤️', '❤', '☎️', '1️⃣', '🏴‍☠️', '⌚', '㉈', '🫠'],
  ...['e\u0301', 'o\u0308\u0323\u0332', '\u0301', '\u0915\u093f', '\u0e33', 'ก\u0e33', '\u20dd', '\u0600'],
  ...['\u200b', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u180e', '\u{e0001}', '\ufe0f', '\ufe0e', '\u3164', '\u115f'],
  ...['שלום', 'مرحبا', '\u202e', '\u2066', '\u200f', '\ufdfd'],
  ...['\u0000', '\u001b[31m', '\u001b]0;x\u0007', '\t', '\r', '\n', '\u009b', '\u2028', '\ud800', '\udc00'],
  ...['—', '·', '│', '█', '⣿', '…', 'ﬁ', '½', 'ß', 'İ', '﷽'],
];

/** Text as a driver, a log, a path or a stranger may write it: a word, a long path, or anything. */
export function strangeText(random: Random): string {
  const word = (): string =>
    oneOf(random, ['kimi', 'GPU', '0', '-', 'python3', 'NaN', ' ', '/', 'Worker_TP7', ...characters]);
  const words = (most: number): string[] => Array.from({length: wholeNumber(random, 0, most)}, word);
  const kind = random();
  if (kind < 0.25)
    return oneOf(random, ['', 'vllm', 'auto', '0.28.0', 'moonshotai/Kimi-K2.7-Code', '127.0.0.1', 'not read']);
  if (kind < 0.35) return `/${words(60).join('/')}`;
  if (kind < 0.4) return oneOf(random, characters).repeat(wholeNumber(random, 1, 400));
  return words(kind < 0.9 ? 8 : 80).join(random() < 0.5 ? '' : ' ');
}

const DAY_MS = 86_400_000;

/** A number for a field of this name: usual, none, far too large, or below zero. */
function anyNumber(random: Random, name: string): number {
  if (/(?:At|since|until|now)Ms$/i.test(name))
    return random() < 0.02
      ? oneOf(random, [9e15, -9e15, 1e21, 0])
      : TEST_NOW_MS - wholeNumber(random, -DAY_MS, 40 * DAY_MS);
  if (/^(?:pid|parentPid)$/.test(name)) return wholeNumber(random, 0, 9);
  const kind = random();
  if (kind < 0.2) return 0;
  if (/Ratio$|Fraction$/.test(name)) return kind < 0.9 ? random() : random() * 40 - 4;
  if (/Bytes/.test(name)) return wholeNumber(random, 0, kind < 0.9 ? 1.6e11 : 4e15) * (kind > 0.97 ? -1 : 1);
  if (kind < 0.5) return wholeNumber(random, 0, 9);
  if (kind < 0.9) return random() * 1e6;
  return (random() - 0.3) * 1e15;
}

/** The facts behind a finding, for codes of which a screen reads them. */
const detailedCodes = ['gpu.foreign-process', 'source.nvidia-smi.gpu-lost', 'host.xid'] as const;
const codes = ['vllm.oom', 'source.metrics.failed', ...thresholdKeys.keys(), ...detailedCodes];

function objectOf(schema: z.core.$ZodType, source: ValueSource): object {
  const value = valueOfSchema(schema, source);
  return typeof value === 'object' && value !== null ? value : {};
}

function anyFindings(source: ValueSource): object[] {
  const {random} = source;
  return Array.from({length: oneOf(random, [0, 0, 1, 2, 4, 30])}, (_, index) => {
    const code = oneOf(random, codes);
    const detailed = detailedCodes.find((known) => known === code);
    return {
      ...objectOf(findingSchema, source),
      code,
      details: detailed === undefined || random() < 0.3 ? undefined : valueOfSchema(detailSchemas[detailed], source),
      // A cause stands before what it explains.
      explainedBy: index > 0 && random() < 0.4 ? wholeNumber(random, 0, index - 1) : undefined,
    };
  });
}

const differences = [
  {key: 'kvCacheDtype', current: 'auto', requested: 'fp8'},
  {key: 'extraArguments', current: [], requested: ['--漢字']},
  {key: 'maxRunningRequests', current: null, requested: 64},
];
const realPlan = buildSnapshot().plan;
const realRows = configuredValues('/etc/gantry.yaml');

/** What a plan or a preview says is text of Gantry, but of names and paths from outside. */
function sourceOf(random: Random): ValueSource {
  const both = [
    [detailsSchema, () => undefined],
    // A value is of the type of its key.
    [settingDifferenceSchema, () => oneOf(random, differences)],
  ] as const;
  const plain: ValueSource = {
    random,
    text: () => strangeText(random),
    number: (name) => anyNumber(random, name),
    own: new Map<z.core.$ZodType, () => unknown>(both),
  };
  const {gpus, findings, configuration, knownEngines} = snapshotSchema.shape;
  const anyGpus = (): object[] =>
    Array.from({length: oneOf(random, [0, 1, 2, 8, 8, 9, 16, 64])}, (_, index) => ({
      ...objectOf(gpus.element, source),
      index,
    }));
  const source: ValueSource = {
    ...plain,
    own: new Map<z.core.$ZodType, () => unknown>([
      ...both,
      [findings, () => anyFindings(source)],
      [gpus, anyGpus],
      // The name of a folder is not empty.
      [knownEngines, () => ['vllm', `x${strangeText(random)}`]],
      [memoryPlanSchema, () => (random() < 0.5 ? realPlan : valueOfSchema(memoryPlanSchema, plain))],
      [
        configuration.shape.values,
        () => (random() < 0.5 ? realRows : valueOfSchema(configuration.shape.values, plain)),
      ],
    ]),
  };
  return source;
}

/** Every part of a snapshot as its schema allows it, whether any supervisor would say so or not. */
export function strangeSnapshot(random: Random): Snapshot {
  return snapshotSchema.parse(valueOfSchema(snapshotSchema, sourceOf(random)));
}

/** An answer to what a dialog or the Plan screen asks. */
export function strangePreview(random: Random): Preview {
  return previewSchema.parse(valueOfSchema(previewSchema, sourceOf(random)));
}

function strangeEvents(random: Random): Event[] {
  const count = oneOf(random, [0, 1, 8, 80, 400]);
  const source = sourceOf(random);
  const events = Array.from({length: count}, () => eventSchema.parse(valueOfSchema(eventSchema, source)));
  return events.toSorted((a, b) => a.atMs - b.atMs).map((event, index) => ({...event, id: index + 1}));
}

/** Points of any length, with gaps, in any range. */
export function strangePoints(random: Random, endMs: number, windowMs: number): HistoryPoints {
  const count = oneOf(random, [0, 1, 2, 30, 240]);
  const scale = oneOf(random, [0, 1e-9, 1, 1_000, 1e12]);
  return Array.from({length: count}, (_, index) => ({
    atMs: endMs - windowMs + Math.round(((index + 1) * windowMs) / count),
    value: random() < 0.1 ? null : (random() - 0.1) * scale,
  }));
}

function strangeHistory(random: Random): Pick<ConsoleData, 'history' | 'gpuRanges'> {
  const points = (): HistoryPoints => strangePoints(random, TEST_NOW_MS, 900_000);
  const history: Partial<Record<HistorySeriesName, HistoryPoints>> = {};
  for (const name of historySeriesNames) if (random() < 0.8) history[name] = points();
  const gpuRanges: Partial<Record<GpuSeriesName, GpuRange>> = {};
  for (const name of gpuSeriesNames) if (random() < 0.8) gpuRanges[name] = {least: points(), most: points()};
  return {history, gpuRanges};
}

function strangeConnection(random: Random): ConsoleData['connection'] {
  const atMs = TEST_NOW_MS - wholeNumber(random, 0, DAY_MS);
  return oneOf<ConsoleData['connection']>(random, [
    {kind: 'connecting'},
    {kind: 'live'},
    {kind: 'live'},
    {kind: 'lost', sinceMs: atMs, reason: strangeText(random)},
    {kind: 'replay', atMs, firstMs: atMs - 300_000, lastMs: TEST_NOW_MS, isPlaying: random() < 0.5},
  ]);
}

/** Lines of a log with their places, if the supervisor says these. */
function strangeLog(random: Random): ConsoleData['log'] {
  const hasPlaces = random() < 0.8;
  return Array.from({length: oneOf(random, [0, 1, 5, 60])}, (_, index) => ({
    number: index + 1,
    ...(hasPlaces ? {offsetBytes: index * 100} : {}),
    text: random() < 0.2 ? 'ERROR a line that is repeated' : strangeText(random),
  }));
}

/** What a console may be given, from nothing to everything, with every part of it as strange as its schema allows. */
export function strangeData(random: Random): ConsoleData {
  const [connection, snapshot] = [strangeConnection(random), random() < 0.05 ? null : strangeSnapshot(random)];
  const [history, log] = [strangeHistory(random), strangeLog(random)];
  const events = random() < 0.1 ? null : strangeEvents(random);
  return {
    connection,
    snapshot,
    ...history,
    log,
    events,
    stateEvents: random() < 0.1 ? null : {events: events ?? [], isCut: random() < 0.3},
  };
}

/** The same, as fast-check chooses it: by the number that makes it again. */
export function anyStrange<T>(make: (random: Random) => T): fc.Arbitrary<T> {
  return fc.nat(2 ** 31 - 1).map((seed) => make(seededRandom(seed)));
}
