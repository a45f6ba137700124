import {
  type Attributes,
  type Color,
  colorless,
  type Look,
  type NamedColor,
  type PaletteName,
  palettes,
  type Role,
} from './palettes.ts';

/** Color depth of the terminal: none, the 16 that it defines itself, the 256 of xterm, or any. */
export type ColorDepth = 'none' | 'sixteen' | 'cube' | 'trueColor';

/** The escape sequence that begins a style; empty for plain text. Styles are compared by identity. */
export type Style = Attributes & {
  readonly open: string;
  /** `#rrggbb` at every depth, for pictures; null for the terminal's own color. */
  readonly color: string | null;
  readonly background: string | null;
};
export type Theme = Readonly<Record<Role, Style>>;

/** Ends every style. */
export const END_STYLE = '\u001b[0m';

/** The terminal's own style. */
export const plain: Style = {open: '', color: null, background: null};

/** The style of each role with a palette, at a color depth. Roles that look the same have the same style. */
export function themeOf(name: PaletteName, depth: ColorDepth): Theme {
  const known = new Map<string, Style>([[identityOf(plain), plain]]);
  const style = (role: Role): Style => {
    const made = styleOf(name, depth, role);
    const identity = identityOf(made);
    const same = known.get(identity) ?? made;
    known.set(identity, same);
    return same;
  };
  return {
    normal: style('normal'),
    dim: style('dim'),
    strong: style('strong'),
    title: style('title'),
    accent: style('accent'),
    ok: style('ok'),
    warning: style('warning'),
    critical: style('critical'),
    caution: style('caution'),
    alarm: style('alarm'),
    simulated: style('simulated'),
    match: style('match'),
    weights: style('weights'),
    kvCache: style('kvCache'),
    overhead: style('overhead'),
    others: style('others'),
    firstSeries: style('firstSeries'),
    secondSeries: style('secondSeries'),
    thirdSeries: style('thirdSeries'),
    fourthSeries: style('fourthSeries'),
    limit: style('limit'),
    border: style('border'),
    focusedBorder: style('focusedBorder'),
  };
}

function identityOf({open, color, background}: Style): string {
  return `${open} ${color} ${background}`;
}

function styleOf(name: PaletteName, depth: ColorDepth, role: Role): Style {
  const {full, sixteen} = palettes[name];
  switch (depth) {
    case 'none':
      return {...styled(colorless[role], () => []), color: null, background: null};
    case 'sixteen':
      return {...styled(sixteen[role], (color, offset) => [offset + namedColors[color]]), ...rgbOf(full[role])};
    case 'cube':
      return {...styled(full[role], ({cube}, offset) => [offset + EXTENDED, 5, cube]), ...rgbOf(full[role])};
    case 'trueColor':
      return {...styled(full[role], ({rgb}, offset) => [offset + EXTENDED, 2, ...channels(rgb)]), ...rgbOf(full[role])};
  }
}

/** Parameters of SGR (ECMA-48 8.3.117): a text is colored from 30 on, what is behind it from 40 on. */
const FOREGROUND = 30;
const BACKGROUND = 40;
/** Added to these: the color follows, as `5;INDEX` or `2;RED;GREEN;BLUE` (ISO 8613-6). */
const EXTENDED = 8;

/** Added to the same: one of the colors that a terminal defines itself. */
const namedColors: Readonly<Record<NamedColor, number>> = {
  black: 0,
  red: 1,
  yellow: 3,
  blue: 4,
  magenta: 5,
  cyan: 6,
  brightRed: 61,
  brightYellow: 63,
  brightMagenta: 65,
  brightCyan: 66,
  brightWhite: 67,
};

/** The attributes of a look with the escape sequence for them and for its colors. */
function styled<C>(
  {color, background, ...attributes}: Look<C>,
  codesOf: (color: C, offset: number) => readonly number[],
): Attributes & {readonly open: string} {
  const {isBold, isDim, isInverse} = attributes;
  const codes = [
    ...(isBold === true ? [1] : []),
    ...(isDim === true ? [2] : []),
    ...(isInverse === true ? [7] : []),
    ...(color === null ? [] : codesOf(color, FOREGROUND)),
    ...(background === undefined ? [] : codesOf(background, BACKGROUND)),
  ];
  return {...attributes, open: codes.length === 0 ? '' : `\u001b[${codes.join(';')}m`};
}

function rgbOf({color, background}: Look<Color>): Pick<Style, 'color' | 'background'> {
  return {color: color?.rgb ?? null, background: background?.rgb ?? null};
}

/** Red, green and blue of `#rrggbb`, 0 to 255. */
function channels(rgb: string): readonly number[] {
  const value = Number.parseInt(rgb.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
