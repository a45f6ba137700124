import {afterEach, expect, test} from 'vitest';
import {MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {panelViews} from '../../../../src/views/panels/panel-views.ts';
import {buildConsoleData, buildSnapshot} from '../../../support/build-snapshot.ts';
import {type OpenedConsole, openConsole} from '../../../support/open-console.tsx';

let opened: OpenedConsole | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function open(data = buildConsoleData({events: []}), size = {columns: 120, rows: 40}): Promise<OpenedConsole> {
  opened = await openConsole({size, data, panelViews, hasPointer: true});
  return opened;
}

test('a GPU is chosen by arrows or letters, opened by Enter, and closed by Esc before the screen is', async () => {
  const console = await open();
  await console.press('2').panel('GPUs').row('> 0 ');
  await console.press('Down', 'j', 'k', 'j').panel('GPUs').row('> 2 ');
  expect(console.session.historyAsked).toEqual([]);
  await console.press('Enter').screen('GPU 2').row('slowed by nothing');
  await console.press('Up', 'Up', 'Up').screen('GPU 7').isOpen();
  await console.press('Esc').panel('GPUs').row('> 7 ');
  await console.press('Esc').panel('Throughput').isOpen();
});

test('the series of the open GPU alone are read, over a window that + and - change', async () => {
  const console = await open();
  await console.press('2', 'Down', 'Enter').screen('GPU 1').row('temperature');
  const [asked] = console.session.historyAsked;
  expect(asked).toMatchObject({series: [], gpu: 1, windowMs: 15 * MS_PER_MINUTE});
  expect(asked?.gpuSeries).toContain('smClockMhz');
  await console.press('-').screen('GPU 1').shows('last 1 h');
  await console.press('+', '+').screen('GPU 1').shows('last 5 min');
  expect(new Set(console.session.historyAsked.map(({gpu}) => gpu))).toEqual(new Set([1]));
});

test('a key without effect says why, and a history that cannot be read does not hide the GPU', async () => {
  const console = await open();
  await console.press('2', '+').notice().shows('no GPU is open');
  console.session.failHistory({code: 'history.damaged', message: 'The history is damaged.', remedy: 'Restart it.'});
  const gpu = console.press('Enter').screen('GPU 0');
  await gpu.row('The history is damaged.');
  await gpu.row('in use 130.0 of 140.4 GiB');
  await console.press('z').notice().shows('Esc closes it');
});

test('a click chooses a GPU also where processes stand between, and no other row is one', async () => {
  const {gpus} = buildSnapshot();
  const other = {pid: 9911, name: 'python3', usedBytes: 4 * 1024 ** 3, isOwn: false};
  const data = buildConsoleData({
    snapshot: {...buildSnapshot(), gpus: gpus.map((gpu) => (gpu.index === 1 ? {...gpu, processes: [other]} : gpu))},
  });
  const console = await open(data);
  await console.press('2').panel('GPUs').row('> 0 ');
  const clickAt = async (text: string) => {
    const row = console.terminal.lines().findIndex((line) => line.includes(text));
    await console.typeAtOnce(`\u001b[<0;6;${row + 1}M\u001b[<0;6;${row + 1}m`, 1);
  };
  await clickAt('│   3  ');
  await console.panel('GPUs').row('> 3 ');
  await clickAt('python3 pid 9911');
  await console.panel('GPUs').row('> 3 ');
});

test('a GPU that a small window has no rows for scrolls to its last row, and another one begins at its first', async () => {
  const console = await open(undefined, {columns: 80, rows: 24});
  await console.press('2', 'Enter').screen('GPU 0').shows('rows 1-19 of');
  await console.screen('GPU 0').shows('PgDn for more');
  await console.press('End').screen('GPU 0').row('VLLM::Worker_TP');
  await console.screen('GPU 0').shows('PgUp for earlier');
  await console.press('Home').screen('GPU 0').row('in use 130.0 of 140.4 GiB');
  await console.press('PgDn').screen('GPU 0').row('slowed by heat or power supply');
  await console.press('Down').screen('GPU 1').shows('rows 1-19 of');
});

test('in a large window all of a GPU is shown, and the keys that scroll say so', async () => {
  const console = await open();
  await console.press('2', 'PgDn').notice().shows('no GPU is open');
  await console.press('Enter').screen('GPU 0').row('VLLM::Worker_TP');
  await console.press('End').notice().shows('all of this GPU is shown');
});

test('a zoomed panel with more rows than the window scrolls, and one key of a pair stands for both', async () => {
  const console = await open(undefined, {columns: 80, rows: 12});
  await console.press('2', 'z').screen('GPUs').shows('rows 1-');
  await console.press('End').screen('GPUs').shows('PgUp for earlier');
  await console.press('Home').screen('GPUs').shows('PgDn for more');
  await console.press('z', 'Enter').screen('GPU 0').shows('rows 1-');
  expect(console.terminal.lines().at(-1)).toContain('+/- window  Esc back');
});
