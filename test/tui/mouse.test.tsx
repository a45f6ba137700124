import {afterEach, expect, test} from 'vitest';
import {ok} from '../../src/shared/result.ts';
import {buildEvent} from '../support/build-event.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../support/build-snapshot.ts';
import {type OpenedConsole, openConsole} from '../support/open-console.tsx';

const ON = '\u001b[?1000h\u001b[?1006h';
const OFF = '\u001b[?1006l\u001b[?1000l';

let opened: OpenedConsole | null = null;

afterEach(async () => {
  await opened?.close();
  opened = null;
});

/** A click on a tab, as a terminal reports it. */
function clickAt({terminal}: OpenedConsole, text: string): string {
  const row = terminal.lines().findIndex((line) => line.includes(text));
  const column = terminal.lines()[row]?.indexOf(text) ?? 0;
  return `\u001b[<0;${column + 1};${row + 1}M\u001b[<0;${column + 1};${row + 1}m`;
}

test('the mouse is off until its key turns it on, and off again after each exit', async () => {
  opened = await openConsole();
  const {terminal, press, notice} = opened;
  expect(terminal.stdout.written()).not.toContain('\u001b[?1000h');
  await press('m');
  await notice().shows('Mouse: the wheel scrolls, and a click chooses');
  expect(terminal.stdout.written()).toContain(ON);
  await press('m');
  await notice().shows('Mouse: off.');
  expect(terminal.stdout.written().lastIndexOf(OFF)).toBeGreaterThan(terminal.stdout.written().lastIndexOf(ON));
  await opened.close();
  expect(terminal.stdout.written().slice(terminal.stdout.written().lastIndexOf('?2004l') - 40)).toContain(OFF);
});

test('a click on a tab shows it, in however many reads it arrives, and none of it is a key', async () => {
  opened = await openConsole({hasPointer: true});
  const {terminal, typeAtOnce, screen} = opened;
  expect(terminal.stdout.written()).toContain(ON);
  await typeAtOnce(clickAt(opened, '9 Events'), 1);
  await screen('Events').isOpen();
  const bytes = clickAt(opened, '1 Overview');
  for (const byte of bytes) terminal.type(byte);
  await screen('Events').isGone();
  await terminal.waitFor(() => terminal.text().includes('[1 Overview]'), 'the Overview');
  // No byte of it was a key: each of them would have left a notice or another screen.
  expect(terminal.text()).not.toMatch(/Ignored|Refused/);
});

const events = Array.from({length: 60}, (_, index) => buildEvent({id: index + 1, message: `number ${index + 1}`}));
const evidence = Array.from({length: 60}, (_, index) => `evidence ${index}`).join('\n');
const log = Array.from({length: 90}, (_, index) => ({number: index + 1, text: `line ${index + 1}`}));
const scrolled = buildConsoleData({snapshot: buildSnapshot({findings: [buildFinding({evidence})]}), events, log});
const [UP, DOWN] = [64, 65];

test.each([
  {keys: ['9'], title: 'Events', away: DOWN, back: UP},
  {keys: ['6'], title: 'Engine log', away: UP, back: DOWN},
  {keys: [':'], title: 'Actions', away: DOWN, back: UP},
  {keys: ['?'], title: 'Keys', away: DOWN, back: UP},
  {keys: ['F'], title: 'Findings', away: DOWN, back: UP},
  {keys: ['7'], title: 'Plan', away: DOWN, back: UP},
  {keys: ['8'], title: 'History', away: DOWN, back: UP},
])('the wheel moves $title, and back', async ({keys, title, away, back}) => {
  opened = await openConsole({hasPointer: true, size: {columns: 80, rows: 18}, data: scrolled});
  const {terminal, typeAtOnce} = opened;
  const box = opened.press(...keys).screen(title);
  await box.isOpen();
  const shown = (): string => `${box.note()} ${box.rows().join('\n')}`;
  const before = shown();
  await typeAtOnce(`\u001b[<${away};20;10M`, 1);
  await terminal.waitFor(() => shown() !== before, 'another part');
  await typeAtOnce(`\u001b[<${back};20;10M`, 1);
  await terminal.waitFor(() => shown() === before, 'what was shown before');
  expect(terminal.text()).not.toMatch(/Ignored|Refused/);
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s turns the mouse off', async (signal) => {
  const {terminal, outcome} = await openConsole({hasPointer: true});
  process.emit(signal, signal);
  await outcome;
  expect(terminal.stdout.written().lastIndexOf(OFF)).toBeGreaterThan(terminal.stdout.written().lastIndexOf(ON));
});

test('Ctrl+Z and the pager get a terminal without it, and the console turns it on again', async () => {
  const pager = {refusal: null, open: () => Promise.resolve(ok('/run/engine.log.'))};
  opened = await openConsole({hasPointer: true, pager});
  const {terminal, press, notice} = opened;
  // Turned off twice is off: before the last answer of the terminal, and with everything else.
  const turned = (): string =>
    [...terminal.stdout.written().matchAll(/\u001b\[\?1000([hl])/g)]
      .map(([, to]) => to ?? '')
      .join('')
      .replaceAll(/l+/g, 'l');
  await press('Ctrl+Z');
  await terminal.waitFor(() => turned().length >= 3, 'the console again');
  expect(turned()).toBe('hlh');
  await press('6', 'o');
  await notice().shows('Shown: /run/engine.log.');
  expect(turned()).toBe('hlhlh');
});
