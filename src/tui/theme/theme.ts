import type {Tone} from '../../views/rows.ts';

/** Color depth of the terminal. */
export type ColorDepth = 'none' | 'sixteen' | 'full';

/** The escape sequence that begins a style; empty for plain text. Styles are compared by identity. */
export type Style = {readonly open: string};
export type Theme = Readonly<Record<Tone | 'border' | 'focusedBorder', Style>>;

/** Ends every style. */
export const END_STYLE = '\u001b[0m';

/** The terminal's own style. */
export const plain: Style = {open: ''};
const bold = sgr(['1']);
const dim = sgr(['2']);
const inverse = sgr(['7']);

const full: Theme = {
  normal: plain,
  dim: color(245),
  strong: bold,
  title: boldColor(252),
  accent: color(80),
  ok: color(114),
  warning: color(221),
  critical: boldColor(203),
  simulated: sgr(['1', '48;5;221', '38;5;16']),
  weights: color(75),
  kvCache: color(114),
  overhead: color(180),
  match: sgr(['48;5;221', '38;5;16']),
  border: color(239),
  focusedBorder: color(80),
};

const sixteen: Theme = {
  normal: plain,
  dim,
  strong: bold,
  title: bold,
  accent: sgr(['36']),
  ok: sgr(['32']),
  warning: sgr(['33']),
  critical: sgr(['1', '31']),
  simulated: sgr(['1', '43', '30']),
  weights: sgr(['34']),
  kvCache: sgr(['32']),
  overhead: sgr(['35']),
  match: sgr(['43', '30']),
  border: dim,
  focusedBorder: sgr(['36']),
};

/** Weight and inversion only: meaning never depends on color alone. */
const colorless: Theme = {
  normal: plain,
  dim: plain,
  strong: bold,
  title: bold,
  accent: plain,
  ok: plain,
  warning: bold,
  critical: bold,
  simulated: inverse,
  weights: plain,
  kvCache: plain,
  overhead: plain,
  match: inverse,
  border: plain,
  focusedBorder: bold,
};

const themes: Readonly<Record<ColorDepth, Theme>> = {full, sixteen, none: colorless};

/** The style of each tone at a color depth. */
export function themeFor(depth: ColorDepth): Theme {
  return themes[depth];
}

function color(index: number): Style {
  return sgr([`38;5;${index}`]);
}

function boldColor(index: number): Style {
  return sgr(['1', `38;5;${index}`]);
}

function sgr(codes: readonly string[]): Style {
  return {open: `\u001b[${codes.join(';')}m`};
}
