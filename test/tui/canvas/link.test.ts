import fc from 'fast-check';
import {expect, test} from 'vitest';
import {type Link, linkStart} from '../../../src/tui/canvas/link.ts';

/** Writes this much each 250 ms, as far as there is room, and gets each answer when the link has carried everything before it. */
function carry(bytesPerSecond: number, eachTime: number, seconds: number): {link: Link; oldestMs: number} {
  let link = linkStart;
  let sent = 0;
  let carried = 0;
  let oldestMs = 0;
  let answerAt: number | null = null;
  for (let atMs = 0; atMs < seconds * 1_000; atMs += 10) {
    carried = Math.min(sent, carried + bytesPerSecond / 100);
    if (answerAt !== null && carried >= answerAt) {
      link = link.answered(atMs);
      answerAt = null;
    }
    if (atMs % 250 === 0) {
      const characters = Math.min(eachTime, link.room(atMs));
      const isAsking = link.isAsking(atMs);
      if (characters > 0 || isAsking) {
        link = link.written(characters, isAsking, atMs);
        sent += characters;
        if (isAsking) answerAt = sent;
      }
    }
    if (atMs > 20_000) oldestMs = Math.max(oldestMs, ((sent - carried) / bytesPerSecond) * 1_000);
  }
  return {link, oldestMs};
}

test('on a link of 2 kB/s, what is on the way is at most two seconds old after the first answers', () => {
  const {link, oldestMs} = carry(2_000, 4_000, 60);
  expect(oldestMs).toBeGreaterThan(200);
  expect(oldestMs).toBeLessThanOrEqual(2_000);
  expect(link.delayMs(60_000)).toBeGreaterThan(0);
});

test('a fast link is never waited for', () => {
  const {link, oldestMs} = carry(10_000_000, 100_000, 60);
  expect(oldestMs).toBeLessThan(100);
  expect(link.room(60_000)).toBeGreaterThan(100_000);
});

test('a terminal that answers nothing is written to without limit after a while, and is not called slow', () => {
  let link = linkStart.written(3_000, true, 0);
  expect(link.room(1_000)).toBeLessThan(Number.MAX_SAFE_INTEGER);
  expect(link.room(6_000)).toBe(Number.MAX_SAFE_INTEGER);
  link = link.written(500, link.isAsking(6_000), 6_000);
  expect(link.isAsking(600_000)).toBe(false);
  expect(link.delayMs(600_000)).toBe(0);
});

test('a first answer that comes late is one of a slow link, which is waited for from then on', () => {
  let link = linkStart.written(10_000, true, 0);
  link = link.written(500, link.isAsking(4_000), 4_000).answered(5_000);
  expect(link.delayMs(5_000)).toBe(5_000);
  expect(link.room(5_000)).toBeLessThanOrEqual(2_000);
  expect(link.isAsking(5_000)).toBe(true);
});

test('an answer that another program read is given up after a minute', () => {
  let link = linkStart.written(100, true, 0).answered(50);
  link = link.written(200_000, true, 2_000);
  expect(link.room(3_000)).toBe(0);
  expect(link.room(63_000)).toBeGreaterThan(0);
  expect(link.isAsking(63_000)).toBe(true);
  expect(link.restarted().room(3_000)).toBeGreaterThan(0);
});

test('the delay is that of the last answer, or of the question that is still open', () => {
  const link = linkStart.written(100, true, 0).answered(300);
  expect(link.delayMs(900)).toBe(300);
  expect(link.written(100, true, 2_000).delayMs(4_500)).toBe(2_500);
  expect(link.answered(1_000).delayMs(1_000)).toBe(300);
});

test('a window of which little is used does not grow: a whole screen would be far too much', () => {
  let link = linkStart.written(2_000, true, 0).answered(1_000);
  const room = link.room(1_000);
  for (let second = 2; second < 60; second += 1) {
    link = link.written(300, true, second * 1_000).answered(second * 1_000 + 150);
  }
  expect(link.room(60_000)).toBe(room);
});

