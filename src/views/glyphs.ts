/** How plots are drawn: eight dots a cell, an eighth of a cell, or characters of a limited terminal. */
export type PlotForm = 'braille' | 'blocks' | 'ascii';

/** The characters of plots. */
export type PlotGlyphs = {
  readonly form: PlotForm;
  readonly axis: string;
  /** Next to a named value. */
  readonly valueTick: string;
  readonly timeAxis: string;
  readonly timeTick: string;
  /** Where both axes meet. */
  readonly corner: string;
  /** A cell of a limit. */
  readonly limit: string;
  readonly cursor: string;
  /** Below a mark. */
  readonly markLine: string;
  readonly start: string;
  readonly failure: string;
};

/** The characters used in panels. Two sets: Unicode, and ASCII for limited terminals. */
export type GlyphSet = {
  readonly name: 'unicode' | 'ascii';
  /** Eight rising steps for sparklines, lowest first. */
  readonly sparkSteps: readonly string[];
  readonly barFull: string;
  /** Distinct fill for each part of a stacked bar, so that parts differ without colour. */
  readonly barWeights: string;
  readonly barKvCache: string;
  readonly barOverhead: string;
  /** Memory in use of which nothing says how it is divided. */
  readonly barInUse: string;
  /** Memory in use beyond the budget. */
  readonly barBeyond: string;
  /** Memory that other programs hold. */
  readonly barOthers: string;
  readonly barEmpty: string;
  /** Marks the budget on a bar. */
  readonly barMark: string;
  readonly bullet: string;
  /** A bullet for a transition. */
  readonly halfBullet: string;
  /** A bullet for a missing item. */
  readonly hollowBullet: string;
  /** Before the word of a severity. */
  readonly severity: {readonly critical: string; readonly warning: string; readonly info: string};
  readonly ellipsis: string;
  /** Shown for an absent value. */
  readonly dash: string;
  /** Before an upper bound. */
  readonly atMost: string;
  readonly middleDot: string;
  readonly times: string;
  readonly arrow: string;
  readonly plot: PlotGlyphs;
  readonly border: {
    readonly topLeft: string;
    readonly topRight: string;
    readonly bottomLeft: string;
    readonly bottomRight: string;
    readonly horizontal: string;
    readonly vertical: string;
  };
};

export const unicodeGlyphs: GlyphSet = {
  name: 'unicode',
  sparkSteps: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  barFull: '█',
  barWeights: '█',
  barKvCache: '▓',
  barOverhead: '▒',
  barInUse: '▌',
  barBeyond: '▚',
  barOthers: '▄',
  barEmpty: '░',
  barMark: '│',
  bullet: '●',
  halfBullet: '◐',
  hollowBullet: '○',
  severity: {critical: '◆', warning: '▲', info: 'i'},
  ellipsis: '…',
  dash: '–',
  atMost: '≤',
  middleDot: '·',
  times: '×',
  arrow: '→',
  plot: {
    form: 'braille',
    axis: '│',
    valueTick: '┤',
    timeAxis: '─',
    timeTick: '┬',
    corner: '┴',
    limit: '╌',
    cursor: '┃',
    markLine: '┊',
    start: '↻',
    failure: '×',
  },
  border: {topLeft: '╭', topRight: '╮', bottomLeft: '╰', bottomRight: '╯', horizontal: '─', vertical: '│'},
};

/** For terminals with UTF-8 whose font has no braille, as the console of Linux. */
export const blockGlyphs: GlyphSet = {...unicodeGlyphs, plot: {...unicodeGlyphs.plot, form: 'blocks'}};

export const asciiGlyphs: GlyphSet = {
  name: 'ascii',
  sparkSteps: ['_', '.', '-', '=', '+', '*', '%', '#'],
  barFull: '#',
  barWeights: '#',
  barKvCache: '=',
  barOverhead: '+',
  barInUse: '%',
  barBeyond: '!',
  barOthers: '@',
  barEmpty: '.',
  barMark: '|',
  bullet: '*',
  halfBullet: '~',
  hollowBullet: 'o',
  severity: {critical: 'X', warning: '!', info: 'i'},
  ellipsis: '~',
  dash: '-',
  atMost: '<=',
  middleDot: '|',
  times: 'x',
  arrow: '->',
  plot: {
    form: 'ascii',
    axis: '|',
    valueTick: '+',
    timeAxis: '-',
    timeTick: '+',
    corner: '+',
    limit: '-',
    cursor: '|',
    markLine: '|',
    start: 'S',
    failure: 'X',
  },
  border: {topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+', horizontal: '-', vertical: '|'},
};
