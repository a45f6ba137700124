import {afterEach, describe, expect, test} from 'vitest';
import {type OpenedConsole, openConsole} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(size = {columns: 120, rows: 40}): Promise<OpenedConsole> {
  opened = await openConsole({size});
  await opened.press('plan');
  await opened.terminal.shows('Plan: what if');
  return opened;
}

describe('on the Plan screen', () => {
  test('keys change the chosen setting, and the plan with it; Esc goes back', async () => {
    const {press, terminal, type} = await open();
    await type('-');
    await terminal.shows('262,144 → 131,072');
    await press('plan-next-field');
    await press('plan-more');
    await terminal.shows('auto → bf16');
    await press('plan-reset');
    await terminal.shows('> context                  262,144');
    await press('back');
    await terminal.shows('log');
    expect(terminal.lines().join('\n')).not.toContain('Plan: what if');
  });

  test('a context length can be typed', async () => {
    const {terminal, type} = await open({columns: 80, rows: 24});
    await type('9664');
    await terminal.shows('262,144 → 9,664');
  });

  test('a restart with the draft asks first, with the settings that change, and sends them all', async () => {
    const {press, terminal, type, session} = await open();
    await type('-');
    await terminal.shows('→ 131,072');
    await press('plan-restart');
    await terminal.shows('Restart with the planned settings?');
    await terminal.shows('context: 262,144 → 131,072');
    await press('answer-yes');
    await terminal.shows('restart');
    expect(session.sent).toContainEqual({type: 'restart', change: {contextLengthTokens: 131_072}});
  });

  test('nothing is restarted for other cards, or where nothing differs', async () => {
    const {press, terminal} = await open();
    await press('plan-restart');
    await terminal.shows('nothing differs from the running settings');
    for (let line = 0; line < 4; line += 1) await press('plan-next-field');
    await press('plan-more');
    await terminal.shows('this node →');
    await press('plan-restart');
    await terminal.shows('cards of the catalog');
  });

  test('the first remedy of a plan that does not fit is taken with a key', async () => {
    const {press, terminal, type} = await open();
    await type('524288');
    await terminal.shows('DOES NOT FIT');
    await press('plan-cure');
    await terminal.shows('FITS');
  });
});
