import type {ViewInput} from './view-input.ts';

/**
 * The meaning of a text; the theme decides its style. `caution` and `alarm` are a whole line of a warning or of a failure, `weights` to
 * `others` kinds of memory, and the series and limits those of a plot, in its order.
 */
export type Tone =
  | 'normal'
  | 'dim'
  | 'strong'
  | 'title'
  | 'accent'
  | 'ok'
  | 'warning'
  | 'critical'
  | 'caution'
  | 'alarm'
  | 'simulated'
  | 'weights'
  | 'kvCache'
  | 'overhead'
  | 'others'
  | 'firstSeries'
  | 'secondSeries'
  | 'thirdSeries'
  | 'fourthSeries'
  | 'limit'
  | 'match';

/** A run of text of one tone. No line breaks, no control characters. */
export type Span = {readonly text: string; readonly tone: Tone};

/** One line of a panel, never wider than the panel's columns. */
export type Row = readonly Span[];

/** A panel as data, for Ink and golden screens. */
export type PanelView = {
  readonly title: string;
  /** Short text at the right end of the title line (age, state); empty for none. */
  readonly titleNote: string;
  readonly tone: Tone;
  /** At most `rows` rows. */
  readonly rows: readonly Row[];
};

/** A view model: panel data and size in, rows out. Pure. */
export type PanelViewFunction = (input: ViewInput) => PanelView;
