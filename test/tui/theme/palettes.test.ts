import {describe, expect, test} from 'vitest';
import {
  colorless,
  type Look,
  type NamedColor,
  type PaletteName,
  palettes,
  type Role,
} from '../../../src/tui/theme/palettes.ts';
import {themeOf} from '../../../src/tui/theme/theme.ts';
import {contrastRatio, cubeColor, seenDistance, visions} from './color-vision.ts';

/** What a palette promises on backgrounds that terminals have, with the text that they have there. */
const promises = {
  dark: {backgrounds: ['#000000', '#1e1e1e', '#282c34'], text: '#e5e5e5', ratio: 4.5},
  light: {backgrounds: ['#ffffff', '#fdf6e3'], text: '#000000', ratio: 4.5},
  highContrastDark: {backgrounds: ['#000000', '#1e1e1e'], text: '#e5e5e5', ratio: 7},
  highContrastLight: {backgrounds: ['#ffffff'], text: '#000000', ratio: 7},
} as const satisfies Readonly<Record<PaletteName, object>>;
/** The frame of a panel is no text: WCAG 2.2, 1.4.11. */
const FRAME_RATIO = 3;

/** Roles that stand next to each other and mean different things. */
const groups: readonly (readonly Role[])[] = [
  ['ok', 'warning', 'critical', 'accent'],
  ['weights', 'kvCache', 'overhead', 'others', 'critical'],
  ['firstSeries', 'secondSeries', 'thirdSeries', 'fourthSeries', 'critical'],
];
const pairs = groups.flatMap((group) =>
  group.flatMap((one, index) => group.slice(index + 1).map((other) => [one, other] as const)),
);
const LEAST_DISTANCE = 15;

/** The 16 colors of xterm, which those of other terminals resemble. */
const xterm: Readonly<Record<NamedColor, string>> = {
  black: '#000000',
  red: '#cd0000',
  yellow: '#cdcd00',
  blue: '#0000ee',
  magenta: '#cd00cd',
  cyan: '#00cdcd',
  brightRed: '#ff0000',
  brightYellow: '#ffff00',
  brightMagenta: '#ff00ff',
  brightCyan: '#00ffff',
  brightWhite: '#ffffff',
};

const roles = Object.keys(colorless).filter((name): name is Role => name in colorless);
const names = ['dark', 'light', 'highContrastDark', 'highContrastLight'] as const;

/** A look with its colors as they are seen, and the attributes that tell it from others without color. */
type Seen = {readonly color: string; readonly background: string | null; readonly attributes: string};

function seenLook<C>(look: Look<C>, text: string, seenAs: (color: C) => string): Seen {
  const {color, background, isBold, isDim, isInverse} = look;
  return {
    color: color === null ? text : seenAs(color),
    background: background === undefined ? null : seenAs(background),
    attributes: `${isBold} ${isDim} ${isInverse}`,
  };
}

/** How a role is seen with each depth of color, and on which backgrounds. */
function depthsOf(name: PaletteName, role: Role): readonly (Seen & {readonly backgrounds: readonly string[]})[] {
  const {full, sixteen} = palettes[name];
  const {backgrounds, text} = promises[name];
  return [
    {...seenLook(full[role], text, ({rgb}) => rgb), backgrounds},
    {...seenLook(full[role], text, ({cube}) => cubeColor(cube)), backgrounds},
    // Whoever changes the 16 colors changes the background with them.
    {...seenLook(sixteen[role], text, (color) => xterm[color]), backgrounds: backgrounds.slice(0, 1)},
  ];
}

