import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {eventually} from '../../harness/eventually.ts';
import type {PtyTerminal} from '../../harness/terminal.ts';

const directory = path.resolve(import.meta.dirname, '../../golden/scenarios');

/** Writes the screens instead of comparing them: GANTRY_UPDATE_SCREENS=1. */
const isUpdating = process.env['GANTRY_UPDATE_SCREENS'] === '1';

/** What an operator reads first: the panels with the state of the engine and with what is wrong. */
const shownPanels = ['Server', 'Findings'] as const;

/**
 * The first panels of a screen as text, digits as `#`: what is measured is different each time. Compared without the
 * places where lines break, which move with the number of digits.
 */
export async function expectScreen(terminal: PtyTerminal, name: string): Promise<void> {
  const draw = (): string => `${shownPanels.map((title) => pictureOf(terminal, title)).join('\n\n')}\n`;
  const file = path.join(directory, `${name}.txt`);
  if (isUpdating || !existsSync(file)) {
    mkdirSync(directory, {recursive: true});
    writeFileSync(file, draw());
    if (!isUpdating) throw new Error(`${file} was not there. It is written: read it, and run the test again.`);
    return;
  }
  const wanted = flat(readFileSync(file, 'utf8'));
  // Effects of a cause, and the plan after it, come a moment later.
  await eventually(
    () => flat(draw()) === wanted,
    () => `${name} to be as recorded; it is\n${draw()}`,
  );
}

function pictureOf({driver}: PtyTerminal, title: string): string {
  const panel = driver.panel(title);
  const lines = [`[${title}${panel.note() === '' ? '' : ` | ${panel.note()}`}]`, ...panel.rows()];
  return lines
    .filter((line) => line !== '')
    .map((line) => line.replaceAll(/\d/g, '#'))
    .join('\n');
}

/** One line, every number as one `#`. */
function flat(picture: string): string {
  return picture
    .replaceAll(/#[#.,]*#/g, '#')
    .replaceAll(/(?:# ?[dhms]+ ?)+#?/g, '# ')
    .replaceAll('effects', 'effect')
    .replaceAll(/progress \S+/g, 'progress')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
