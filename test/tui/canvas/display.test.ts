import {afterEach, expect, test, vi} from 'vitest';
import {type Canvas, clearCanvas, writeText} from '../../../src/tui/canvas/canvas.ts';
import {createDisplay, type Display} from '../../../src/tui/canvas/display.ts';
import type {Paint} from '../../../src/tui/canvas/frame-pair.ts';
import {plain} from '../../../src/tui/theme/theme.ts';

const size = {columns: 12, rows: 2};

afterEach(() => {
  vi.useRealTimers();
});

/** A terminal that takes each write when the test says so. */
function slowTerminal(nowMs: () => number = () => 0): {
  readonly writes: string[];
  readonly take: () => void;
  readonly display: Display;
} {
  const writes: string[] = [];
  let done: (() => void) | null = null;
  const display = createDisplay((text, taken) => {
    if (done !== null) throw new Error('two writes at a time');
    writes.push(text);
    done = taken;
  }, nowMs);
  const take = (): void => {
    const taken = done;
    done = null;
    taken?.();
  };
  return {writes, take, display};
}

/** Paints a whole frame. */
function frame(paint: (canvas: Canvas) => void): Paint {
  return (canvas) => {
    clearCanvas(canvas);
    paint(canvas);
    return null;
  };
}

function show(display: Display, text: string): void {
  display.draw(
    size,
    frame((canvas) => void writeText(canvas, 0, 0, text, plain)),
  );
}

test('while the terminal takes a frame, later ones are not queued: it gets the newest one next', () => {
  const {writes, take, display} = slowTerminal();
  for (const text of ['first', 'second', 'third', 'fourth']) show(display, text);
  expect(writes).toHaveLength(1);
  take();
  expect(writes).toHaveLength(2);
  expect(writes[1]).toContain('ourth');
  take();
  expect(writes).toHaveLength(2);
});

test('the first frame, one after an unknown screen and one of another size clear the terminal', () => {
  const {writes, take, display} = slowTerminal();
  show(display, 'same');
  take();
  display.invalidate();
  show(display, 'same');
  take();
  display.draw(
    {columns: 13, rows: 2},
    frame(() => {}),
  );
  expect(writes.map((text) => text.includes('\u001b[2J'))).toEqual([true, true, true]);
});

test('nothing is written while stopped, and everything after the start', async () => {
  const {writes, take, display} = slowTerminal();
  show(display, 'one');
  const stopped = display.stop();
  take();
  display.answered();
  await stopped;
  show(display, 'two');
  expect(writes).toHaveLength(1);
  display.start();
  show(display, 'two');
  expect(writes.at(-1)).toContain('two');
});

test('a frame is settled once the terminal has taken it', async () => {
  const {take, display} = slowTerminal();
  show(display, 'one');
  let isSettled = false;
  const settled = display.settled().then(() => {
    isSettled = true;
  });
  await Promise.resolve();
  expect(isSettled).toBe(false);
  take();
  await settled;
  await display.settled();
});

test('a frame that the link has no room for waits for the answer of the terminal', () => {
  const {writes, take, display} = slowTerminal();
  const large = {columns: 300, rows: 100};
  const fill = (letter: string): void =>
    display.draw(
      large,
      frame((canvas) => {
        for (let row = 0; row < large.rows; row += 1) writeText(canvas, row, 0, letter.repeat(large.columns), plain);
      }),
    );
  fill('a');
  expect(writes.at(-1)).toContain('\u001b[5n');
  take();
  take();
  expect(writes.join('').match(/a/g)?.length).toBeLessThan(large.columns * large.rows);
  const before = writes.length;
  fill('b');
  expect(writes).toHaveLength(before);
  for (let answer = 0; answer < 10; answer += 1) {
    display.answered();
    take();
  }
  const last = writes.slice(before).join('');
  expect(last.match(/b/g)).toHaveLength(large.columns * large.rows);
  expect(last).not.toContain('a');
});

test.each([
  ['the header', 0, false],
  ['the effect of a key', 90, true],
] as const)('what is not urgent leaves room: %s is written before the next answer', (_, row, isUrgent) => {
  const {show, next, taken} = narrowLink(3_000);
  show('a', everyRow);
  taken();
  next();
  next();
  taken();
  show('h', [row], isUrgent);
  expect(taken().match(/[ah]+/g)).toEqual(['h'.repeat(280)]);
});

test('before the first answer, a second frame waits', () => {
  const {writes, take, display} = slowTerminal();
  show(display, 'first');
  take();
  show(display, 'second');
  take();
  expect(writes.join('')).toContain('second');
  const {show: showLarge, taken} = narrowLink();
  showLarge('a', [0, 1, 2, 3, 4, 5, 6, 7]);
  // The header with the question, and as much as may wait behind it.
  expect(taken().match(/a+/g)).toHaveLength(4);
  expect(taken()).toBe('');
  showLarge('b', [0]);
  expect(taken()).toBe('');
});

/** Frames of a hundred rows on a link with room for a few, of which each answer, after `delayMs`, makes room again. */
function narrowLink(delayMs = 0): {
  readonly show: (text: string, rows: readonly number[], isUrgent?: boolean) => void;
  /** What is written after an answer. */
  readonly next: () => string;
  /** What is written without one, once the terminal has taken what was written before. */
  readonly taken: () => string;
} {
  let nowMs = 0;
  const {writes, take, display} = slowTerminal(() => nowMs);
  const size = {columns: 300, rows: 100};
  const texts = Array.from({length: size.rows}, () => '');
  let seen = 0;
  return {
    taken() {
      take();
      const written = writes.slice(seen).join('');
      seen = writes.length;
      return written;
    },
    show(text, rows, isUrgent = false) {
      for (const row of rows) texts[row] = text.repeat(280);
      const paint = frame((canvas) => void texts.map((line, row) => writeText(canvas, row, 0, line, plain)));
      display.draw(size, paint, isUrgent);
    },
    next() {
      const before = writes.length;
      nowMs += delayMs;
      display.answered();
      take();
      seen = writes.length;
      return writes.slice(before).join('');
    },
  };
}