test('the way to a terminal far away is no slow link: its window grows', () => {
  let link = linkStart;
  for (let second = 0; second < 20; second += 1) {
    const characters = second % 3 === 0 ? 200 : link.room(second * 1_000);
    link = link.written(characters, true, second * 1_000).answered(second * 1_000 + 700);
  }
  expect(link.room(20_000)).toBeGreaterThan(60_000);
});

test('what is not urgent leaves a part of the window, except before the first answer', () => {
  expect(linkStart.roomForRest(0)).toBe(linkStart.room(0));
  const link = linkStart.written(2_000, true, 0).answered(1_000);
  expect(link.room(1_000)).toBe(1_000);
  expect(link.roomForRest(1_000)).toBe(600);
  const used = link.written(700, false, 1_000);
  expect([used.room(1_000), used.roomForRest(1_000), used.isAsking(1_000)]).toEqual([300, 0, true]);
});

test('while an answer is late, hardly anything more is written', () => {
  const known = linkStart.written(100, true, 0).answered(10).written(800, true, 20).answered(30);
  const link = known.written(500, true, 1_000);
  expect(link.room(1_500)).toBeGreaterThan(10_000);
  expect(link.room(2_100)).toBe(500);
  expect(link.written(600, false, 2_100).room(2_200)).toBe(0);
  expect(link.answered(9_000).room(9_000)).toBeLessThanOrEqual(1_000);
});

test('while no frame is written whole for a second, the link is slow, with quick answers too', () => {
  const link = linkStart.written(100, true, 0).answered(300).holding(true, 1_000);
  expect([link.delayMs(1_500), link.delayMs(2_000)]).toEqual([300, 1_000]);
  expect(link.holding(true, 3_000).delayMs(3_000)).toBe(1_000);
  expect(link.holding(false, 3_000).holding(true, 3_100).delayMs(3_200)).toBe(300);
});

test('the first question follows little, and little more is written before its answer: a key would wait for it', () => {
  expect(linkStart.room(0)).toBe(250);
  const asked = linkStart.written(270, linkStart.isAsking(0), 0);
  expect(asked.room(0)).toBe(730);
  const full = asked.written(730, asked.isAsking(0), 0);
  expect([full.isAsking(0), full.room(0)]).toEqual([false, 0]);
});

test('a first answer that was read late makes no line look fast', () => {
  // 2 kB/s: the process was busy when the first answer arrived.
  let link = linkStart.written(250, true, 0).answered(700);
  link = link.written(1_000, true, 700).answered(1_200);
  expect(link.room(1_200)).toBeLessThanOrEqual(2_000);
});

test('whenever something is written, and however late a busy host reads the answers, no more is on the way than 2 kB/s carry in two seconds', () => {
  const write = fc.record({
    afterMs: fc.integer({min: 50, max: 1_000}),
    isUrgent: fc.boolean(),
    wanted: fc.integer({min: 20, max: 4_000}),
    lateMs: fc.oneof(fc.constant(0), fc.nat({max: 1_500})),
  });
  fc.assert(
    fc.property(fc.array(write, {minLength: 30, maxLength: 60, size: 'max'}), (writes) => {
      let [link, nowMs, carriedAtMs, answerAtMs] = [linkStart, 0, 0, Number.POSITIVE_INFINITY];
      for (const {afterMs, isUrgent, wanted, lateMs} of writes) {
        nowMs += afterMs;
        if (answerAtMs <= nowMs) link = link.answered(answerAtMs);
        if (answerAtMs <= nowMs) answerAtMs = Number.POSITIVE_INFINITY;
        const bytes = Math.min(wanted, isUrgent ? link.room(nowMs) : link.roomForRest(nowMs));
        const isAsking = link.isAsking(nowMs);
        link = link.written(bytes, isAsking, nowMs);
        carriedAtMs = Math.max(carriedAtMs, nowMs) + bytes / 2;
        if (isAsking) answerAtMs = carriedAtMs + lateMs;
        expect(carriedAtMs - nowMs).toBeLessThanOrEqual(2_000);
      }
    }),
  );
});

