import {afterEach, describe, expect, test} from 'vitest';
import {times} from '../support/console-driver.ts';
import {type OpenedConsole, openConsole} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(size = {columns: 120, rows: 40}): Promise<OpenedConsole> {
  opened = await openConsole({size});
  await opened.press('P').screen('Plan: what if').isOpen();
  return opened;
}

describe('on the Plan screen', () => {
  test('keys change the chosen setting, and the plan with it; Esc goes back', async () => {
    const console = await open();
    const plan = console.screen('Plan');
    await console.press('-');
    await plan.row('262,144 → 131,072');
    await console.press('Down', '+');
    await plan.row('auto → bf16');
    await console.press('r');
    await plan.row('> context                  262,144');
    await console.press('Up').screen('Plan').row('> engine');
    await console.press('Esc');
    await plan.isGone();
    await console.panel('log').isOpen();
  });

  test('a context length can be typed, only on its line', async () => {
    const console = await open({columns: 80, rows: 24});
    await console.press('Enter').screen('Plan').row('> context [262144_]');
    await console.type('9664').screen('Plan').row('> context [9664_]  262,144 → 9,664');
    await console.press('Down').notice().shows('a text is typed');
    await console.press('Enter', 'Down').screen('Plan').row('context                  262,144 → 9,664');
    await console.press('Enter').notice().shows('only the context is typed');
  });

  test('digits, letters and Esc are the keys of the console until the context is typed', async () => {
    const console = await open();
    const plan = console.screen('Plan');
    await console.press('8').screen('History').isOpen();
    await console.press('7');
    await plan.row('> context                  262,144');
    await console.press('Enter').type('8q');
    await plan.row('> context [8q_]');
    await console.press('Enter').notice().shows('Type a number of tokens');
    await console.press('Esc');
    await plan.row('> context                  262,144');
    await console.press('Enter').type('64K').press('Esc');
    await plan.row('> context                  262,144');
    await console.press('Enter').paste('64K\n').screen('Plan').row('> context [64K_]  262,144 → 65,536');
    await console.press('Esc', 'Esc').panel('log').isOpen();
  });

  test('k is the unit of a number that is being typed, and scrolls otherwise', async () => {
    const console = await open({columns: 80, rows: 24});
    const plan = console.screen('Plan');
    await console.press('Enter').type('128k');
    await plan.row('> context [128k_]  262,144 → 128,000');
    await console.press('Backspace').type('K');
    await plan.row('> context [128K_]  262,144 → 131,072');
    await plan.row('FITS:');
    await console.press('Enter', 'Down', 'PgDn');
    await plan.lacks('FITS:');
    await console.press('PgUp');
    await plan.row('FITS:');
  });

  test('what is typed and is no number of tokens is refused with what is expected, and restarts nothing', async () => {
    const console = await open();
    const plan = console.screen('Plan');
    await console.press('Enter').type('1.5M');
    await plan.row('> context [1.5M_]');
    await plan.shows('a number of tokens up to 100,000,000');
    await console.press('Enter').notice().shows('Type a number of tokens');
    await console
      .press(...times(4, 'Backspace'))
      .screen('Plan')
      .row('> context [_]  262,144');
    await console.press('Esc');
    await plan.row('> context                  262,144');
    expect(console.session.sent).toEqual([]);
  });

  test('a restart with the draft asks first, with the settings that change, and sends them all', async () => {
    const console = await open();
    await console.press('-').screen('Plan').row('→ 131,072');
    const dialog = console.press('R').dialog('Restart with the planned settings?');
    await dialog.row('context: 262,144 → 131,072');
    await dialog.row('> n  Change nothing');
    await console.press('d').notice().shows('Accepted');
    expect(console.session.sent).toEqual([{type: 'restart', change: {contextLengthTokens: 131_072}, drainMs: 60_000}]);
  });

  test('nothing is restarted for other cards, or without differences', async () => {
    const console = await open();
    await console.press('R').notice().shows('no difference from the running settings');
    await console
      .press(...times(4, 'Down'), '+')
      .screen('Plan')
      .row('this node →');
    await console.press('R').notice().shows('from the catalog');
    expect(console.session.sent).toEqual([]);
  });

  test('the first fix of a plan that does not fit is applied with a key', async () => {
    const console = await open();
    await console.press('Enter').type('524288').screen('Plan').shows('REFUSED: A context of 524,288 tokens');
    await console
      .press('Enter', 'a')
      .screen('Plan')
      .row(/ FITS:/);
  });

  test('the answer scrolls, and returns to its top with the next change', async () => {
    const console = await open({columns: 80, rows: 24});
    const plan = console.screen('Plan');
    await plan.row('FITS:');
    await console.press('PgDn');
    await plan.lacks('FITS:');
    await console.press(...times(30, 'PgDn'));
    await plan.shows('Requests of full length');
    expect(plan.note()).not.toContain('PgDn');
    await console.press('-');
    await plan.row('FITS:');
  });
});
