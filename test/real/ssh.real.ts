import {appendFile} from 'node:fs/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {eventually} from '../harness/eventually.ts';
import {createHome, type GantryHome, gantryEntry} from '../harness/gantry-home.ts';
import {isAlive, untilGone} from '../harness/processes.ts';
import {makeTemporaryDirectory} from '../harness/temporary-directory.ts';
import type {PtyTerminal} from '../harness/terminal.ts';
import {type BadLine, lineProblem, openBadLine} from './bad-line/open-bad-line.ts';

/** 16 kbit/s, 400 ms +- 100 ms each way. */
const BAD = {bytesPerSecond: 2_000, delayMs: 400, jitterMs: 100, isCut: false};
const SIZE = {columns: 120, rows: 40};
/** The handshake of ssh alone takes 16 to 75 s on this line. */
const CONNECT_MS = 5 * 60_000;
/** TCP waits twice as long after each attempt: a minute of silence may last two. */
const RECONNECT_MS = 4 * 60_000;
const FLOODED_LINES = 450_000;

const problem = lineProblem();
if (problem !== null) {
  console.warn(`NOT TESTED: the console over ssh on a bad line: ${problem}`);
  test.skipIf(true)(`ssh on a bad line cannot be had here: ${problem}`, () => undefined);
} else describe('the console over ssh on a bad line', overSsh);

