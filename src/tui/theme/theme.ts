import type {Tone} from '../../views/rows.ts';

/** Color depth of the terminal. */
export type ColorDepth = 'none' | 'sixteen' | 'full';

/** Escape sequences around a text; both empty for plain text. */
export type Style = {readonly open: string; readonly close: string};
export type Theme = Readonly<Record<Tone | 'border' | 'focusedBorder' | 'selected', Style>>;

const plain: Style = {open: '', close: ''};
const bold = sgr(['1'], ['22']);
const dim = sgr(['2'], ['22']);
const inverse = sgr(['7'], ['27']);

const full: Theme = {
  normal: plain,
  dim: color(245),
  strong: bold,
  title: boldColor(252),
  accent: color(80),
  ok: color(114),
  warning: color(221),
  critical: boldColor(203),
  simulated: sgr(['1', '48;5;221', '38;5;16'], ['22', '49', '39']),
  weights: color(75),
  kvCache: color(114),
  overhead: color(180),
  border: color(239),
  focusedBorder: color(80),
  selected: inverse,
};

const sixteen: Theme = {
  normal: plain,
  dim,
  strong: bold,
  title: bold,
  accent: sgr(['36'], ['39']),
  ok: sgr(['32'], ['39']),
  warning: sgr(['33'], ['39']),
  critical: sgr(['1', '31'], ['22', '39']),
  simulated: sgr(['1', '43', '30'], ['22', '49', '39']),
  weights: sgr(['34'], ['39']),
  kvCache: sgr(['32'], ['39']),
  overhead: sgr(['35'], ['39']),
  border: dim,
  focusedBorder: sgr(['36'], ['39']),
  selected: inverse,
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
  border: plain,
  focusedBorder: bold,
  selected: inverse,
};

const themes: Readonly<Record<ColorDepth, Theme>> = {full, sixteen, none: colorless};

/** The style of each tone at a color depth. */
export function themeFor(depth: ColorDepth): Theme {
  return themes[depth];
}

function color(index: number): Style {
  return sgr([`38;5;${index}`], ['39']);
}

function boldColor(index: number): Style {
  return sgr(['1', `38;5;${index}`], ['22', '39']);
}

function sgr(open: readonly string[], close: readonly string[]): Style {
  const sequence = (code: string) => `\u001b[${code}m`;
  return {open: open.map(sequence).join(''), close: close.map(sequence).join('')};
}