describe.each(names)('%s', (name) => {
  test.each(roles)('%s can be read at every depth of color', (role) => {
    const {ratio} = promises[name];
    for (const {color, background, backgrounds} of depthsOf(name, role)) {
      for (const behind of background === null ? backgrounds : [background]) {
        const least = role === 'border' ? FRAME_RATIO : ratio;
        expect(contrastRatio(color, behind), `${color} on ${behind}`).toBeGreaterThanOrEqual(least);
      }
    }
  });

  test.each(pairs)('%s differs from %s in every kind of color vision', (one, other) => {
    const [seenOne, seenOther] = [depthsOf(name, one), depthsOf(name, other)];
    for (const [depth, {color, attributes}] of seenOne.entries()) {
      const compared = seenOther[depth];
      if (compared === undefined) throw new Error('a depth is missing');
      // The 16 colors are too few for all roles; weight and inversion differ then.
      if (depth === 2 && attributes !== compared.attributes) continue;
      for (const vision of visions) {
        const distance = seenDistance(color, compared.color, vision);
        expect(distance, `${color} and ${compared.color}, ${vision}`).toBeGreaterThanOrEqual(LEAST_DISTANCE);
      }
    }
  });
});

test('the formulas agree with published values', () => {
  expect(contrastRatio('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrastRatio('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(seenDistance('#ffffff', '#000000', 'normal')).toBeCloseTo(100, 1);
  // Lab of sRGB red is 53.24, 80.09, 67.20.
  expect(seenDistance('#ff0000', '#000000', 'normal')).toBeCloseTo(Math.hypot(53.24, 80.09, 67.2), 0);
  // Grey is grey for everybody; red and green of equal weight are not told apart without the receptor for medium waves.
  expect(seenDistance('#808080', '#808080', 'deuteranopia')).toBe(0);
  expect(seenDistance('#b00000', '#5c5c00', 'deuteranopia')).toBeLessThan(15);
  expect(seenDistance('#b00000', '#5c5c00', 'normal')).toBeGreaterThan(40);
});

test('colors of the cube are those of xterm', () => {
  expect([16, 21, 59, 75, 196, 231, 232, 255].map(cubeColor)).toEqual([
    '#000000',
    '#0000ff',
    '#5f5f5f',
    '#5fafff',
    '#ff0000',
    '#ffffff',
    '#080808',
    '#eeeeee',
  ]);
});

test('every color of the cube resembles its true color, except where the cube has none that can be read', () => {
  for (const {full} of [palettes.dark, palettes.light, palettes.highContrastDark]) {
    for (const {color} of Object.values(full)) {
      if (color !== null) expect(seenDistance(color.rgb, cubeColor(color.cube), 'normal'), color.rgb).toBeLessThan(45);
    }
  }
});

describe('a theme', () => {
  test('has sequences of its depth only', () => {
    const opens = (depth: Parameters<typeof themeOf>[1]) => Object.values(themeOf('dark', depth)).map(({open}) => open);
    expect(opens('trueColor').filter((open) => /[34]8;5;/.test(open))).toEqual([]);
    expect(opens('cube').filter((open) => /[34]8;2;/.test(open))).toEqual([]);
    expect(opens('sixteen').filter((open) => /[34]8;/.test(open))).toEqual([]);
    expect(opens('none').filter((open) => !/^(?:\u001b\[(?:1|7|1;7)m)?$/.test(open))).toEqual([]);
  });

  test('writes each form as terminals read it', () => {
    expect(themeOf('dark', 'trueColor').critical.open).toBe('\u001b[1;38;2;244;114;69m');
    expect(themeOf('dark', 'cube').critical.open).toBe('\u001b[1;38;5;202m');
    expect(themeOf('dark', 'sixteen').critical.open).toBe('\u001b[1;91m');
    expect(themeOf('dark', 'sixteen').match.open).toBe('\u001b[30;43m');
    expect(themeOf('light', 'none').alarm.open).toBe('\u001b[1;7m');
  });

  test('has one style for roles that look the same', () => {
    const theme = themeOf('dark', 'trueColor');
    expect(theme.weights).toBe(theme.firstSeries);
    expect(theme.weights).not.toBe(theme.kvCache);
  });
});