function overSsh(): void {
  const place = makeTemporaryDirectory('ssh');
  let home: GantryHome;
  let line: BadLine;
  beforeAll(async () => {
    home = await createHome();
    await home.demo(['--speed', '50']);
    await home.waitForState('ready');
    line = await openBadLine(place.directory);
  });
  afterAll(async () => {
    line.close();
    await home.close();
    place.remove();
  });

  const gantry = (words = ''): string => {
    const variables = Object.entries(home.environment).map(([name, value]) => `${name}='${value}'`);
    return `env ${variables.join(' ')} ${process.execPath} ${gantryEntry} ${words}`;
  };
  /** The console in a terminal of the operator; with no loss until ssh is connected, which takes minutes otherwise. */
  async function openConsole(loss: number, command = `echo "pid $$"; exec ${gantry()}`, size = SIZE) {
    line.set({...BAD, loss: 0});
    const terminal = line.open(command, size);
    await terminal.waitFor('the console', (text) => text.includes('gantry'), CONNECT_MS);
    line.set({loss});
    await terminal.waitFor('the whole first frame', (text) => text.includes('? help'), CONNECT_MS);
    return terminal;
  }
  const pidOf = ({raw}: PtyTerminal): number => Number(/pid (\d+)/.exec(raw())?.[1]);
  const header = ({screen}: PtyTerminal): string => screen()[0] ?? '';
  const leave = async (terminal: PtyTerminal): Promise<void> => {
    line.set({...BAD, delayMs: 0, jitterMs: 0, loss: 0, bytesPerSecond: 10_000_000});
    terminal.write('q');
    expect((await terminal.exit).exitCode).toBe(0);
  };

  test.each([0.05, 0.2])(
    'with %d lost, data is hardly older than the line makes it, keys work, and the header says slow',
    async (loss) => {
      const terminal = await openConsole(loss);
      const bare = line.open("while :; do printf '<%s>' $(date +%s%3N); sleep 1; done", {columns: 80, rows: 24});
      await eventually(() => bare.raw().includes('>'), 'the bare clock', {withinMs: CONNECT_MS});
      await eventually(
        () => header(terminal).includes('slow link'),
        () => terminal.text(),
      );
      const [console_, clock] = await agesOf(60, [() => shownAgeMs(terminal), () => bareAgeMs(bare)]);
      bare.kill('SIGKILL');
      const keys: number[] = [];
      for (const [key, effect] of [
        ['?', (text) => text.includes('─ Keys ─')],
        ['\u001b', (text) => !text.includes('─ Keys ─')],
        ['Q', (text) => text.includes('no key Q here')],
        ['2', (text) => text.includes('[2 GPUs]')],
        ['6', (text) => text.includes('[6 Logs]')],
        ['1', (text) => text.includes('[1 Overview]')],
      ] satisfies readonly (readonly [string, (text: string) => boolean])[]) {
        const atMs = performance.now();
        terminal.write(key);
        await terminal.waitFor(`the effect of ${JSON.stringify(key)}`, effect);
        keys.push(Math.round(performance.now() - atMs));
      }
      console.log(`${loss} lost: console ${textOf(console_)}; bare clock ${textOf(clock)}; keys ${keys.join(', ')} ms`);
      expect(at(console_, 0.5) - at(clock, 0.5)).toBeLessThan(2_000);
      // A lost packet costs TCP seconds, and the console sends more packets than a clock.
      expect(at(console_, 0.9)).toBeLessThan(2_000 + 3 * at(clock, 0.9));
      await leave(terminal);
    },
  );

  test('after a minute in which nothing passes, the newest screen and the effect of the key are there; nothing was queued', async () => {
    const terminal = await openConsole(0.05);
    const {sequence} = await home.snapshot();
    line.set({isCut: true});
    await home.until('half a minute', (snapshot) => snapshot.sequence >= sequence + 30);
    terminal.write('2');
    await home.until('a minute', (snapshot) => snapshot.sequence >= sequence + 60);
    const before = terminal.bytesWritten();
    line.set({isCut: false, loss: 0});
    const atMs = performance.now();
    await eventually(() => terminal.bytesWritten() > before, 'the line to carry again', {withinMs: RECONNECT_MS});
    const backMs = performance.now();
    await eventually(
      () => (shownAgeMs(terminal) ?? Number.POSITIVE_INFINITY) < 4_000,
      () => terminal.text(),
    );
    await terminal.waitFor('the effect of the key', (text) => text.includes('[2 GPUs]'));
    const bytes = terminal.bytesWritten() - before;
    console.log(
      `after the cut: bytes after ${seconds(backMs - atMs)}, newest data ${seconds(performance.now() - backMs)} later, with ${bytes} bytes`,
    );
    expect(bytes).toBeLessThan(20_000);
    await leave(terminal);
  });

  test('ssh killed ends the console, not the engine and not the supervisor', async () => {
    const terminal = await openConsole(0);
    const {engine, supervisor} = await home.snapshot();
    const pid = pidOf(terminal);
    expect(isAlive(pid)).toBe(true);
    terminal.kill('SIGKILL');
    await untilGone(pid, 'the console');
    const after = await home.snapshot();
    expect([after.engine.pid, after.supervisor.pid, after.engine.state]).toEqual([engine.pid, supervisor.pid, 'ready']);
  });

  test('in tmux it lives on when ssh is killed, and another size finds it whole', async () => {
    const tmux = `tmux -f /dev/null -S ${place.directory}/tmux`;
    const first = await openConsole(0, `${tmux} new-session -s gantry '${gantry().replaceAll("'", '"')}'`);
    first.kill('SIGKILL');
    const again = await openConsole(0.05, `${tmux} attach -t gantry`, {columns: 100, rows: 30});
    await eventually(
      () => {
        const screen = again.screen();
        return (
          screen.length === 30 &&
          /\d\d:\d\d:\d\d$/.test(header(again).trimEnd()) &&
          (screen[28] ?? '').includes('? help')
        );
      },
      () => again.text(),
    );
    await again.waitFor('no broken borders', () =>
      again
        .screen()
        .filter((row) => /[╮╯]$/.test(row.trimEnd()))
        .every((row) => row.trimEnd().length === 100),
    );
    await leave(again);
  });

  test('Ctrl+Z gives the shell back, fg the whole screen; after a storm of resizes the last size is drawn', async () => {
    line.set({...BAD, loss: 0});
    const terminal = line.open(`env PS1='ready> ' ${'bash --norc --noprofile -i'}`, SIZE);
    await terminal.waitFor('the shell', (text) => text.includes('ready>'), CONNECT_MS);
    terminal.write(`${gantry()}\r`);
    await terminal.waitFor('the console', (text) => text.includes('? help') && text.includes('GPU memory'));
    for (const round of [1, 2]) {
      terminal.write('\u001a');
      await terminal.waitFor(
        'the shell again',
        (text) => text.includes('Stopped') && text.trimEnd().endsWith('ready>'),
      );
      terminal.write(`echo round-$((${round} + 10))\r`);
      await terminal.waitFor('what the shell does', (text) => text.includes(`round-${round + 10}`));
      terminal.write('fg\r');
      await terminal.waitFor('the console again', (text) => text.includes('? help') && text.includes('GPU memory'));
    }
    for (let round = 0; round < 200; round += 1) terminal.resize(60 + (round % 80), 15 + (round % 40));
    terminal.resize(90, 28);
    await eventually(
      () => {
        const rows = terminal.screen().map((row) => row.trimEnd());
        return (rows[27] ?? '').includes('? help') && rows.some((row) => /^╭.*╮$/.test(row) && row.length === 90);
      },
      () => terminal.text(),
    );
    line.set({...BAD, delayMs: 0, jitterMs: 0, loss: 0, bytesPerSecond: 10_000_000});
    terminal.write('q');
    await terminal.waitFor('the shell', (text) => text.trimEnd().endsWith('ready>'));
    terminal.kill('SIGKILL');
  });

  test('in a flood of 10,000 lines per second keys work, and a log of fifty megabytes is paged and searched', async () => {
    const terminal = await openConsole(0.05);
    const logPath = (await home.snapshot()).engine.logPath ?? '';
    terminal.write('6');
    await terminal.waitFor('the log', (text) => text.includes('Engine log') && text.includes('following'));
    let isFlooding = true;
    const flood = (async () => {
      for (let number = 0; number < FLOODED_LINES || isFlooding; number += 1_000) {
        const lines = Array.from({length: 1_000}, (_, index) => floodLine(number + index));
        await appendFile(logPath, `${lines.join('\n')}\n`);
        const size = number + 1_000;
        const {sequence} = await home.snapshot();
        if (isFlooding && size % 10_000 === 0)
          await home.until('the next second', (snapshot) => snapshot.sequence > sequence);
      }
    })();
    const times: number[] = [];
    for (const [key, effect] of [
      [' ', (text) => text.includes('paused')],
      ['G', (text) => text.includes('following')],
      ['1', (text) => text.includes('[1 Overview]')],
      ['6', (text) => text.includes('[6 Logs]')],
    ] satisfies readonly (readonly [string, (text: string) => boolean])[]) {
      const atMs = performance.now();
      terminal.write(key);
      await terminal.waitFor(`the effect of ${JSON.stringify(key)} in the flood`, effect);
      times.push(Math.round(performance.now() - atMs));
    }
    isFlooding = false;
    await flood;
    const searchedMs = performance.now();
    terminal.write('/the needle\r');
    await terminal.waitFor('the line', (text) => text.includes('ERROR the needle is here'));
    const foundMs = performance.now();
    terminal.write('\u001b[5~');
    await terminal.waitFor('a page before', (text) => !text.includes('ERROR the needle is here'));
    console.log(
      `in the flood: keys ${times.join(', ')} ms; found in the log after ${seconds(foundMs - searchedMs)}, a page up ${seconds(performance.now() - foundMs)}`,
    );
    await leave(terminal);
  });
}

