import type {Snapshot} from '../../api/snapshot.ts';
import type {Chain} from '../../domain/diagnosis/cause-chains.ts';
import {chainsOf} from '../../domain/diagnosis/cause-chains.ts';
import {exitText} from '../../domain/lifecycle/lifecycle-findings.ts';
import {isServingState, phaseInSentence} from '../../domain/lifecycle/phases.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {factRow, span} from '../drawing/compose.ts';
import {shortenText} from '../drawing/shorten-text.ts';
import {cureRows, type DetailSpace, supportRows} from '../findings/finding-details.ts';
import {severityLabel, severityTones} from '../format/names.ts';
import {exitTimeText} from '../format/times.ts';
import {keyTexts, stateRow, troubleOf, troubleText} from '../panels/engine-trouble.ts';
import {connectionNote} from '../panels/freshness.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import {blank, labelled, wrapped} from '../plan/text-lines.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** Of the panel; the header does not repeat the finding in it. */
export const PROBLEM_TITLE = 'Problem';

/** What stopped or endangers serving, whole: state, finding, what to do with the keys for it, evidence, and when. */
export function problemView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const note = connectionNote(input);
  if (snapshot === null) return panelOf(input, {title: PROBLEM_TITLE, titleNote: note}, [noDataYet]);
  const trouble = troubleOf(snapshot);
  const tone = isServingState(snapshot.engine.state) ? 'warning' : 'critical';
  const whole = problemRows(snapshot, trouble, input);
  const rows = withoutBlanks(whole, whole.length - input.rows);
  const titleNote = note === '' ? hiddenNote(rows.length - input.rows, input) : note;
  return panelOf(input, {title: PROBLEM_TITLE, titleNote, tone}, rows);
}

/** Blank rows between the parts are the first to make room, the last ones first. */
function withoutBlanks(rows: readonly Row[], count: number): readonly Row[] {
  if (count <= 0) return rows;
  const blanks = rows.flatMap((row, index) => (row.length === 0 ? [index] : []));
  const left = new Set(blanks.slice(-count));
  return rows.filter((_, index) => !left.has(index));
}

/** Where the rest of it is read. */
function hiddenNote(hidden: number, input: ViewInput): string {
  if (hidden <= 0) return '';
  const rest = `${countedText(hidden, 'more row')}`;
  const key = input.keyOf?.('engine.findings') ?? null;
  return key === null ? rest : fittingNote(input, PROBLEM_TITLE, [`${rest}, ${key} shows them`, rest]);
}

function problemRows(snapshot: Snapshot, trouble: Chain | undefined, input: ViewInput): Row[] {
  const {columns, glyphs, nowMs} = input;
  const cureKey = input.keyOf?.('engine.cure') ?? null;
  const {state, exit} = snapshot.engine;
  const head = headRows(snapshot, input);
  const endMs = isServingState(state) ? null : (exit?.atMs ?? null);
  // A narrow row has no room for the moment of the end: then the finding keeps its own.
  const isShown = endMs !== null && head.flat().some(({text}) => text === utcText(endMs));
  const space: DetailSpace = {snapshot, nowMs, shownMs: isShown ? endMs : null, columns, glyphs, cureKey};
  const [keys] = keyTexts(input, snapshot, trouble);
  const label = keys.startsWith('gantry ') ? 'commands' : 'keys';
  const others = chainsOf(snapshot.findings).filter(({cause}) => cause !== trouble?.cause);
  if (trouble === undefined) {
    const key = input.keyOf?.('screen.logs') ?? null;
    const log = key === null ? 'gantry logs shows the log' : `${key} opens the log`;
    return [
      ...head,
      blank,
      ...wrapped('Gantry found no reason in the log.', space, 'strong'),
      ...labelled(label, `${keys}, ${log}`, space, {tone: 'accent'}),
      ...otherRows(others, input),
    ];
  }
  const {cause, severity} = trouble;
  return [
    ...head,
    blank,
    [span(severityLabel(severity, glyphs), severityTones[severity])],
    ...wrapped(cause.message, space, 'strong'),
    blank,
    ...cureRows(cause, space),
    ...labelled(label, keys, space, {tone: 'accent'}),
    blank,
    ...supportRows(cause, space),
    ...otherRows(others, input),
  ];
}

/** What the engine is, how it ended and in which phase, and when it starts again by itself. */
function headRows(snapshot: Snapshot, input: ViewInput): Row[] {
  const {engine} = snapshot;
  const {columns, glyphs, nowMs} = input;
  const {exit, phase, readyAtMs, backOff} = engine;
  const name = engine.displayName ?? engine.name;
  const facts =
    isServingState(engine.state) || exit === null
      ? [{label: '', value: troubleText(input, engine), importance: 3}]
      : [
          {label: '', value: exitText(exit.status), importance: 3},
          {label: '', value: exitTimeText(exit, nowMs), tone: 'normal' as const, importance: 2},
          ...(exit.atMs === null
            ? []
            : [{label: 'at', value: utcText(exit.atMs), tone: 'normal' as const, importance: 0}]),
        ];
  const lastPhase = engine.startPhases.at(-1)?.phase ?? phase;
  const during: Row[] =
    isServingState(engine.state) || readyAtMs !== null || lastPhase === null
      ? []
      : [[span(`during ${phaseInSentence(lastPhase)}`, 'normal')]];
  const next: Row[] =
    backOff === null ? [] : [[span('starts by itself at ', 'dim'), span(utcText(backOff.untilMs), 'strong')]];
  const state = stateRow(input, engine);
  const shown = facts.filter(({value}) => value !== '');
  const room = columns - state.reduce((sum, {text}) => sum + text.length, 2);
  return [
    [
      ...state,
      span('  '),
      ...factRow(
        [...shown, ...(name === null ? [] : [{label: '', value: name, tone: 'normal' as const, importance: 1}])],
        Math.max(1, room),
        glyphs,
      ),
    ],
    ...during,
    ...next,
  ];
}

/** The other causes, a row each: they are whole on the Findings screen. */
function otherRows(others: readonly Chain[], {columns, glyphs}: ViewInput): Row[] {
  if (others.length === 0) return [];
  return [
    blank,
    ...others.map(({cause, severity}): Row => {
      const label = `${severityLabel(severity, glyphs)} `;
      return [
        span(label, severityTones[severity]),
        span(shortenText(cause.message, Math.max(1, columns - label.length), glyphs), 'normal'),
      ];
    }),
  ];
}
