import fc from 'fast-check';
import type {PreviewAnswer} from '../../../src/client/answers/previews.ts';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import type {LogAnswer, LogWant, SeekState} from '../../../src/client/log-window/log-window.ts';
import type {Viewport} from '../../../src/layout/solve-layout.ts';
import {type Random, seededRandom, wholeNumber} from '../../../src/simulator/node/seeded-random.ts';
import {allKeyLines} from '../../../src/tui/keys/key-table.ts';
import {pointed} from '../../../src/tui/pointer/pointed.ts';
import type {PointerReport} from '../../../src/tui/pointer/report-filter.ts';
import type {ScreenContext} from '../../../src/tui/screens/screen.ts';
import {atNextRead, type ConsoleState, topScreen} from '../../../src/tui/shell/console-state.ts';
import {paste, press} from '../../../src/tui/shell/press.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildHistory} from '../../support/build-history.ts';
import {TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {openedState, pen, screenContext, screens, wallState} from '../../support/console-screens.ts';
import {placed} from '../../support/log-pages.ts';
import {oneOf} from '../../support/value-of-schema.ts';
import {anyStrange, strangeData, strangePoints, strangePreview, strangeText} from '../../views/any-document.ts';
import {anyConsoleData} from '../../views/arbitraries.ts';

/** What happens to a console between two frames. */
export type Step =
  | {readonly kind: 'keys'; readonly keys: readonly string[]}
  | {readonly kind: 'pointer'; readonly report: PointerReport}
  | {readonly kind: 'paste'; readonly text: string}
  | {readonly kind: 'resize'; readonly size: Viewport}
  /** The other data arrives, or more time has gone. */
  | {readonly kind: 'data'}
  /** A part is that of the other data, all others stay the same objects; a second later, or at the same time. */
  | {readonly kind: 'part'; readonly of: keyof ConsoleData; readonly parts: number; readonly isLater: boolean}
  | {readonly kind: 'time'; readonly ms: number};

/** A console from its first frame on, with all that its screens are answered. */
export type Visit = {
  readonly data: readonly [ConsoleData, ConsoleData];
  readonly size: Viewport;
  readonly isAscii: boolean;
  readonly isReadOnly: boolean;
  /** True for the layout of a wall in place of the Overview. */
  readonly isWall: boolean;
  /** The number that makes what it is answered. */
  readonly answers: number;
  readonly steps: readonly Step[];
};

/** The windows that a frame must fit in. */
export const anySize: fc.Arbitrary<Viewport> = fc.oneof(
  fc.record({columns: fc.integer({min: 20, max: 300}), rows: fc.integer({min: 6, max: 100})}),
  fc.constantFrom(
    ...[
      [20, 6],
      [20, 100],
      [300, 6],
      [300, 100],
      [80, 24],
      [120, 40],
      [200, 60],
    ].map(([columns = 0, rows = 0]) => ({
      columns,
      rows,
    })),
  ),
);

/** The keys that open a screen, zoom, or freeze the picture. */
export const openers = [...'123456789', '?', ':', 'F', 'R', 'x', 'a', 'P', 'e', 'L', 'z', 'f'];
/** Keys that lead somewhere together: a filter, a search, a time, a detail, a context length, an action of the palette. */
const sequences = [
  ...[
    '6/gpu',
    '6&.*',
    '6r0',
    '6t-10m',
    '6vuA',
    '6/漢',
    '6g',
    ['7', 'enter', ...'128K'],
    ['7', 'enter', ...'8q', 'escape'],
    '8p',
    '8++',
    '8--',
    ':gpu',
    ':漢字',
    ':restart',
    'R128K',
    'R1',
  ],
].map((keys) => [...keys]);
const tableKeys = allKeyLines().flatMap(({keys}) => keys);
const anyKey = fc.oneof(
  {weight: 6, arbitrary: fc.constantFrom(...tableKeys)},
  {
    weight: 2,
    arbitrary: fc.constantFrom('enter', 'down', 'up', 'left', 'right', 'tab', 'page-down', 'page-up', 'escape'),
  },
  {weight: 1, arbitrary: fc.constantFrom(...openers)},
  {weight: 1, arbitrary: fc.constantFrom(...'abkz019 KM漢é.*(/')},
);

const anyReport: fc.Arbitrary<PointerReport> = fc.record({
  kind: fc.constantFrom('click', 'wheel-up', 'wheel-down'),
  column: fc.nat(300),
  row: fc.nat(100),
});

const anyPart = fc.record({
  kind: fc.constant('part' as const),
  of: fc.constantFrom('connection', 'snapshot', 'history', 'gpuRanges', 'log', 'events', 'stateEvents'),
  parts: fc.nat(2 ** 31 - 1),
  isLater: fc.boolean(),
});

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({kind: fc.constant('keys' as const), keys: fc.array(anyKey, {minLength: 1, maxLength: 4})}),
  },
  {weight: 3, arbitrary: fc.record({kind: fc.constant('keys' as const), keys: fc.constantFrom(...sequences)})},
  {weight: 2, arbitrary: fc.record({kind: fc.constant('resize' as const), size: anySize})},
  {weight: 2, arbitrary: fc.record({kind: fc.constant('data' as const)})},
  {weight: 4, arbitrary: anyPart},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('pointer' as const), report: anyReport})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('paste' as const), text: anyStrange(strangeText)})},
  {
    weight: 1,
    arbitrary: fc.record({kind: fc.constant('time' as const), ms: fc.constantFrom(1_000, 20_000, 7_200_000)}),
  },
);

