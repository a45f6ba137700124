import type {Tone} from '../../views/rows.ts';

/** What a cell can mean: a tone of a text, or a part of the frame around it. */
export type Role = Tone | 'border' | 'focusedBorder';

/** A color in the forms that terminals have. */
export type Color = {
  /** `#rrggbb`, for terminals with true color. */
  readonly rgb: string;
  /** Index in the palette of 256 colors: 16 to 231 are a cube, 232 to 255 greys, the same on every terminal. */
  readonly cube: number;
};

/** Colors that a terminal defines itself, by the number behind 30 for the text and 40 behind it; 60 more are bright. */
export type NamedColor =
  | 'black'
  | 'red'
  | 'yellow'
  | 'blue'
  | 'magenta'
  | 'cyan'
  | 'brightRed'
  | 'brightMagenta'
  | BrightPlain;
type BrightPlain = 'brightYellow' | 'brightCyan' | 'brightWhite';

/** Attributes, which mean the same at every depth of color. */
export type Attributes = {readonly isBold?: true; readonly isDim?: true; readonly isInverse?: true};

/** How a role looks; null: the terminal's own color. */
export type Look<C> = Attributes & {readonly color: C | null; readonly background?: C};

/** The looks of all roles with 256 colors or more, and with 16. */
export type Palette = {
  readonly full: Readonly<Record<Role, Look<Color>>>;
  readonly sixteen: Readonly<Record<Role, Look<NamedColor>>>;
};

export type PaletteName = 'dark' | 'light' | 'highContrastDark' | 'highContrastLight';

const plain = {color: null} as const;
const bold = {color: null, isBold: true} as const;
const dim = {color: null, isDim: true} as const;
const inverse = {color: null, isInverse: true} as const;
const boldInverse = {color: null, isBold: true, isInverse: true} as const;

/** The seven hues of a palette, and its greys. */
type Hues = {
  readonly blue: Color;
  readonly green: Color;
  readonly yellow: Color;
  readonly vermillion: Color;
  readonly purple: Color;
  readonly orange: Color;
  readonly secondary: Color;
  readonly heading: Color;
  readonly line: Color;
  /** The text; null: the terminal's own. */
  readonly text: Color | null;
};

const black: Color = {rgb: '#000000', cube: 16};
const white: Color = {rgb: '#ffffff', cube: 231};
const markerYellow: Color = {rgb: '#f0e442', cube: 227};
const markerOrange: Color = {rgb: '#e69f00', cube: 214};

/** What marks its text by a background looks the same on every background. */
const markers = {
  simulated: {color: black, background: markerOrange, isBold: true},
  match: {color: black, background: markerYellow},
} as const;

function fullLooks(hues: Hues): Palette['full'] {
  const {blue, green, yellow, vermillion, purple, orange, secondary, heading, line, text} = hues;
  return {
    normal: {color: text},
    dim: {color: secondary},
    strong: {color: text, isBold: true},
    title: {color: heading, isBold: true},
    accent: {color: blue},
    ok: {color: green},
    warning: {color: yellow},
    critical: {color: vermillion, isBold: true},
    caution: {color: yellow, isBold: true, isInverse: true},
    alarm: {color: vermillion, isBold: true, isInverse: true},
    weights: {color: blue},
    kvCache: {color: green},
    overhead: {color: purple},
    others: {color: yellow},
    firstSeries: {color: blue},
    secondSeries: {color: orange},
    thirdSeries: {color: green},
    fourthSeries: {color: purple},
    limit: {color: heading},
    border: {color: line},
    focusedBorder: {color: blue},
    ...markers,
  };
}

/** No green, which those who see no red or no green take for red, yellow or grey. */
const darkSixteen: Palette['sixteen'] = {
  normal: plain,
  dim,
  strong: bold,
  title: bold,
  accent: {color: 'cyan', isBold: true},
  ok: {color: 'cyan'},
  warning: {color: 'yellow'},
  critical: {color: 'brightRed', isBold: true},
  caution: {color: 'yellow', isInverse: true},
  alarm: {color: 'brightRed', isBold: true, isInverse: true},
  weights: {color: 'cyan'},
  kvCache: bold,
  overhead: {color: 'brightMagenta'},
  others: {color: 'yellow'},
  firstSeries: {color: 'cyan'},
  secondSeries: {color: 'yellow'},
  thirdSeries: bold,
  fourthSeries: {color: 'brightMagenta'},
  limit: bold,
  border: dim,
  focusedBorder: {color: 'cyan'},
  simulated: {color: 'black', background: 'yellow'},
  match: {color: 'black', background: 'yellow'},
};

/** Green, yellow, cyan and what is bright cannot be read on white. */
const lightSixteen: Palette['sixteen'] = {
  ...darkSixteen,
  accent: {color: 'blue'},
  ok: plain,
  warning: {color: 'magenta'},
  critical: {color: 'red', isBold: true},
  caution: {color: 'magenta', isInverse: true},
  alarm: {color: 'red', isBold: true, isInverse: true},
  weights: {color: 'blue'},
  kvCache: plain,
  overhead: {color: 'magenta'},
  others: {color: 'red'},
  firstSeries: {color: 'blue'},
  secondSeries: {color: 'red'},
  fourthSeries: {color: 'magenta'},
  focusedBorder: {color: 'blue'},
};

