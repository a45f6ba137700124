import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';

describe('the console on the simulated node', () => {
  let home: GantryHome;
  beforeAll(async () => {
    home = await createHome();
    const started = await home.run(['demo', '--detach', '--speed', '200', '--json']);
    expect(started.exitCode, started.stdout + started.stderr).toBe(0);
    await home.waitForState('ready');
  });
  afterAll(async () => {
    await home.close();
  });

  test.each([
    [80, 24],
    [120, 40],
    [200, 60],
  ])('fills a terminal of %i x %i and says SIMULATED', async (columns, rows) => {
    const console = home.open([], {columns, rows});
    const text = await console.waitFor(
      'a whole overview',
      (screen) => screen.includes('SIMULATED') && screen.includes('GiB'),
    );
    const lines = text.split('\n');
    expect(lines).toHaveLength(rows);
    expect(lines.at(-1)?.trim(), text).not.toBe('');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    console.write('q');
    expect((await console.exit).exitCode).toBe(0);
  });

  test('follows a resize, shows help and closes it again', async () => {
    const console = home.open([], {columns: 120, rows: 40});
    await console.waitFor('the overview', (text) => text.includes('SIMULATED'));
    console.resize(80, 24);
    await console.waitFor(
      'the overview at 80x24',
      (text) => text.split('\n').length === 24 && text.includes('SIMULATED'),
    );
    console.write('?');
    await console.waitFor('the help', (text) => text.includes('restart with another context length'));
    console.write('\u001b');
    await console.waitFor('the overview again', (text) => text.includes('GiB') && !text.includes('this list'));
    console.write('q');
    await console.exit;
  });

  test('Ctrl+C leaves too, restores the terminal and says that the server keeps running', async () => {
    const console = home.open([], {columns: 120, rows: 40});
    await console.waitFor('the overview', (text) => text.includes('SIMULATED'));
    console.write('\u0003');
    expect((await console.exit).exitCode).toBe(0);
    expect(console.raw()).toContain('\u001b[?1049l');
    expect(console.text()).toMatch(/keeps (running|serving)/);
    expect((await home.snapshot()).engine.state).toBe('ready');
  });

  test('the restart dialog says what a new context changes, and restarts with it', async () => {
    const before = await home.snapshot();
    const console = home.open([], {columns: 120, rows: 40});
    await console.waitFor('the overview', (text) => text.includes('SIMULATED'));
    console.write('R');
    await console.waitFor('the dialog', (text) => /262,144/.test(text));
    for (let index = 0; index < 6; index += 1) console.write('\u007f');
    console.write('131072');
    await console.waitFor('the verdict on the new length', (text) => /131,072/.test(text));
    console.write('\r');
    await console.waitFor('the restart', (text) => /stopping|starting|preflight|restart/i.test(text));
    console.write('q');
    await console.exit;
    const after = await home.waitForState('ready');
    expect(after.engine.settings?.contextLengthTokens).toBe(131_072);
    expect(after.engine.pid).not.toBe(before.engine.pid);
  });

  test('NO_COLOR draws without color, ASCII without a byte above 127', async () => {
    const plain = home.open([], {columns: 80, rows: 24}, {NO_COLOR: '1'});
    await plain.waitFor('the overview', (text) => text.includes('SIMULATED'));
    plain.write('q');
    await plain.exit;
    expect(plain.raw()).not.toMatch(/\u001b\[(3[0-7]|4[0-7]|9[0-7]|38|48)[;m]/);
    const ascii = home.open(['--ascii'], {columns: 80, rows: 24});
    await ascii.waitFor('the overview', (text) => text.includes('SIMULATED'));
    ascii.write('q');
    await ascii.exit;
    expect([...ascii.raw()].filter((character) => (character.codePointAt(0) ?? 0) > 127)).toEqual([]);
  });
});
