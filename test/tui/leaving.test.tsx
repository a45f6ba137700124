import {expect, test} from 'vitest';
import {buildConsoleData} from '../support/build-snapshot.ts';
import {openConsole} from '../support/open-console.tsx';

test('q exits: primary screen, cursor, cooked mode, and one line that says what keeps running', async () => {
  const {terminal, session, press, outcome} = await openConsole({
    exitNote: (snapshot) => `gantry: detached. vLLM keeps serving (pid ${snapshot.engine.pid}).`,
  });
  expect(terminal.stdin.isRaw).toBe(true);
  await press('q');
  expect(await outcome).toEqual({reason: 'quit'});
  await terminal.drained();
  expect(terminal.isAlternate()).toBe(false);
  expect(terminal.isCursorHidden()).toBe(false);
  expect(terminal.stdin.isRaw).toBe(false);
  expect(terminal.text().trim()).toBe('gantry: detached. vLLM keeps serving (pid 4242).');
  expect(terminal.stdout.written()).toMatch(/\u001b\[\?2004l/);
  expect(session.sent).toEqual([]);
  expect(session.listenerCount()).toBe(0);
});

test('Ctrl+C exits from a dialog too, and stops nothing', async () => {
  const {session, press, outcome} = await openConsole();
  await press('x', 'Ctrl+C');
  expect(await outcome).toEqual({reason: 'ctrl-c'});
  expect(session.sent).toEqual([]);
});

test('q inside a dialog does not exit', async () => {
  const opened = await openConsole();
  await opened.press('R', 'q').dialog('Restart').isOpen();
  expect(opened.terminal.isAlternate()).toBe(true);
  await opened.close();
});

test('the end of the input ends the console', async () => {
  const {terminal, outcome} = await openConsole();
  terminal.stdin.end();
  expect(await outcome).toEqual({reason: 'input-ended'});
  await terminal.drained();
  expect(terminal.isAlternate()).toBe(false);
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s ends the console quietly', async (signal) => {
  const {terminal, session, outcome} = await openConsole();
  process.emit(signal, signal);
  expect(await outcome).toEqual({reason: 'signal', signal});
  await terminal.drained();
  expect(terminal.isAlternate()).toBe(false);
  expect(terminal.text().trim()).toBe('');
  expect(session.sent).toEqual([]);
});

test('no signal handler is left behind', async () => {
  const before = process.listenerCount('SIGTERM');
  const opened = await openConsole();
  await opened.close();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

test('a crash while drawing restores the terminal and prints what happened', async () => {
  const {terminal, session, outcome} = await openConsole();
  const data = buildConsoleData();
  // The header is drawn by the console itself: nothing contains its failure.
  session.setData({
    ...data,
    connection: {
      get kind(): never {
        throw new Error('no such connection');
      },
    },
  });
  const ended = await outcome;
  expect(ended).toMatchObject({reason: 'crash'});
  await terminal.drained();
  expect(terminal.isAlternate()).toBe(false);
  expect(terminal.isCursorHidden()).toBe(false);
  expect(terminal.stdin.isRaw).toBe(false);
  expect(terminal.stderr.written()).toContain('gantry: the console failed; the server keeps running.');
  expect(terminal.stderr.written()).toContain('no such connection');
});

test('a dumb terminal gets a message instead of a screen', async () => {
  const opened = openConsole({environment: {TERM: 'dumb'}});
  const {terminal, outcome} = await opened;
  expect(await outcome).toEqual({reason: 'cannot-draw'});
  expect(terminal.stderr.written()).toContain('gantry status');
});