/** Of the reds none is light enough on black. */
const highContrastDarkSixteen: Palette['sixteen'] = {
  ...darkSixteen,
  normal: {color: 'brightWhite'},
  dim: plain,
  strong: {color: 'brightWhite', isBold: true},
  title: {color: 'brightWhite', isBold: true},
  accent: {color: 'brightCyan', isBold: true},
  ok: {color: 'brightCyan'},
  warning: {color: 'brightYellow'},
  critical: {color: 'brightWhite', isBold: true, isInverse: true},
  caution: {color: 'brightYellow', isInverse: true},
  alarm: {color: 'brightWhite', isBold: true, isInverse: true},
  weights: {color: 'brightCyan'},
  kvCache: {color: 'brightWhite', isBold: true},
  overhead: {color: 'brightYellow', isBold: true},
  others: {color: 'brightYellow'},
  firstSeries: {color: 'brightCyan'},
  secondSeries: {color: 'brightYellow'},
  thirdSeries: {color: 'brightWhite', isBold: true},
  fourthSeries: {color: 'brightYellow', isBold: true},
  border: plain,
  focusedBorder: {color: 'brightCyan', isBold: true},
};

/** Only black and blue are dark enough on white. */
const highContrastLightSixteen: Palette['sixteen'] = {
  ...darkSixteen,
  normal: {color: 'black'},
  dim: plain,
  strong: {color: 'black', isBold: true},
  title: {color: 'black', isBold: true},
  accent: {color: 'blue', isBold: true},
  ok: {color: 'blue'},
  warning: {color: 'blue', isInverse: true},
  critical: {color: 'black', isBold: true, isInverse: true},
  caution: {color: 'blue', isInverse: true},
  alarm: {color: 'black', isBold: true, isInverse: true},
  weights: {color: 'blue'},
  kvCache: {color: 'black'},
  overhead: {color: 'blue', isBold: true},
  others: {color: 'blue', isInverse: true},
  firstSeries: {color: 'blue'},
  secondSeries: {color: 'black', isBold: true},
  thirdSeries: {color: 'black'},
  fourthSeries: {color: 'blue', isBold: true},
  border: plain,
  focusedBorder: {color: 'blue', isBold: true},
};

/**
 * The colors of every role: the only place that has any. The hues are those of Okabe and Ito, "Color Universal Design" (2002, 2008;
 * https://jfly.uni-koeln.de/color/), which people who see no red or no green tell apart: sky blue #56b4e9, bluish green
 * #009e73, yellow #f0e442, vermillion #d55e00, reddish purple #cc79a7, orange #e69f00. Their lightness and saturation are
 * changed for each background until every text has the contrast that WCAG 2.2 asks for (4.5, and 7 with high contrast) and
 * every two roles of one group differ by CIELAB 15 in all kinds of color vision; a test computes both.
 */
export const palettes: Readonly<Record<PaletteName, Palette>> = {
  dark: {
    full: fullLooks({
      blue: {rgb: '#3fb4f1', cube: 75},
      green: {rgb: '#60ca90', cube: 36},
      yellow: {rgb: '#f3e746', cube: 220},
      vermillion: {rgb: '#f47245', cube: 202},
      purple: {rgb: '#d37fad', cube: 218},
      orange: {rgb: '#e8a10a', cube: 179},
      secondary: {rgb: '#a3a3a3', cube: 247},
      heading: {rgb: '#dadada', cube: 253},
      line: {rgb: '#787878', cube: 243},
      text: null,
    }),
    sixteen: darkSixteen,
  },
  light: {
    full: fullLooks({
      blue: {rgb: '#0067a3', cube: 25},
      green: {rgb: '#00694d', cube: 23},
      yellow: {rgb: '#7a6a00', cube: 94},
      vermillion: {rgb: '#7d1b00', cube: 88},
      purple: {rgb: '#7a2f62', cube: 53},
      orange: {rgb: '#8f6500', cube: 94},
      secondary: {rgb: '#5f5f5f', cube: 59},
      heading: {rgb: '#303030', cube: 236},
      line: {rgb: '#8b8b8b', cube: 245},
      text: null,
    }),
    sixteen: lightSixteen,
  },
  highContrastDark: {
    full: fullLooks({
      blue: {rgb: '#53b0f6', cube: 75},
      green: {rgb: '#6ad39a', cube: 121},
      yellow: {rgb: '#f3e746', cube: 220},
      vermillion: {rgb: '#f29855', cube: 209},
      purple: {rgb: '#e792c0', cube: 218},
      orange: {rgb: '#e8a10a', cube: 214},
      secondary: {rgb: '#d0d0d0', cube: 252},
      heading: white,
      line: {rgb: '#b2b2b2', cube: 249},
      text: white,
    }),
    sixteen: highContrastDarkSixteen,
  },
  highContrastLight: {
    full: fullLooks({
      blue: {rgb: '#004f7c', cube: 24},
      green: {rgb: '#005740', cube: 23},
      yellow: {rgb: '#625600', cube: 52},
      vermillion: {rgb: '#4f0f00', cube: 124},
      purple: {rgb: '#53073a', cube: 91},
      orange: {rgb: '#6e4a00', cube: 52},
      secondary: {rgb: '#404040', cube: 238},
      heading: black,
      line: {rgb: '#585858', cube: 240},
      text: black,
    }),
    sixteen: highContrastLightSixteen,
  },
};

/** Weight and inversion only: meaning never depends on color alone. */
export const colorless: Readonly<Record<Role, Look<never>>> = {
  normal: plain,
  dim: plain,
  strong: bold,
  title: bold,
  accent: plain,
  ok: plain,
  warning: bold,
  critical: bold,
  caution: inverse,
  alarm: boldInverse,
  weights: plain,
  kvCache: plain,
  overhead: plain,
  others: plain,
  firstSeries: plain,
  secondSeries: plain,
  thirdSeries: plain,
  fourthSeries: plain,
  limit: plain,
  border: plain,
  focusedBorder: bold,
  simulated: inverse,
  match: inverse,
};