test.each([
  ['nearby', 5, 1_000_000, 2, 50_000],
  ['far away', 600, 1_000_000, 5, 16_000],
  ['at 20 kB/s', 20, 20_000, 2, 7_000],
  ['at 2 kB/s', 20, 2_000, 4, 1_000],
])(
  'what a terminal %s takes in half a second is known after a few answers',
  (_, wayMs, bytesPerSecond, answers, room) => {
    let link = linkStart;
    let nowMs = 0;
    for (let answer = 0; answer < answers; answer += 1) {
      const characters = link.room(nowMs);
      link = link.written(characters, link.isAsking(nowMs), nowMs);
      if (link.isAsking(nowMs)) link = link.written(0, true, nowMs);
      nowMs += wayMs + (characters / bytesPerSecond) * 1_000;
      link = link.answered(nowMs);
    }
    expect(link.room(nowMs)).toBeGreaterThan(room * 0.8);
    expect(link.room(nowMs)).toBeLessThan(room * 1.6);
  },
);

test('an answer is due until it came: two seconds for the first of all, five for one of a terminal that answers', () => {
  expect(linkStart.waitMs(0)).toBe(0);
  const asked = linkStart.written(100, true, 0);
  expect([asked.waitMs(500), asked.waitMs(1_999), asked.waitMs(2_000)]).toEqual([1_500, 1, 0]);
  const answered = asked.answered(1_500);
  expect(answered.waitMs(1_500)).toBe(0);
  const again = answered.written(100, true, 3_000);
  expect([again.waitMs(4_000), again.waitMs(7_999), again.waitMs(8_000)]).toEqual([4_000, 1, 0]);
  expect(again.answered(70_000).waitMs(70_000)).toBe(0);
});

test.each([
  [1_000, 5_000],
  [2_500, 7_500],
  [6_000, 18_000],
  [20_000, 30_000],
])('on a bad line, where the last answer took %d ms, the next one is due for %d', (delayMs, waitMs) => {
  const link = linkStart.written(100, true, 0).answered(delayMs).written(100, true, 30_000);
  expect(link.waitMs(30_000)).toBe(waitMs);
});

test('a terminal that answered nothing is not asked again, nor waited for, when another program has had it; one that then answers is', () => {
  const link = linkStart.written(100, true, 0).restarted();
  expect([link.isAsking(10_000), link.room(10_000)]).toEqual([false, Number.MAX_SAFE_INTEGER]);
  const drawn = link.written(50_000, false, 10_000);
  expect([drawn.isAsking(12_000), drawn.waitMs(10_000)]).toEqual([false, 0]);
  expect(drawn.answered(12_000).isAsking(12_000)).toBe(true);
});

test('a question from before another program had the terminal is still open: its answer is not that of the next one', () => {
  const link = linkStart.written(100, true, 0).answered(50).written(100, true, 2_000).restarted();
  expect(link.waitMs(3_000)).toBe(4_000);
  const both = link.written(5_000, true, 3_000);
  const one = both.answered(4_000);
  expect(one.waitMs(4_000)).toBe(5_000);
  expect(one.isAsking(6_000)).toBe(false);
  expect(one.answered(4_100).waitMs(4_100)).toBe(0);
  expect(one.answered(4_100).isAsking(6_000)).toBe(true);
});

test('an answer that another program read is not waited for once a later question has been answered', () => {
  const link = linkStart.written(100, true, 0).answered(50).written(100, true, 2_000).restarted();
  const healed = link.written(100, true, 3_000).answered(3_100);
  expect([healed.waitMs(8_099), healed.waitMs(8_100)]).toEqual([1, 0]);
  expect(healed.isAsking(8_100)).toBe(true);
  expect(healed.written(100, true, 8_200).answered(8_300).waitMs(8_300)).toBe(0);
});