const anyData = fc.oneof(
  {weight: 3, arbitrary: anyStrange(strangeData)},
  {weight: 1, arbitrary: anyConsoleData(false)},
);

/** Any console, and what happens to it: keys, sizes, data, in any order. */
export const anyVisit: fc.Arbitrary<Visit> = fc.record({
  data: fc.tuple(anyData, anyData),
  size: anySize,
  isAscii: fc.boolean(),
  isReadOnly: fc.boolean(),
  isWall: fc.boolean(),
  answers: fc.nat(2 ** 31 - 1),
  steps: fc
    .tuple(fc.constantFrom(...openers), fc.array(anyStep, {maxLength: 10}))
    .map(([key, steps]): readonly Step[] => [{kind: 'keys', keys: [key]}, ...steps]),
});

/** A console on one screen, of which one part after the other is another one. */
export const anyStay: fc.Arbitrary<Visit> = fc.record({
  ...{data: fc.tuple(anyData, anyData), size: anySize, isAscii: fc.boolean(), isReadOnly: fc.boolean()},
  ...{isWall: fc.boolean(), answers: fc.nat(2 ** 31 - 1)},
  steps: fc
    .tuple(fc.constantFrom(...openers), fc.array(anyPart, {minLength: 6, maxLength: 20}))
    .map(([key, steps]): readonly Step[] => [{kind: 'keys', keys: [key]}, ...steps]),
});

/** Calls `onFrame` with each picture that a visit comes past. */
export function visited(visit: Visit, onFrame: (state: ConsoleState, context: ScreenContext) => void): void {
  let {size} = visit;
  let nowMs = TEST_NOW_MS;
  let [data, next] = visit.data;
  let state = visit.isWall ? wallState : openedState;
  let preview: PreviewAnswer | null = null;
  const answerTo = (): PreviewAnswer => (preview ??= anyPreview(seededRandom(visit.answers)));
  const context = (): ScreenContext => ({...contextOf(visit, state, {data, size, nowMs}), answerTo});
  onFrame(state, context());
  for (const step of visit.steps) {
    state = atNextRead(state);
    switch (step.kind) {
      case 'keys':
        for (const key of step.keys) ({state} = press(state, key, screens, context()));
        break;
      case 'pointer':
        state = pointed(state, step.report, screens, context());
        break;
      case 'paste':
        state = paste(state, step.text, nowMs);
        break;
      case 'resize':
        ({size} = step);
        break;
      case 'data':
        [data, next] = [next, data];
        break;
      case 'part':
        data = withPartOf(data, next, step.of, seededRandom(step.parts));
        if (step.isLater) nowMs += 1_000;
        break;
      case 'time':
        nowMs += step.ms;
        break;
      default:
        throw new Error('no such step');
    }
    onFrame(state, context());
  }
}

