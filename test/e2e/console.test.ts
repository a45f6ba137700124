import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';
import type {PtyTerminal} from '../harness/terminal.ts';

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

  /** The console with its overview drawn. */
  async function open(
    columns: number,
    rows: number,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<PtyTerminal> {
    const terminal = home.open(args, {columns, rows}, env);
    await terminal.driver.header().shows('SIMULATED');
    await terminal.driver.footer().shows('? help');
    await terminal.driver.panel('GPU memory').shows('GiB');
    return terminal;
  }

  test.each([
    [80, 24],
    [120, 40],
    [200, 60],
  ])('fills a terminal of %i x %i and says SIMULATED', async (columns, rows) => {
    const {driver, exit, screen} = await open(columns, rows);
    expect(screen()).toHaveLength(rows);
    for (const line of screen()) expect(line.length).toBeLessThanOrEqual(columns);
    await driver.press('q');
    expect((await exit).exitCode).toBe(0);
  });

  test('follows a resize, also under a dialog, shows help and closes it again', async () => {
    const {driver, exit, resize} = await open(120, 40);
    await driver.press('R').dialog('Restart').isOpen();
    resize(80, 24);
    await driver.dialog('Restart').shows('[262144_] = 262,144 tokens');
    await driver.footer().shows('y yes, now');
    await driver.press('Esc').dialog('Restart').isGone();
    await driver.press('?').screen('Keys').row('restart with another context length');
    await driver.press('Esc').screen('Keys').isGone();
    await driver.panel('GPU memory').isOpen();
    await driver.press('q');
    await exit;
  });

  test('Ctrl+C exits too, restores the terminal and says that the server keeps running', async () => {
    const {driver, exit, raw, text} = await open(120, 40);
    await driver.press('Ctrl+C');
    expect((await exit).exitCode).toBe(0);
    expect(raw()).toContain('\u001b[?1049l');
    expect(text()).toMatch(/keeps (running|serving)/);
    expect((await home.snapshot()).engine.state).toBe('ready');
  });

  test('128K typed in the restart dialog restarts with 131,072 tokens', async () => {
    const before = await home.snapshot();
    const {driver, exit} = await open(120, 40);
    const dialog = driver.press('R').dialog('Restart');
    await dialog.row('[262144_] = 262,144 tokens');
    await driver.type('128K');
    await dialog.row('[128K_] = 131,072 tokens');
    await dialog.row(/largest request +262,144 tokens → 131,072 tokens/);
    await dialog.row('> n  Change nothing');
    // The dialog says why the answer cannot be given yet, for as long as it cannot.
    await dialog.row(/y {2}Restart now *$/);
    await driver.press('y').notice().shows('Accepted');
    await dialog.isGone();
    await driver.press('q');
    await exit;
    const after = await home.until(
      'the engine is ready with the new context',
      ({engine}) => engine.state === 'ready' && engine.settings?.contextLengthTokens === 131_072,
    );
    expect(after.engine.pid).not.toBe(before.engine.pid);
  });

  test('a context beyond the model is refused in the dialog and on the Plan screen, and nothing is stopped', async () => {
    const before = await home.waitForState('ready');
    const {driver, exit, write} = await open(120, 40);
    const dialog = driver.press('R').dialog('Restart');
    await dialog.row(/y {2}Restart now *$/);
    await driver.type('1M');
    await dialog.row(/^refused: .*1,048,576/);
    await dialog.row('y  Restart now (refused)');
    await driver.press('y').notice().shows('Refused:');
    await driver.press('Esc').dialog('Restart').isGone();
    // Typed ahead over a slow link: one read holds all three keys.
    write('R5y');
    await driver.notice().shows('was pressed before this question was shown');
    await driver.press('Esc').dialog('Restart').isGone();
    const plan = driver.press('P').screen('Plan');
    await plan.row('FITS');
    await driver.press('Enter').type('2621440');
    await driver.press('Enter').screen('Plan').row('REFUSED:');
    await driver.press('R').notice().shows('Refused: cannot restart:');
    await driver
      .press('a')
      .screen('Plan')
      .row(/ FITS:/);
    await driver.press('Ctrl+C');
    await exit;
    const after = await home.snapshot();
    expect([after.engine.state, after.engine.pid]).toEqual(['ready', before.engine.pid]);
  });

  test('f freezes the picture while the node works, and f follows it again', async () => {
    const {driver, exit, screen} = await open(120, 40);
    await driver
      .press('f')
      .header()
      .shows(/FROZEN [0-9]+s/);
    const body = (): string => screen().slice(2, -1).join('\n');
    const frozen = body();
    await driver.header().shows(/FROZEN [3-9]s/);
    expect(body()).toBe(frozen);
    await driver.press('f').header().lacks('FROZEN');
    await driver.press('q');
    await exit;
  });

  test('w and W save the screen in new files of the current directory, y copies', async () => {
    const {driver, exit, raw} = home.open([], {columns: 80, rows: 24}, {}, home.directory);
    await driver.panel('GPU memory').shows('GiB');
    await driver
      .press('w')
      .notice()
      .shows(/Saved: .*\.txt/);
    await driver
      .press('W')
      .notice()
      .shows(/Saved: .*\.svg/);
    await driver.press('y').notice().shows('Copied: the endpoint');
    await driver.press('q');
    await exit;
    expect(raw()).toContain('\u001b]52;c;');
    const files = (await readdir(home.directory)).filter((file) => file.startsWith('gantry-overview-'));
    expect(files.map((file) => path.extname(file)).toSorted()).toEqual(['.svg', '.txt']);
  });

  test('a GPU is opened, the state of a day is a strip, and latencies are over a chosen time', async () => {
    const {driver, exit} = await open(120, 40);
    await driver
      .press('2', 'Down', 'Enter')
      .screen('GPU 1')
      .row(/VLLM.* engine /);
    await driver.screen('GPU 1').row('SM clock 1,');
    await driver.press('Esc').panel('GPUs').row('> 1 ');
    await driver.press('3').panel('State').row('serving ');
    await driver.panel('State').row('0 failures');
    await driver.press('4').panel('Requests').row('too long for');
    await driver.press('-').panel('Latency').shows('of 1 h');
    await driver.press('q');
    await exit;
  });

  test('the palette opens what was typed, and asks before it acts', async () => {
    const {driver, exit} = await open(80, 24);
    const palette = driver.press(':').dialog('Actions, screens');
    await driver.type('powerdraw');
    await palette.row('> gpu.powerDrawWatts');
    await driver.press('Enter').screen('History').isOpen();
    // Over a slow link one read may hold all of it.
    await driver.press(':').type('engstop').press('Enter').dialog('Stop').row('> n');
    await driver.press('Esc').dialog('Stop').isGone();
    await driver.press('q');
    await exit;
    expect((await home.snapshot()).engine.state).toBe('ready');
  });

  test('without a terminal, or on one that cannot move its cursor, one snapshot is printed as text', async () => {
    const piped = await home.run([]);
    expect(piped.exitCode, piped.stderr).toBe(0);
    expect(piped.stdout).toMatch(/^SIMULATED {2}gantry /);
    const dumb = home.open([], {columns: 80, rows: 24}, {TERM: 'dumb'});
    expect((await dumb.exit).exitCode).toBe(0);
    expect(dumb.raw()).toMatch(/^SIMULATED {2}gantry /);
    for (const output of [piped.stdout, dumb.raw()]) {
      expect(output).toContain('KV cache');
      expect(output).not.toContain('\u001b');
    }
  });

  test('NO_COLOR draws without color, ASCII without a byte above 127', async () => {
    const plain = await open(80, 24, [], {NO_COLOR: '1'});
    await plain.driver.press('q');
    await plain.exit;
    expect(plain.raw()).not.toMatch(/\u001b\[(3[0-7]|4[0-7]|9[0-7]|38|48)[;m]/);
    const ascii = await open(80, 24, ['--ascii']);
    await ascii.driver.press('q');
    await ascii.exit;
    expect([...ascii.raw()].filter((character) => (character.codePointAt(0) ?? 0) > 127)).toEqual([]);
  });
});
