import type {CostView} from '../../api/cost/cost-view.ts';
import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {tokensPerSecondText} from '../../shared/quantities/rates.ts';
import {percentText, shareTexts} from '../../shared/quantities/ratios.ts';
import {textWidth} from '../../shared/text-width.ts';
import {meter} from '../drawing/bars.ts';
import {factRow, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import type {Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

const MAX_METER_COLUMNS = 24;
const MIN_METER_COLUMNS = 4;

/** The traffic at which both cost the same, and how much of it is reached. */
export function breakEvenRows({breakEven}: CostView, input: ViewInput): readonly Row[] {
  if (isAbsent(breakEven)) return reasonRows('break-even', breakEven.absent, input);
  const {columns, glyphs} = input;
  const {tokensPerSecond, reachedRatio, mixOf} = breakEven;
  const label: Row = [span('break-even ', 'dim'), span(tokensPerSecondText(tokensPerSecond), 'strong')];
  const text = padText(reachedText(reachedRatio), 6, 'left');
  const used = label.reduce((width, part) => width + part.text.length, 1) + text.length + 1;
  const room = Math.min(MAX_METER_COLUMNS, columns - used);
  const words = [` reached, at the mix of the last ${mixOf === 'hour' ? 'hour' : '24 hours'}`, ' reached', ''];
  const after = words.find((word) => columns - used - room >= word.length) ?? '';
  return [
    [
      ...label,
      ...(room < MIN_METER_COLUMNS
        ? []
        : [span(' '), ...meter(reachedRatio, room, reachedRatio >= 1 ? 'ok' : 'warning', glyphs)]),
      span(` ${text}`, 'strong'),
      ...(after === '' ? [] : [span(after, 'dim')]),
    ],
  ];
}

/** Rounded like any share, but never `100 %` of what is not reached: the row above says that it loses. */
function reachedText(ratio: number): string {
  return percentText(ratio < 1 ? Math.min(ratio, 0.99) : ratio);
}

/** The shares of the tokens; where the break-even row has the reason, it is not repeated. */
export function mixRow({windows, breakEven}: CostView, {columns, glyphs}: ViewInput): Row {
  const mix = mixOf(windows, isPresent(breakEven) ? breakEven.mixOf : 'hour');
  if (isAbsent(mix)) return [span(`mix ${glyphs.dash}`, 'dim')];
  const shares = shareTexts([mix.inputRatio, mix.cachedRatio, mix.outputRatio]);
  const labels = ['mix: new', 'cached', 'out'];
  return factRow(
    shares.map((value, index) => ({label: labels[index] ?? '', value})),
    columns,
    glyphs,
  );
}

type Mix = Exclude<Exclude<CostView['windows']['hour'], {absent: string}>['mix'], {absent: string}>;

function mixOf(windows: CostView['windows'], of: 'hour' | 'day'): Reading<Mix> {
  const window = windows[of];
  return isAbsent(window) ? window : window.mix;
}

/** A dash with the reason, whole: without its article, or in several rows, where it would be cut off. */
function reasonRows(label: string, reason: string, {columns, rows, glyphs}: ViewInput): readonly Row[] {
  const forms = [reason, reason.replace(/^the /, '')].map((form) => `${label} ${glyphs.dash} ${form}`);
  const fitting = forms.find((form) => textWidth(form) <= columns);
  // The row above is the node's price, or that it is not set.
  return fitting === undefined
    ? wrapText(forms[0] ?? '', 'dim', columns, Math.max(1, rows - 1), glyphs)
    : [[span(fitting, 'dim')]];
}
