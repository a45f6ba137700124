import type {Snapshot} from '../../api/snapshot.ts';
import {type Chain, chainsOf, fixedChain} from '../../domain/diagnosis/cause-chains.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {changeText} from '../../domain/settings/settings-difference.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {span} from '../drawing/compose.ts';
import {shortenText} from '../drawing/shorten-text.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {newestEventRows, supportBelow} from '../findings/rest-of-panel.ts';
import {severityLabel, severityTones} from '../format/names.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {connectionNote, lostText} from './freshness.ts';
import {noDataYet, panelOf} from './panel-of.ts';

/** Of the panel and of the screen. */
export const FINDINGS_TITLE = 'Findings';

const INDENT = '  ';
/** Maximum rows per message or remedy where there is room for all. */
const MAX_WRAPPED_ROWS = 4;

/**
 * Causes, the most urgent first, each with its remedy and the number of findings that it explains; with what supports them, and the
 * newest events, where there is room for that.
 */
export function findingsView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  if (snapshot === null) return panelOf(input, {title: FINDINGS_TITLE, titleNote: connectionNote(input)}, [noDataYet]);
  const chains = chainsOf(snapshot.findings);
  const worst = chains[0]?.severity;
  const head = {
    title: FINDINGS_TITLE,
    titleNote: connectionNote(input) === '' ? countNote(chains, input) : connectionNote(input),
    tone: worst === 'critical' || worst === 'warning' ? worst : 'normal',
  } as const;
  const lost = lostRows(input, snapshot);
  const rest = {...input, rows: input.rows - lost.length};
  const found =
    chains.length > 0
      ? chainRows(chains, snapshot, rest)
      : [[span(`no problems found${lost.length > 0 ? ' before that' : ''}`, 'dim')] satisfies Row];
  return panelOf(input, head, [...lost, ...found, ...newestEventRows(input, rest.rows - found.length)]);
}

/** Without a supervisor nothing new is found: that comes first. */
function lostRows({data: {connection}, columns, glyphs}: ViewInput, {engine}: Snapshot): Row[] {
  if (connection.kind !== 'lost') return [];
  const goesOn = engine.pid === null ? '' : '; the engine keeps running without it';
  const text = `${lostText(connection.reason)}${goesOn}.`;
  return [[span(shortenText(text, columns, glyphs), 'critical')]];
}

/** Everything, where it fits; else the first cause complete, the others in a row each, and what else there is room for. */
function chainRows(chains: readonly Chain[], snapshot: Snapshot, input: ViewInput): Row[] {
  const {rows} = input;
  const fixed = input.keyOf === null ? undefined : fixedChain(chains);
  const remedyOf = (chain: Chain, maxRows: number): Row[] => remedyRows(chain, chain === fixed, maxRows, input);
  const whole = chains.map((chain) => [
    ...causeRows(chain, MAX_WRAPPED_ROWS, input),
    ...remedyOf(chain, MAX_WRAPPED_ROWS),
    ...(input.keyOf === null ? effectRows(chain, input) : []),
  ]);
  const spare = rows - whole.flat().length;
  if (spare >= 0) return supported(chains, whole, spare, snapshot, input);
  const [first, ...others] = chains;
  if (first === undefined) return [];
  const cause = causeRows(first, rows, input);
  const left = rows - cause.length;
  if (left === 0 && others.length > 0) return causeRows(first, rows, input, `(${moreText(others.length)})`);
  const rest = otherRows(others, left, input);
  return [...cause, ...remedyOf(first, left - rest.length), ...rest];
}

/** Each cause with what supports it, the most urgent first, as far as there is room in a console. */
function supported(
  chains: readonly Chain[],
  whole: readonly Row[][],
  spare: number,
  snapshot: Snapshot,
  input: ViewInput,
): Row[] {
  let left = input.keyOf === null ? 0 : spare;
  return chains.flatMap(({cause}, index) => {
    const support = left <= 0 ? [] : supportBelow(cause, snapshot, input);
    const isShown = support.length <= left;
    if (isShown) left -= support.length;
    return [...(whole[index] ?? []), ...(isShown ? support : [])];
  });
}