const everyRow = Array.from({length: 100}, (_, row) => row);

test('what an urgent frame changed is written next, wherever it is; the rest follows', () => {
  const {show, next} = narrowLink();
  show('a', everyRow);
  show('K', [90, 97], true);
  show('L', [95], true);
  expect(
    next()
      .match(/[aKL]+/g)
      ?.slice(0, 3),
  ).toEqual(['L'.repeat(280), 'K'.repeat(280), 'K'.repeat(280)]);
  show('b', [90]);
  let rest = '';
  for (let part = next(); part !== ''; part = next()) rest += part;
  expect(rest.match(/b+/g)).toEqual(['b'.repeat(280)]);
  expect(rest).not.toContain('K');
});

test('the last rows are not those which always wait', () => {
  const {show, next} = narrowLink();
  const seen = new Set<string>();
  for (const letter of 'abcdefgh') {
    show(letter, everyRow);
    for (const [, row = ''] of next().matchAll(/\u001b\[(\d+);1H/g)) seen.add(row);
  }
  expect(seen.size).toBeGreaterThan(95);
});

test('a sequence that changes no cell is written between frames, and none after the end', async () => {
  const {writes, take, display} = slowTerminal();
  show(display, 'first');
  display.pass('<copied>');
  show(display, 'second');
  take();
  expect(writes.at(-1)).toContain('<copied>');
  expect(writes.at(-1)).not.toContain('second');
  take();
  expect(writes.at(-1)).toContain('second');
  display.pass('<late>');
  const stopped = display.stop();
  take();
  display.answered();
  await stopped;
  expect(writes.join('')).not.toContain('<late>');
});

test('the end waits for every answer that is due, started twice or not, and no longer than until then', async () => {
  const {writes, take, display} = slowTerminal();
  show(display, 'one');
  display.start();
  display.invalidate();
  display.draw(
    {columns: 300, rows: 100},
    frame((canvas) => {
      for (let row = 0; row < 100; row += 1) writeText(canvas, row, 0, 'x'.repeat(300), plain);
    }),
  );
  for (let part = 0; part < 50 && questionsIn(writes) < 2; part += 1) take();
  expect(questionsIn(writes)).toBe(2);
  let isStopped = false;
  const stopped = display.stop().then(() => {
    isStopped = true;
  });
  take();
  display.answered();
  await new Promise(setImmediate);
  expect(isStopped).toBe(false);
  display.answered();
  await stopped;
});

test('whoever is in a hurry does not wait for an answer', async () => {
  const {take, display} = slowTerminal();
  show(display, 'one');
  take();
  const stopped = display.stop();
  display.hurry();
  await stopped;
});

test.each([
  ['says so after a second', true, 'waiting for the terminal (Ctrl+C ends it)'],
  ['writes nothing to a terminal that does not take what was written before', false, undefined],
] as const)('whoever waits for an answer %s', async (_, isTaken, said) => {
  vi.useFakeTimers();
  const {writes, take, display} = slowTerminal(() => Date.now());
  show(display, 'one');
  if (isTaken) take();
  const stopped = display.stop();
  await vi.advanceTimersByTimeAsync(990);
  expect(writes).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(20);
  expect(writes[1]?.replace(/^.*K/, '')).toBe(said);
  expect(questionsIn(writes)).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  await stopped;
});

test('a terminal that answers in time shows no such text', async () => {
  vi.useFakeTimers();
  const {writes, take, display} = slowTerminal(() => Date.now());
  show(display, 'one');
  take();
  const stopped = display.stop();
  display.answered();
  await stopped;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(writes).toHaveLength(1);
});

test('who leaves a terminal that reports by itself ends that first, and waits for the answer to a question behind it', async () => {
  const {writes, take, display} = slowTerminal();
  show(display, 'one');
  display.answered();
  let isStopped = false;
  const stopped = display.stop('<no reports>').then(() => {
    isStopped = true;
  });
  // Not before the terminal took what was being written.
  expect(writes).toHaveLength(1);
  take();
  await new Promise(setImmediate);
  expect(writes.at(-1)).toBe('<no reports>\u001b[5n');
  take();
  await new Promise(setImmediate);
  expect(isStopped).toBe(false);
  display.answered();
  await stopped;
});

test('a terminal that reports by itself and has not answered is asked once more after its first answer, a mute one never', async () => {
  vi.useFakeTimers();
  for (const isMute of [false, true]) {
    const {writes, take, display} = slowTerminal(() => Date.now());
    show(display, 'one');
    take();
    const stopped = display.stop('<no reports>');
    if (!isMute) display.answered();
    await vi.advanceTimersByTimeAsync(10);
    expect(writes.join('').includes('<no reports>')).toBe(!isMute);
    take();
    if (!isMute) display.answered();
    await vi.advanceTimersByTimeAsync(2_000);
    await stopped;
    expect(writes.join('').includes('<no reports>')).toBe(!isMute);
  }
});

test('whoever is in a hurry is asked nothing more', async () => {
  const {writes, take, display} = slowTerminal();
  show(display, 'one');
  take();
  display.answered();
  display.hurry();
  await display.stop('<no reports>');
  expect(writes.join('')).not.toContain('<no reports>');
});

function questionsIn(writes: readonly string[]): number {
  return writes.join('').split('\u001b[5n').length - 1;
}
