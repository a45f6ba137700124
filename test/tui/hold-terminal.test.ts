import {PassThrough} from 'node:stream';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {ok} from '../../src/shared/result.ts';
import {holdTerminal} from '../../src/tui/hold-terminal.ts';
import type {Picture} from '../../src/tui/picture.ts';
import {terminalInput} from '../../src/tui/terminal-streams.ts';
import {createFakeTerminal} from '../support/fake-terminal.ts';

beforeEach(() => {
  vi.useFakeTimers({toFake: ['performance', 'setTimeout', 'setImmediate']});
});
afterEach(() => {
  vi.useRealTimers();
});

/** A hold on a terminal whose answers come when the test says so. */
function held(options: {readonly onStop?: () => void; readonly isInBackground?: () => boolean} = {}) {
  const stdin = new PassThrough();
  const said: string[] = [];
  const typed: string[] = [];
  const opened: string[] = [];
  const answered = Promise.withResolvers<void>();
  const screen: Pick<Picture, 'show' | 'hide' | 'hurry'> = {
    show: () => void said.push('show'),
    hide() {
      said.push('hide');
      return answered.promise;
    },
    hurry() {
      said.push('hurry');
      answered.resolve();
    },
  };
  const input = terminalInput(
    stdin,
    () => false,
    () => {},
  );
  input.typed.on('data', (chunk: Buffer) => typed.push(chunk.toString()));
  const terminal = holdTerminal(
    {
      stdin: createFakeTerminal({columns: 80, rows: 24}).stdin,
      stopProcess() {
        said.push('stop');
        options.onStop?.();
      },
      isInBackground: options.isInBackground ?? (() => false),
      pager: {
        refusal: null,
        open: ({path}) => {
          opened.push(path);
          return Promise.resolve(ok(path));
        },
      },
    },
    screen,
    input,
  );
  terminal.take();
  return {
    terminal,
    said,
    typed,
    opened,
    answer: answered.resolve,
    read: (text: string) => stdin.emit('data', Buffer.from(text)),
  };
}

test('continued, the screen is drawn once, whichever comes first: the signal or the next step of the process', async () => {
  const {terminal, said, answer} = held({onStop: () => terminal.take()});
  answer();
  const suspended = terminal.suspend();
  await vi.advanceTimersByTimeAsync(1_000);
  await suspended;
  expect(said).toEqual(['show', 'hide', 'stop', 'show']);
});

test('a process that nothing stops has its terminal again', async () => {
  const {terminal, said, answer} = held();
  answer();
  void terminal.suspend();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(said).toEqual(['show', 'hide', 'stop', 'show']);
});

test("while the terminal has not answered, it stays the console's: a signal to continue changes nothing, and another Ctrl+Z neither", async () => {
  const {terminal, said, answer} = held();
  void terminal.suspend();
  terminal.take();
  void terminal.suspend();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(said).toEqual(['show', 'hide']);
  answer();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(said).toEqual(['show', 'hide', 'stop', 'show']);
});

test('who leaves while the console is about to stop waits for the same answers, and does not stop', async () => {
  const {terminal, said, answer} = held();
  void terminal.suspend();
  const left = terminal.leave();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(said).toEqual(['show', 'hide']);
  answer();
  await left;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(said).toEqual(['show', 'hide']);
});

test('what is typed while the console leaves is not for it; a Ctrl+C more than a second later ends the wait', async () => {
  const {terminal, said, typed, read} = held();
  const left = terminal.leave();
  read('x');
  read('\u0003');
  await vi.advanceTimersByTimeAsync(1_100);
  expect(said).toEqual(['show', 'hide']);
  read('\u0003');
  await left;
  expect(said).toEqual(['show', 'hide', 'hurry']);
  expect(typed).toEqual([]);
});

test('the pager is refused while another one is open, and while the console is about to stop, each with its reason', async () => {
  const log = {path: '/run/engine.log', atBytes: null};
  const stopping = held();
  void stopping.terminal.suspend();
  expect(await stopping.terminal.page(log)).toMatchObject({error: {message: 'the console is being suspended.'}});
  const paging = held();
  void paging.terminal.page(log);
  expect(await paging.terminal.page(log)).toMatchObject({error: {message: 'the pager is open already.'}});
});

test('the pager has the terminal only after the answer', async () => {
  const {terminal, opened, answer} = held();
  const paged = terminal.page({path: '/run/engine.log', atBytes: null});
  await vi.advanceTimersByTimeAsync(1_000);
  expect(opened).toEqual([]);
  answer();
  await paged;
  expect(opened).toEqual(['/run/engine.log']);
});

/** A console that stopped itself, and of which the shell then has the terminal. */
async function inBackground() {
  let hasShell = false;
  const hold = held({onStop: () => (hasShell = true), isInBackground: () => hasShell});
  hold.answer();
  await hold.terminal.suspend();
  return {
    ...hold,
    foreground: () => {
      hasShell = false;
    },
  };
}

test('continued in the background it stops again without a sign of life, and is drawn by fg', async () => {
  const suspending = inBackground();
  await vi.advanceTimersByTimeAsync(1_000);
  const {terminal, said, foreground} = await suspending;
  expect(said).toEqual(['show', 'hide', 'stop']);
  const continued = terminal.continued();
  await vi.advanceTimersByTimeAsync(1_000);
  await continued;
  expect(said.filter((step) => step === 'show')).toEqual(['show']);
  expect(said.at(-1)).toBe('stop');
  foreground();
  await terminal.continued();
  expect(said.at(-1)).toBe('show');
});

test('a signal that ends it in the background ends it: it neither takes the terminal nor stops', async () => {
  const suspending = inBackground();
  await vi.advanceTimersByTimeAsync(1_000);
  const {terminal, said} = await suspending;
  const continued = terminal.continued();
  const left = terminal.leave();
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all([continued, left]);
  expect(said.filter((step) => step === 'show' || step === 'stop')).toEqual(['show', 'stop']);
});
