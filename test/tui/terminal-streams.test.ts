import {PassThrough} from 'node:stream';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {terminalInput} from '../../src/tui/terminal-streams.ts';

beforeEach(() => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate']});
});
afterEach(() => {
  vi.useRealTimers();
});

function opened() {
  const stdin = new PassThrough();
  const typed: string[] = [];
  const reports: string[] = [];
  const input = terminalInput(
    stdin,
    () => true,
    (reported) => reports.push(...reported.reports.map(({kind}) => kind)),
  );
  input.typed.on('data', (chunk: Buffer) => typed.push(chunk.toString()));
  /** As one read of the terminal. */
  const read = (text: string): boolean => stdin.emit('data', Buffer.from(text));
  return {read, typed, reports, close: input.close};
}

test('an Esc that nothing follows is a key', async () => {
  const {read, typed} = opened();
  read('\u001b');
  expect(typed).toEqual([]);
  await vi.advanceTimersByTimeAsync(50);
  expect(typed).toEqual(['\u001b[27u']);
});

test('what arrived while the process was busy is read before the Esc in front of it counts as a key', async () => {
  const {read, typed, reports} = opened();
  read('\u001b');
  // The time is over; the next step of the event loop reads the terminal.
  vi.advanceTimersToNextTimer();
  read('[<0;10;5M');
  await vi.advanceTimersByTimeAsync(50);
  expect(typed).toEqual([]);
  expect(reports).toEqual(['click']);
});

test.each([
  ['an answer, after its bracket', '\u001b[', '0n'],
  ['an answer, after its digit', '\u001b[0', 'n'],
  ['a click', '\u001b[', '<0;10;5M'],
  ['a click, in its middle too', '\u001b[', '<0;1', '0;5M'],
  ['a released button', '\u001b[', '<0;10;5m'],
  ['a step of the wheel', '\u001b[', '<64;10;5M'],
  ['a report that is interrupted', '\u001b[', '<64;', '\u001b[<64;10;5M'],
  ['a click in the old form', '\u001b[', 'M', ' *%'],
])('%s that arrives in parts takes no key with it and types none', async (_, ...parts) => {
  const {read, typed} = opened();
  for (const part of parts) {
    read(part);
    await vi.advanceTimersByTimeAsync(50);
  }
  read('q');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(typed).toEqual(['q']);
});

test('Alt and a bracket, then a digit, mute the console for a second only', async () => {
  const {read, typed} = opened();
  read('\u001b]');
  await vi.advanceTimersByTimeAsync(500);
  read('1');
  read('x');
  await vi.advanceTimersByTimeAsync(1_100);
  read('q');
  expect(typed).toEqual(['q']);
});

test('a closed terminal gives no key later', async () => {
  const {read, typed, close} = opened();
  read('\u001b');
  vi.advanceTimersToNextTimer();
  close();
  await vi.advanceTimersByTimeAsync(50);
  expect(typed).toEqual([]);
});
