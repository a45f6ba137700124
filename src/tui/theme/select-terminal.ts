import {asciiGlyphs, blockGlyphs, type GlyphSet, unicodeGlyphs} from '../../views/glyphs.ts';
import type {ColorDepth} from './theme.ts';

/** Capabilities of the terminal. */
export type TerminalCapabilities = {
  /** False if no screen can be drawn: not a terminal, or one that cannot position its cursor (`TERM=dumb`). */
  readonly canDraw: boolean;
  readonly colorDepth: ColorDepth;
  readonly glyphs: GlyphSet;
};

/** Environment variables as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Selects colors and glyphs. `NO_COLOR` (https://no-color.org: any non-empty value) disables colors;
 * `GANTRY_ASCII=1`, or a locale without UTF-8, disables everything that is not ASCII. The locale is the first of `LC_ALL`,
 * `LC_CTYPE`, `LANG` that is not empty, as in POSIX; without any, ASCII. The console of Linux (`TERM=linux`) has no braille.
 */
export function selectTerminal(environment: Environment, isTty: boolean): TerminalCapabilities {
  const term = environment['TERM'] ?? '';
  return {
    canDraw: isTty && term !== 'dumb',
    colorDepth: colorDepthOf(environment, term),
    glyphs: isAscii(environment) ? asciiGlyphs : term === 'linux' ? blockGlyphs : unicodeGlyphs,
  };
}

function colorDepthOf(environment: Environment, term: string): ColorDepth {
  const isRefused = (environment['NO_COLOR'] ?? '') !== '';
  if (isRefused || term === 'dumb' || term === '' || term.startsWith('vt1') || term.startsWith('vt2')) return 'none';
  const colorTerm = environment['COLORTERM'] ?? '';
  const isFull = /256color|truecolor|direct|kitty|ghostty|alacritty|wezterm/.test(term) || colorTerm !== '';
  return isFull ? 'full' : 'sixteen';
}

function isAscii(environment: Environment): boolean {
  const asked = environment['GANTRY_ASCII'] ?? '';
  if (asked !== '') return asked !== '0';
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return !/utf-?8/i.test(locale ?? '');
}