/** The data with one part of the other's, or for the snapshot and the series with some parts of that. */
function withPartOf(data: ConsoleData, other: ConsoleData, of: keyof ConsoleData, random: Random): ConsoleData {
  const parts = <Whole extends object>(own: Whole, others: Whole): Whole =>
    Object.assign({...own}, Object.fromEntries(Object.entries(others).filter(() => random() < 0.5)));
  const {snapshot} = data;
  switch (of) {
    case 'snapshot':
      return {...data, snapshot: snapshot === null || other.snapshot === null ? null : parts(snapshot, other.snapshot)};
    case 'history':
      return {...data, history: parts(data.history, other.history)};
    case 'gpuRanges':
      return {...data, gpuRanges: parts(data.gpuRanges, other.gpuRanges)};
    default:
      return {...data, [of]: other[of]};
  }
}

type Now = {readonly data: ConsoleData; readonly size: Viewport; readonly nowMs: number};

/** The context of a frame, with answers to whatever the screen on top asks. */
function contextOf(visit: Visit, state: ConsoleState, {data, size, nowMs}: Now): ScreenContext {
  const random = seededRandom(visit.answers);
  const glyphs = visit.isAscii ? asciiGlyphs : unicodeGlyphs;
  const answers = {history: anyHistory(random, state, data), log: anyLog(random, topScreen(state).log(data))};
  return {
    ...screenContext(data, size),
    ...answers,
    nowMs,
    pen: {...pen, glyphs},
    isReadOnly: visit.isReadOnly,
    pagerRefusal: random() < 0.3 ? strangeText(random) : null,
    keyProblems: random() < 0.3 ? [strangeText(random)] : [],
    linkDelayMs: oneOf(random, [0, 0, 900, 1e7]),
  };
}

function anyPreview(random: Random): PreviewAnswer {
  const error = {code: 'x', message: strangeText(random), remedy: strangeText(random)};
  return oneOf<() => PreviewAnswer>(random, [
    () => ({kind: 'checking'}),
    () => ({kind: 'failed', error}),
    () => ({kind: 'judged', preview: strangePreview(random)}),
  ])();
}

function anyHistory(random: Random, state: ConsoleState, data: ConsoleData): ScreenContext['history'] {
  const question = topScreen(state).history(data);
  const kind = random();
  const error = {code: 'x', message: strangeText(random), remedy: strangeText(random)};
  if (question === null || kind < 0.2) return {window: {kind: 'loading'}, moment: {kind: 'loading'}};
  const {window: asked} = question;
  const failed = {kind: 'failed', question: asked, error} as const;
  if (kind < 0.3) return {window: failed, moment: failed};
  const history = buildHistory(question.window);
  for (const name of question.window.series) {
    if (kind < 0.8) history.series[name] = strangePoints(random, TEST_NOW_MS, question.window.windowMs);
  }
  const moment = question.moment === null ? null : buildHistory(question.moment);
  return {
    window: {kind: 'loaded', question: asked, history},
    moment: moment === null || kind > 0.9 ? {kind: 'loading'} : {kind: 'loaded', question: asked, history: moment},
  };
}

function anyLog(random: Random, want: LogWant | null): LogAnswer {
  const isReading = random() < 0.5;
  const error = {code: 'x', message: strangeText(random), remedy: strangeText(random)};
  if (want === null || random() < 0.2)
    return {window: null, seek: null, error: random() < 0.3 ? error : null, isReading};
  const texts = Array.from({length: wholeNumber(random, 0, 120)}, () => strangeText(random));
  const lines = placed(texts);
  const endBytes = (lines.at(-1)?.offsetBytes ?? 0) + 100;
  const limits = {fromBytes: 0, toBytes: endBytes, startBytes: 0, endBytes};
  const {seek, filter} = want;
  return {
    window: {runId: 'run-1', filter, lines, ...limits},
    seek: seek === null ? null : anySeek(random, seek, oneOf(random, [0, ...lines.map((line) => line.offsetBytes)])),
    error: null,
    isReading,
  };
}

function anySeek(random: Random, seek: SeekState['seek'], offsetBytes: number): SeekState {
  const error = {code: 'x', message: strangeText(random), remedy: strangeText(random)};
  return oneOf<SeekState>(random, [
    {kind: 'searching', seek, ratio: random(), nextBytes: 0},
    {kind: 'found', seek, offsetBytes},
    {kind: 'none', seek},
    {kind: 'failed', seek, error},
  ]);
}
