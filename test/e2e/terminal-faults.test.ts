import {spawn} from '@lydell/node-pty';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {seededRandom} from '../../src/simulator/node/seeded-random.ts';
import {eventually} from '../harness/eventually.ts';
import {createHome, type GantryHome, gantryEntry} from '../harness/gantry-home.ts';
import {isAlive} from '../harness/processes.ts';

const RESIZES = 500;
const EVERY_MS = 10;
const SEED = 7;

let home: GantryHome;
beforeAll(async () => {
  home = await createHome();
  await home.demo(['--detach', '--speed', '50']);
  await home.waitForState('ready');
});
afterAll(async () => {
  await home.close();
});

test('a hundred resizes per second, from 1x1 to 500x200, leave a console that draws the last one and answers keys', async () => {
  const before = await home.snapshot();
  const random = seededRandom(SEED);
  const terminal = home.open([], {columns: 120, rows: 40});
  await terminal.waitFor('the first frame', (text) => text.includes('? help'));
  const sizes = Array.from({length: RESIZES}, (_, index) => {
    if (index % 50 === 0) return [1, 1] as const;
    if (index % 50 === 25) return [500, 200] as const;
    return [1 + Math.floor(random() * 499), 1 + Math.floor(random() * 199)] as const;
  });
  await eventually(
    () => {
      const [columns, rows] = sizes.shift() ?? [100, 30];
      terminal.resize(columns, rows);
      return columns === 100 && rows === 30 && sizes.length === 0;
    },
    'all resizes',
    {everyMs: EVERY_MS},
  );
  await terminal.waitFor(`a frame of the last size, seed ${SEED}`, () => {
    const lines = terminal.screen();
    return lines[0]?.startsWith('gantry') === true && lines.at(-1)?.startsWith('? help') === true;
  });
  for (const line of terminal.screen().slice(2, -1)) expect(line).toHaveLength(100);
  terminal.write('?');
  await terminal.waitFor('the effect of a key', (text) => text.includes('─ Keys ─'));
  terminal.write('\u001b');
  await terminal.waitFor('the screen again', (text) => !text.includes('─ Keys ─'));
  terminal.write('q');
  expect((await terminal.exit).exitCode).toBe(0);
  const {engine, supervisor} = await home.snapshot();
  expect([engine.pid, supervisor.pid]).toEqual([before.engine.pid, before.supervisor.pid]);
});

test.each(['SIGTERM', 'SIGHUP'])('%s ends a console whose terminal takes nothing', async (signal) => {
  const size = {cols: 200, rows: 60};
  const pty = spawn(process.execPath, [gantryEntry], {env: home.environment, name: 'xterm-256color', ...size});
  // As after Ctrl+S, or behind a connection that hangs.
  pty.pause();
  try {
    const {sequence} = await home.snapshot();
    await home.until('the terminal is full', (snapshot) => snapshot.sequence >= sequence + 8);
    expect(isAlive(pty.pid)).toBe(true);
    process.kill(pty.pid, signal);
    await eventually(
      () => !isAlive(pty.pid),
      () => `the console ${pty.pid} is still alive`,
    );
  } finally {
    pty.kill('SIGKILL');
  }
  expect((await home.snapshot()).engine.state).toBe('ready');
});
