import {afterEach, expect, test} from 'vitest';
import {err, ok} from '../../../src/shared/result.ts';
import type {SavedScreen} from '../../../src/tui/saving/saved-screen.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {type OpenedConsole, type OpenOptions, openConsole} from '../../support/open-console.tsx';

let opened: OpenedConsole | null = null;

async function open(options: OpenOptions = {}): Promise<OpenedConsole> {
  opened = await openConsole(options);
  return opened;
}

afterEach(async () => {
  await opened?.close();
  opened = null;
});

/** The texts that the terminal was asked to take into its clipboard. */
function clipboard({terminal}: OpenedConsole): readonly string[] {
  const asked = terminal.stdout.written().matchAll(/\u001b\]52;c;([A-Za-z0-9+/=]*)\u0007/g);
  return [...asked].map(([, base64]) => Buffer.from(base64 ?? '', 'base64').toString());
}

const remedy = 'Lower the context to 65,536 tokens.';
const withFinding = buildConsoleData({snapshot: buildSnapshot({findings: [buildFinding({code: 'vllm.kv', remedy})]})});

test('y copies the remedy of the chosen finding and says what the terminal must allow', async () => {
  const console = await open({data: withFinding});
  await console.press('F').screen('Findings').isOpen();
  await console.press('y').notice().shows('Copied: the remedy of vllm.kv. A terminal that does not allow it (OSC 52)');
  expect(clipboard(console)).toEqual([remedy]);
});

test('y copies the endpoint where the focus is on the server, and what another panel says', async () => {
  const console = await open();
  await console.press('y').notice().shows('Copied: the endpoint http');
  await console
    .press('Right')
    .press('y')
    .notice()
    .shows(/Copied: the text of [a-z-]+\./);
  const [endpoint, panel] = clipboard(console);
  expect(endpoint).toBe(buildSnapshot().engine.endpoint);
  expect(panel).toMatch(/^([a-z-]+)\n\1 \d+x\d+/);
});

test('inside tmux the notice names the option that lets it through', async () => {
  const console = await open({
    environment: {TERM: 'tmux-256color', LANG: 'C.UTF-8', TMUX: '/tmp/tmux-1000/default,1,0'},
  });
  await console.press('y').notice().shows('tmux needs: set -g allow-passthrough on.');
  expect(console.terminal.stdout.written()).toContain('\u001bPtmux;\u001b\u001b]52;c;');
});

test('w saves what is on the screen as text, W as a picture', async () => {
  const saved: SavedScreen[] = [];
  const saveScreen = (screen: SavedScreen) => {
    saved.push(screen);
    return Promise.resolve(ok(`/home/op/a.${screen.extension}`));
  };
  const console = await open({saveScreen, size: {columns: 80, rows: 24}});
  const lines = console.terminal.lines().map((line) => line.trimEnd());
  await console.press('w').notice().shows('Saved: /home/op/a.txt');
  expect(saved[0]).toEqual({name: 'overview', extension: 'txt', content: `${lines.join('\n')}\n`});
  await console.press('Esc', 'F', 'W').notice().shows('Saved: /home/op/a.svg');
  expect(saved[1]).toMatchObject({name: 'findings', extension: 'svg'});
  expect(saved[1]?.content).toMatch(/^<svg .* Findings ─.*<\/svg>\n$/s);
});

test('a screen that cannot be saved says why and what to do', async () => {
  const problem = {message: 'no file could be written in /root (EACCES).', remedy: 'Start it elsewhere.'};
  const console = await open({saveScreen: () => Promise.resolve(err(problem))});
  await console.press('w').notice().shows(`Not saved: ${problem.message} ${problem.remedy}`);
});

test('in a dialog y answers, and in the palette it is a letter', async () => {
  const console = await open();
  await console.press(':', 'y', 'w').dialog('Actions').row(':yw_');
  await console.press('Esc', 'x', 'y').notice().shows('Accepted');
  expect(console.session.sent.map(({type}) => type)).toEqual(['stop']);
  expect(clipboard(console)).toEqual([]);
});
