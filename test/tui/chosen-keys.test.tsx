import {afterEach, test} from 'vitest';
import {type OpenedConsole, openConsole} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;

afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function openWith(chosen: Readonly<Record<string, readonly string[]>>): Promise<OpenedConsole> {
  opened = await openConsole({userKeys: {chosen, placeOf: (action) => `/etc/gantry.yaml:4:18 of ${action}`}});
  return opened;
}

test('chosen keys act, and footer, help, palette and dialog show them', async () => {
  const {footer, press, dialog, panel, screen} = await openWith({'engine.stop': ['X'], 'dialog.no': ['N']});
  await footer().shows('X stop');
  await press('X');
  await dialog('Stop').row('> N  Keep it running');
  await footer().shows('N no');
  await press('N');
  await dialog('Stop').isGone();
  await press('?');
  await screen('Keys').row(/X +stop the engine; asks first/);
  await press('Esc');
  await press(':');
  for (const letter of 'engine.stop') await press(letter);
  await panel('Actions').row(/engine\.stop +X +acts: stop the engine/);
});

test('what cannot be used is reported when the console opens and in its help, and its own key works', async () => {
  const {notice, press, dialog, screen} = await openWith({'engine.stop': ['R'], 'engine.stpo': ['k']});
  await notice().shows('Configuration: /etc/gantry.yaml:4:18 of engine.stpo: console.keys.engine.stpo is not');
  await notice().shows('And 1 more problem: ? lists them.');
  await press('x');
  await dialog('Stop').isOpen();
  await press('Esc');
  await press('?');
  await screen('Keys').row('console.keys.engine.stop has R, which is engine.restart on the');
});