function causeRows(chain: Chain, maxRows: number, {columns, glyphs}: ViewInput, more = ''): Row[] {
  const width = columns - INDENT.length;
  const head = `${severityLabel(chain.severity, glyphs)} `;
  const note = `${effectsNote(chain)}${more === '' ? '' : ` ${more}`}`;
  const wrapped = (message: string): Row[] => wrapText(`${head}${message}${note}`, 'strong', width, Infinity, glyphs);
  const all = wrapped(chain.cause.message);
  const room = maxRows * width - head.length - note.length;
  const [first, ...rest] = all.length <= maxRows ? all : longestOf(chain.cause.message, room, wrapped, maxRows, glyphs);
  const marked: Row = [
    span(head, severityTones[chain.severity]),
    span((first?.[0]?.text ?? '').slice(head.length), 'strong'),
  ];
  return [marked, ...rest.map((row): Row => [span(INDENT), ...row])];
}

/** As much of a message as fits: some cells remain empty at the end of each row, where the next word does not fit. */
function longestOf(
  message: string,
  room: number,
  wrapped: (text: string) => Row[],
  maxRows: number,
  glyphs: ViewInput['glyphs'],
): Row[] {
  const rows = wrapped(shortenText(message, room, glyphs));
  return rows.length <= maxRows || room <= 1 ? rows : longestOf(message, room - 1, wrapped, maxRows, glyphs);
}

/** One row each; the last one counts those for which there is none. */
function otherRows(chains: readonly Chain[], maxRows: number, {columns, glyphs}: ViewInput): Row[] {
  if (maxRows <= 0) return [];
  const shown = chains.length <= maxRows ? chains : chains.slice(0, maxRows - 1);
  const rows = shown.map((chain): Row => {
    const head = `${severityLabel(chain.severity, glyphs)} `;
    const note = effectsNote(chain);
    const message = shortenText(chain.cause.message, columns - head.length - note.length, glyphs);
    return [span(head, severityTones[chain.severity]), span(message, 'strong'), span(note, 'dim')];
  });
  return shown.length === chains.length
    ? rows
    : [...rows, [span(`${INDENT}${moreText(chains.length - shown.length)}`, 'dim')]];
}

/** For findings without a row. */
function moreText(count: number): string {
  return `and ${count} more`;
}

/** Where no key opens them: what the cause explains, a row each. */
function effectRows({effects}: Chain, {columns, glyphs}: ViewInput): Row[] {
  const head = `${INDENT}effect: `;
  return effects.map(
    ({message}): Row => [span(head, 'dim'), span(shortenText(message, columns - head.length, glyphs))],
  );
}

/** The key is shown with the cause that it fixes. */
function remedyRows(
  {cause, fix}: Chain,
  isFixed: boolean,
  maxRows: number,
  {columns, glyphs, keyOf}: ViewInput,
): Row[] {
  if (maxRows <= 0) return [];
  const cure = keyOf?.('engine.cure') ?? null;
  const key =
    isFixed && fix?.settingsChange && cure !== null ? ` (${cure} applies it: ${changeText(fix.settingsChange)})` : '';
  const text = `${glyphs.arrow} ${cause.remedy}${key}`;
  const width = columns - INDENT.length;
  const rows =
    maxRows === 1 ? [[span(shortenText(text, width, glyphs))]] : wrapText(text, 'normal', width, maxRows, glyphs);
  return rows.map((row): Row => [span(INDENT), ...row]);
}

/** ` +2 effects`: what folds under the cause. */
export function effectsNote({effects}: Chain): string {
  return effects.length === 0 ? '' : ` +${countedText(effects.length, 'effect')}`;
}

/** `1 critical, 2 warnings, F opens`: causes, each as bad as the worst that it explains. */
function countNote(chains: readonly Chain[], {keyOf}: ViewInput): string {
  const count = (severity: Finding['severity'], word: string): string[] => {
    const found = chains.filter((chain) => chain.severity === severity).length;
    return found === 0 ? [] : [`${found} ${word}${found === 1 || word !== 'warning' ? '' : 's'}`];
  };
  const opener = keyOf?.('engine.findings') ?? null;
  const key = opener === null || chains.length === 0 ? [] : [`${opener} opens`];
  return [...count('critical', 'critical'), ...count('warning', 'warning'), ...count('info', 'info'), ...key].join(
    ', ',
  );
}