function floodLine(number: number): string {
  if (number === 1_234) return 'ERROR the needle is here';
  return `INFO [loggers.py:236] Engine 000: line ${number}, Avg prompt throughput: ${number}.4 tokens/s, Running: 3 reqs`;
}

/** Milliseconds since the time in the header, whose seconds are whole; null where it is not on the screen. */
function shownAgeMs({screen}: PtyTerminal): number | null {
  const [, hours, minutes, secs] = /(\d\d):(\d\d):(\d\d)$/.exec((screen()[0] ?? '').trimEnd()) ?? [];
  if (secs === undefined) return null;
  const now = new Date();
  return now.getTime() - new Date(now).setUTCHours(Number(hours), Number(minutes), Number(secs), 0);
}

function bareAgeMs({raw}: PtyTerminal): number | null {
  const last = [
    ...raw()
      .slice(-1_000)
      .matchAll(/<(\d+)>/g),
  ].at(-1)?.[1];
  return last === undefined ? null : Date.now() - Number(last);
}

/** What was seen every 100 ms for so long, ascending. */
async function agesOf(
  forSeconds: number,
  looks: readonly [() => number | null, () => number | null],
): Promise<readonly [readonly number[], readonly number[]]> {
  const seen: [number[], number[]] = [[], []];
  const untilMs = performance.now() + forSeconds * 1_000;
  await eventually(
    () => {
      for (const [index, look] of looks.entries()) {
        const age = look();
        if (age !== null) seen[index === 0 ? 0 : 1].push(age);
      }
      return performance.now() >= untilMs;
    },
    'the time to pass',
    {everyMs: 100, withinMs: 2 * forSeconds * 1_000},
  );
  for (const ages of seen) ages.sort((one, other) => one - other);
  return seen;
}

function at(ascending: readonly number[], part: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(part * ascending.length))] ?? Number.NaN;
}

function textOf(ascending: readonly number[]): string {
  const [median, most, last] = [0.5, 0.9, 1].map((part) => at(ascending, part));
  return `p50 ${median} ms, p90 ${most} ms, at most ${last} ms old`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
