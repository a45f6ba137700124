import {type Canvas, canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import type {ScreenContext} from '../../../src/tui/screens/screen.ts';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import type {Role} from '../../../src/tui/theme/palettes.ts';
import {type Style, type Theme, themeOf} from '../../../src/tui/theme/theme.ts';
import {screens} from '../../support/console-screens.ts';

/** The letter of each role in a picture. */
export const roleLetters: Readonly<Record<Role, string>> = {
  normal: ' ',
  dim: 'd',
  strong: 's',
  title: 't',
  accent: 'a',
  ok: 'o',
  warning: 'w',
  critical: 'c',
  caution: 'W',
  alarm: 'C',
  simulated: 'S',
  match: 'm',
  weights: '#',
  kvCache: '=',
  overhead: '+',
  others: '@',
  firstSeries: '1',
  secondSeries: '2',
  thirdSeries: '3',
  fourthSeries: '4',
  limit: 'l',
  border: '.',
  focusedBorder: ':',
};

/** A style of its own for each role: what is drawn with it says which role each cell has. */
export const roleTheme: Theme = themeWith((role) => ({open: role, color: null, background: null}));

function themeWith(styleOf: (role: Role) => Style): Theme {
  const made: Record<Role, Style> = {...themeOf('dark', 'none')};
  for (const role of rolesOf(made)) made[role] = styleOf(role);
  return made;
}

/** The roles of a theme, in its order. */
export function rolesOf(theme: Theme): readonly Role[] {
  return Object.keys(theme).filter((name): name is Role => name in roleLetters);
}

/** The whole console, as it is drawn with a pen. */
export function drawn(state: ConsoleState, context: ScreenContext, pen: ScreenContext['pen']): Canvas {
  const canvas = createCanvas(context.terminal);
  drawConsole(canvas, {state, screens, context: {...context, pen}});
  return canvas;
}

/** The role of each cell of a canvas that was drawn with `roleTheme`; null for what no role has. */
export function cellRoles({styles}: Canvas): readonly (Role | null)[] {
  const roles = new Map(rolesOf(roleTheme).map((role) => [roleTheme[role], role]));
  return styles.map((style) => roles.get(style) ?? null);
}

/** The rows of a screen without its footer, which changes with every key. */
export function linesWithoutFooter(canvas: Canvas): readonly string[] {
  return canvasLines(canvas).slice(0, -1);
}

/** Each row with the letters of its roles below it, and what the letters mean. */
export function rolePicture(canvas: Canvas): string {
  const roles = cellRoles(canvas);
  const rows = linesWithoutFooter(canvas).flatMap((line, row) => {
    const letters = roles
      .slice(row * canvas.columns, (row + 1) * canvas.columns)
      .map(letterOf)
      .join('');
    return [line, letters].map((text) => text.trimEnd());
  });
  const used = rolesOf(roleTheme).filter((role) => role !== 'normal' && roles.includes(role));
  return `${rows.join('\n')}\n\n${used.map((role) => `${roleLetters[role]} ${role}`).join('  ')}\n`;
}

function letterOf(role: Role | null): string {
  return role === null ? ' ' : roleLetters[role];
}
