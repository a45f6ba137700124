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

test('a closed terminal gives no key later', async () => {
  const {read, typed, close} = opened();
  read('\u001b');
  vi.advanceTimersToNextTimer();
  close();
  await vi.advanceTimersByTimeAsync(50);
  expect(typed).toEqual([]);
});
