import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';

describe('what an operator chooses for the console', () => {
  let home: GantryHome;
  beforeAll(async () => {
    home = await createHome();
    await home.demo(['--speed', '200']);
    await home.waitForState('ready');
  });
  afterAll(async () => {
    await home.close();
  });

  const size = {columns: 120, rows: 40};

  test('o opens the file of the log in less, which has the terminal until it ends', async () => {
    const terminal = home.open([], size, {PAGER: 'less -X', LESS: ''});
    const {driver, waitFor, write, resize, exit, raw} = terminal;
    await driver.footer().shows('? help');
    await driver.press('6').screen('Engine log').isOpen();
    write('o');
    await waitFor('less', (text) => text.includes('(END)'));
    const before = raw().length;
    // It is the line editor of less that has the keys: this is no search of the console.
    write('/zzz-nowhere\r');
    await waitFor('the search of less', (text) => text.includes('Pattern not found'));
    expect(raw().slice(before)).not.toContain('\u001b[5n');
    resize(100, 30);
    write('\rq');
    await driver.notice().shows('secrets in it are not masked');
    await driver.footer().shows('? help');
    expect(terminal.screen()).toHaveLength(30);
    write('q');
    expect((await exit).exitCode).toBe(0);
  });

  test('a read-only console opens it in the secure mode of less, and in no other pager', async () => {
    const secure = home.open(['--read-only'], size, {PAGER: 'less'});
    await secure.driver.footer().shows('? help');
    await secure.driver.press('6').screen('Engine log').isOpen();
    secure.write('o');
    await secure.waitFor('less', (text) => text.includes('(END)'));
    secure.write('!');
    await secure.waitFor('a refusal of less', (text) => text.includes('Command not available'));
    secure.write('\rq');
    await secure.driver.notice().shows('secrets in it are not masked');
    secure.write('q');
    await secure.exit;
    const other = home.open(['--read-only'], size, {PAGER: 'more'});
    await other.driver.footer().shows('? help');
    await other.driver.press('6').screen('Engine log').isOpen();
    await other.driver.press('o').notice().shows('this console is read-only, and PAGER is not less');
    other.write('q');
    await other.exit;
    // The first frame has data already, or a key on it would be refused because none had arrived.
    expect(other.raw()).not.toContain('connecting to the supervisor');
  });

  test('a missing pager is a notice, and the console still works', async () => {
    const {driver, exit} = home.open([], size, {PAGER: '/nowhere/pager'});
    await driver.footer().shows('? help');
    await driver.press('6').screen('Engine log').isOpen();
    await driver.press('o').notice().shows('the pager /nowhere/pager cannot be run (ENOENT)');
    await driver.press('1').panel('GPU memory').isOpen();
    await driver.press('q');
    await exit;
  });

  test('console.keys are the keys of the console, and what cannot be used is reported', async () => {
    home.configure('console:\n  keys:\n    engine.stop: [X]\n    engine.restart: [F]\n');
    const {driver, exit} = home.open([], size);
    await driver.footer().shows('X stop');
    await driver.notice().shows(/gantry\.yaml:4:21: console\.keys\.engine\.restart has F, which is engine\.findings/);
    await driver.press('X').dialog('Stop').isOpen();
    await driver.press('Esc').dialog('Stop').isGone();
    await driver.press('q');
    await exit;
    const {stderr} = await home.run(['config']);
    expect(stderr).toContain('warning: ');
    expect(stderr).toContain('console.keys.engine.restart has F, which is engine.findings');
    home.configure('');
  });

  test('--mouse: the wheel scrolls, a click chooses, and the terminal is left without it', async () => {
    const terminal = home.open(['--mouse'], size);
    const {driver, write, screen, raw, kill, exit} = terminal;
    await driver.footer().shows('? help');
    const click = (text: string): void => {
      const row = screen().findIndex((line) => line.includes(text));
      write(`\u001b[<0;${(screen()[row]?.indexOf(text) ?? 0) + 1};${row + 1}M`);
    };
    click('6 Logs');
    await driver.screen('Engine log').isOpen();
    for (const byte of '\u001b[<64;20;20M') write(byte);
    await driver.screen('Engine log').lacks('following');
    const wheelDown = (): void => write('\u001b[<65;20;10M');
    await driver.press('?').screen('Keys').shows('this list');
    wheelDown();
    await driver.screen('Keys').lacks('this list');
    await driver.press('Esc').screen('Keys').isGone();
    await driver.press(':').dialog('Actions, screens').shows(' 1 of ');
    wheelDown();
    await driver.dialog('Actions, screens').shows(' 2 of ');
    await driver.press('Esc').dialog('Actions, screens').isGone();
    click('1 Overview');
    await driver.panel('GPU memory').isOpen();
    kill('SIGTERM');
    await exit;
    expect(raw()).toContain('\u001b[?1000h\u001b[?1006h');
    expect(raw().lastIndexOf('\u001b[?1006l\u001b[?1000l')).toBeGreaterThan(raw().lastIndexOf('\u001b[?1000h'));
  });

  test('--theme chooses the colors, before NO_COLOR', async () => {
    const colorsOf = async (theme: string, env: Readonly<Record<string, string>>): Promise<ReadonlySet<string>> => {
      const {driver, exit, raw} = home.open(['--theme', theme], size, {TERM: 'xterm-256color', COLORTERM: '', ...env});
      await driver.footer().shows('? help');
      await driver.press('q');
      await exit;
      return new Set([...raw().matchAll(/38;5;\d+/g)].map(([color]) => color));
    };
    const light = await colorsOf('light', {NO_COLOR: '1'});
    const dark = await colorsOf('dark', {});
    expect(light.size).toBeGreaterThan(2);
    expect([...light].filter((color) => !dark.has(color)).length).toBeGreaterThan(2);
    expect(await colorsOf('none', {})).toEqual(new Set());
    const wrong = await home.run(['--theme', 'pink']);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('Allowed choices are')]);
  });
});
