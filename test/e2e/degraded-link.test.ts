import {afterAll, beforeAll, expect, test} from 'vitest';
import {eventually} from '../harness/eventually.ts';
import {createHome, type GantryHome, gantryEntry} from '../harness/gantry-home.ts';
import {createSlowLink, type SlowLink} from '../harness/slow-link.ts';
import {openTerminal, type PtyTerminal} from '../harness/terminal.ts';

const SLOW_BYTES_PER_SECOND = 2_000;
const SIZE = {columns: 120, rows: 40};
/** The link itself holds any number of bytes: what is in it at a key comes before the effect of the key. */
const MOST_BYTES_BEFORE_A_KEY = 2 * SLOW_BYTES_PER_SECOND;

let home: GantryHome;
beforeAll(async () => {
  home = await createHome();
  await home.demo(['--detach', '--speed', '50']);
  await home.waitForState('ready');
});
afterAll(async () => {
  await home.close();
});

/** The console at the other end of a link. */
async function consoleOver(link: SlowLink, use: (terminal: PtyTerminal) => Promise<void>): Promise<void> {
  const file = process.execPath;
  const terminal = openTerminal({file, args: [gantryEntry], env: home.environment, link, ...SIZE});
  try {
    await terminal.waitFor('the first frame', (text) => text.includes('? help'));
    await use(terminal);
    link.setRate(Number.POSITIVE_INFINITY);
    terminal.write('q');
    expect((await terminal.exit).exitCode).toBe(0);
  } finally {
    terminal.kill('SIGKILL');
  }
}

const header = ({screen}: PtyTerminal): string => screen()[0] ?? '';
const arrives = async (link: SlowLink, bytes: number): Promise<void> => {
  const until = link.arrivedBytes() + bytes;
  await eventually(() => link.arrivedBytes() >= until, 'data of the next seconds');
};

test('over 2 kB/s keys come before old frames, what is shown is at most two seconds old, and the header says that the link is slow', async () => {
  const link = createSlowLink(SLOW_BYTES_PER_SECOND);
  await consoleOver(link, async (terminal) => {
    await eventually(
      () => header(terminal).includes('slow link'),
      () => terminal.text(),
    );
    await eventually(() => link.waitingBytes() < SLOW_BYTES_PER_SECOND, 'the first frames to arrive');
    for (const [key, effect] of [
      ['?', (text) => text.includes('─ Keys ─')],
      ['\u001b', (text) => !text.includes('─ Keys ─')],
      ['Q', (text) => text.includes('no key Q here')],
      ['2', (text) => text.includes('[2 GPUs]')],
      ['1', (text) => text.includes('[1 Overview]')],
    ] satisfies readonly (readonly [string, (text: string) => boolean])[]) {
      await arrives(link, SLOW_BYTES_PER_SECOND);
      const before = link.arrivedBytes();
      // Never more on the way than the link carries in two seconds: no frame is queued.
      expect(link.waitingBytes(), `bytes on the way before ${key}`).toBeLessThan(MOST_BYTES_BEFORE_A_KEY);
      terminal.write(key);
      await terminal.waitFor(`the effect of ${key}`, effect);
      expect(link.arrivedBytes() - before, `bytes before the effect of ${key}`).toBeLessThan(MOST_BYTES_BEFORE_A_KEY);
    }
    link.setRate(Number.POSITIVE_INFINITY);
    await eventually(
      () => !header(terminal).includes('slow link'),
      () => terminal.text(),
    );
  });
});

test('after five seconds in which nothing arrives, the newest screen is there, and nothing was queued meanwhile', async () => {
  const link = createSlowLink(Number.POSITIVE_INFINITY);
  await consoleOver(link, async (terminal) => {
    await arrives(link, 3_000);
    link.setRate(0);
    const {sequence} = await home.snapshot();
    await home.until('five seconds', (snapshot) => snapshot.sequence >= sequence + 5);
    terminal.write('?');
    await home.until('another', (snapshot) => snapshot.sequence >= sequence + 7);
    expect(link.waitingBytes()).toBeLessThan(12_000);
    link.setRate(Number.POSITIVE_INFINITY);
    await terminal.waitFor('the effect of the key', (text) => text.includes('─ Keys ─'));
    await eventually(
      () => !header(terminal).includes('slow link'),
      () => terminal.text(),
    );
  });
});

test('whoever leaves over a slow link gets a terminal that answers nothing more, which the shell would take for typed text', async () => {
  const link = createSlowLink(Number.POSITIVE_INFINITY);
  const terminal = openTerminal({file: process.execPath, args: [gantryEntry], env: home.environment, link, ...SIZE});
  await terminal.waitFor('the first frame', (text) => text.includes('? help'));
  // A second's changes take longer than two seconds also while few figures change.
  link.setRate(SLOW_BYTES_PER_SECOND / 16);
  await eventually(
    () => /slow link (?:[2-9]|[1-9]\d)s/.test(header(terminal)),
    () => terminal.text(),
  );
  terminal.write('q');
  expect((await terminal.exit).exitCode).toBe(0);
  const untilAsked = terminal.raw().slice(0, terminal.raw().lastIndexOf('\u001b[5n'));
  expect(link.arrivedBytes()).toBeGreaterThan(Buffer.byteLength(untilAsked));
});
