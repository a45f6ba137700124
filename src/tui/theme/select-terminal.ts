import type {ThemeChoice} from '../../shared/appearance/theme-choices.ts';
import {asciiGlyphs, blockGlyphs, type GlyphSet, unicodeGlyphs} from '../../views/glyphs.ts';
import type {PaletteName} from './palettes.ts';
import {type ColorDepth, type Theme, themeOf} from './theme.ts';

/** Capabilities of the terminal, and what is drawn with them. */
export type TerminalCapabilities = {
  /** False if no screen can be drawn: not a terminal, or one that cannot position its cursor (`TERM=dumb`). */
  readonly canDraw: boolean;
  readonly colorDepth: ColorDepth;
  readonly theme: Theme;
  /** True where its colors are made for a light background. */
  readonly isLight: boolean;
  readonly glyphs: GlyphSet;
};

/** Environment variables as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Selects colors and glyphs. `NO_COLOR` (https://no-color.org: any non-empty value) disables colors, unless a theme was
 * chosen by name; `GANTRY_ASCII=1`, or a locale without UTF-8, disables everything that is not ASCII. The locale is the
 * first of `LC_ALL`, `LC_CTYPE`, `LANG` that is not empty, as in POSIX; without any, ASCII. The console of Linux
 * (`TERM=linux`, `linux-16color`) has no braille.
 */
export function selectTerminal(
  environment: Environment,
  isTty: boolean,
  choice: ThemeChoice = 'auto',
): TerminalCapabilities {
  const term = environment['TERM'] ?? '';
  const isRefused = choice === 'none' || (choice === 'auto' && (environment['NO_COLOR'] ?? '') !== '');
  const colorDepth = isRefused ? 'none' : colorDepthOf(environment, term);
  const palette = paletteOf(choice, hasLightBackground(environment));
  return {
    canDraw: isTty && term !== 'dumb',
    colorDepth,
    theme: themeOf(palette, colorDepth),
    isLight: palette === 'light' || palette === 'highContrastLight',
    glyphs: isAscii(environment) ? asciiGlyphs : /^linux(?:-|$)/.test(term) ? blockGlyphs : unicodeGlyphs,
  };
}

function paletteOf(choice: ThemeChoice, isLight: boolean): PaletteName {
  switch (choice) {
    case 'high-contrast':
      return isLight ? 'highContrastLight' : 'highContrastDark';
    case 'dark':
    case 'light':
      return choice;
    case 'auto':
    case 'none':
      return isLight ? 'light' : 'dark';
  }
}

/** Colors of the palette of 16 that are light: white, and the bright ones except black. */
const LIGHT_BACKGROUNDS: ReadonlySet<string> = new Set(['7', '9', '10', '11', '12', '13', '14', '15']);

/**
 * True where `COLORFGBG` says so, which rxvt, Konsole and others set to `TEXT;BACKGROUND`, or `TEXT;FONT;BACKGROUND`, as numbers of
 * the palette of 16. The terminal is not asked for its background (OSC 11): a slow one would answer after the first frame,
 * and what reads the keys would take the answer for keys.
 */
function hasLightBackground(environment: Environment): boolean {
  return LIGHT_BACKGROUNDS.has(environment['COLORFGBG']?.split(';').at(-1) ?? '');
}

/**
 * The rules of supports-color, which Ink has too, for an environment that is given: that package reads the one of its process
 * when it is loaded. Except that a VT100 and a VT220 had no color, nor has what terminfo calls monochrome: `linux-m`, `xterm-mono`.
 */
function colorDepthOf(environment: Environment, term: string): ColorDepth {
  if (term === 'dumb' || term === '' || /^vt[12]|-m(?:ono)?$/.test(term)) return 'none';
  const colorTerm = environment['COLORTERM'] ?? '';
  if (colorTerm === 'truecolor' || colorTerm === '24bit') return 'trueColor';
  if (/-(?:truecolor|direct|kitty|ghostty)$|^alacritty|^wezterm/.test(term)) return 'trueColor';
  return term.includes('256color') || colorTerm !== '' ? 'cube' : 'sixteen';
}

function isAscii(environment: Environment): boolean {
  const asked = environment['GANTRY_ASCII'] ?? '';
  if (asked !== '') return asked !== '0';
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return !/utf-?8/i.test(locale ?? '');
}
