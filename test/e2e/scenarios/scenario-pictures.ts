import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {eventually} from '../../harness/eventually.ts';
import type {PtyTerminal} from '../../harness/terminal.ts';

const directory = path.resolve(import.meta.dirname, '../../golden/scenarios');

/** Writes the pictures instead of comparing them. */
const isUpdating = process.env['GANTRY_UPDATE_SCREENS'] === '1';

/** A picture that did not change for this long is recorded: looks in a row, each after the interval. */
const STEADY_LOOKS = 12;
const INTERVAL_MS = 250;
/** On a busy machine a burst may be over before it is on the screen; another one comes every minute. */
const AGAIN_MS = 150_000;
/** Further to the right, and after the time since an end, the row has what there is room for: that depends on the number of digits. */
const SERVER_CHARACTERS = 60;

const sizes = [
  {columns: 80, rows: 24},
  {columns: 120, rows: 40},
] as const;

/**
 * Compares what an operator reads first, at both sizes, with the recorded picture of that name, or records it: the
 * state and the worst severity in the header, the beginning of the row of the engine, the message of the first
 * finding, and on the Findings screen that finding with its remedy, fix and thresholds. Numbers and durations are `#`:
 * each run measures others.
 */
export async function expectPictures(console: PtyTerminal, name: string): Promise<void> {
  const file = path.join(directory, `${name}.txt`);
  const recorded = existsSync(file) ? readFileSync(file, 'utf8').split('\n\n') : [];
  const pictures: string[] = [];
  for (const {columns, rows} of sizes) {
    console.resize(columns, rows);
    await eventually(
      () => isPainted(console, columns, rows),
      () => `the console at ${columns} x ${rows} on this screen:\n${console.text()}\n`,
    );
    const compare = async (picture: string, draw: () => string): Promise<string> =>
      isUpdating ? steady(draw) : same(draw, recorded[pictures.length] ?? '', `${name}, ${picture}`);
    pictures.push(await compare('overview', () => `${columns} x ${rows}\n${pictureOf(console)}`));
    const {driver} = console;
    await driver.press('F');
    await driver.screen('Findings').isOpen();
    pictures.push(await compare('Findings screen', () => chosenFinding(driver.screen('Findings').rows())));
    await driver.press('Esc');
    await driver.screen('Findings').isGone();
  }
  if (!isUpdating) return;
  mkdirSync(directory, {recursive: true});
  writeFileSync(file, `${pictures.join('\n\n')}\n`);
}

async function steady(draw: () => string): Promise<string> {
  let seen: readonly string[] = [];
  return eventually(
    () => {
      const now = draw();
      seen = seen.at(-1) === now ? [...seen, now] : [now];
      return seen.length >= STEADY_LOOKS ? now : null;
    },
    () => `a steady picture; the last one is\n${seen.at(-1) ?? 'nothing'}\n`,
    {everyMs: INTERVAL_MS},
  );
}

/** Effects of a cause, and the state after it, may come a moment later. */
async function same(draw: () => string, recorded: string, name: string): Promise<string> {
  let seen = '';
  return eventually(
    () => {
      seen = draw();
      return flat(seen) === flat(recorded) ? seen : null;
    },
    () => `${name} to look as recorded:\n${recorded}\nIt is\n${seen}\n`,
    {withinMs: AGAIN_MS},
  );
}

/** The border below the tabs, and the footer, are where they belong at this size. */
function isPainted(console: PtyTerminal, columns: number, rows: number): boolean {
  const lines = console.screen();
  return lines[2]?.charAt(columns - 1) === '╮' && lines[rows - 1]?.startsWith('? help') === true;
}

function pictureOf({driver, screen}: PtyTerminal): string {
  const header = screen()[0] ?? '';
  const state = /\S (?:vLLM|SGLang|llama\.cpp) [a-z ]+(?= ·)/.exec(header)?.[0] ?? header;
  const worst = /\d+ (critical|warning|note)/.exec(header)?.[1] ?? 'no finding';
  const first = `header: ${state} · ${worst}`;
  const engineRow = (row: string): string =>
    `server: ${masked(row.trim())
      .slice(0, SERVER_CHARACTERS)
      .replace(/ ago\b.*/, ' ago')
      .trimEnd()}`;
  if (screen().some((line) => line.startsWith('╭─ Problem '))) {
    const rows = driver.panel('Problem').rows();
    return [first, engineRow(rows[0] ?? ''), ...problemOf(rows)].join('\n');
  }
  // The bar of a start is as long as its digits say.
  const isStarting = screen().some((line) => line.startsWith('╭─ Start '));
  const [row = ''] = driver.panel(isStarting ? 'Start' : 'Server').rows();
  const server = row.replaceAll(/[█░]+/g, '');
  const finding = firstFinding(driver.panel('Findings').rows()).map((row) => masked(row.trim()));
  return [first, engineRow(server), ...finding].join('\n');
}

/** The severity, the message and what to do; how much of the evidence fits below depends on the size. */
function problemOf(rows: readonly string[]): readonly string[] {
  const lines = rows.map((row) => row.trim());
  const start = lines.findIndex((line) => /^(?:◆ critical|▲ warning|i info)/.test(line));
  const end = lines.findIndex((line) => /^(?:keys|evidence|since|code)\b/.test(line));
  return lines
    .slice(Math.max(0, start), end === -1 ? undefined : end)
    .flatMap((line) => (line === '' ? [] : [masked(line)]));
}

/** Its message; how much of the remedy fits below depends on everything else in the panel. */
function firstFinding(rows: readonly string[]): readonly string[] {
  const end = rows.findIndex((row, index) => index > 0 && /^(?:◆ critical |▲ warning |i info |→|\s*$)/.test(row));
  return rows.slice(0, end === -1 ? undefined : end);
}

/** Of the chosen finding what names it and what to do; the rest of its facts differs with what else there is. */
const shownLabels = /^(?:what to do|fix|or|threshold)\b/;
const label = /^(?:what to do|fix|or|caused by|explains|evidence|threshold|since|code)\b/;

/** Below the list: its severity, its message, and the labels above. */
function chosenFinding(rows: readonly string[]): string {
  const lines = rows.map((row) => row.trim());
  const start = lines.indexOf('') + 1;
  let isShown = true;
  const kept = lines.slice(start).filter((line) => {
    if (label.test(line)) isShown = shownLabels.test(line);
    return isShown && line !== '';
  });
  return kept.map((line) => masked(line).replaceAll(/\s+/g, ' ')).join('\n');
}

/** Some requests of a burst wait now or waited a moment ago. */
const queue = /# requests? (?:is|are) waiting(?:, for #)?|Up to # requests? waited until #(?: ago)?/;

/** Durations and numbers as `#`. */
function masked(text: string): string {
  return text
    .replaceAll(/(?:\d+[dhms] )*\d+[dhms]\b/g, '#')
    .replaceAll(/\d+(?:[.,:]\d+)*/g, '#')
    .replaceAll(/# (?:s|min|h)\b/g, '#')
    .replaceAll(/\/[^ ()]*\/gantry\.yaml/g, 'gantry.yaml')
    .replaceAll('# effects', '# effect');
}

/**
 * On one line: where it breaks depends on the number of digits. Without the number of other findings, which depends on
 * the requests of that moment, and without money, which is there after five minutes.
 */
function flat(picture: string): string {
  return picture
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?:\+# effects?|\(and # more\))/g, '')
    .replaceAll(' In this time the node cost $#.', '')
    .replaceAll(/# requests? (?:is|are) /g, '# requests are ')
    .replace(queue, 'Requests wait, or waited')
    .trim();
}
