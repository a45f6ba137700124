import {afterEach, expect, test} from 'vitest';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../support/build-snapshot.ts';
import {namedPanels, type OpenedConsole, openConsole} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;
let nowMs = TEST_NOW_MS;

/** The console with a panel that has the number of the snapshot and the time it is drawn for. */
async function open(): Promise<OpenedConsole> {
  nowMs = TEST_NOW_MS;
  const panelViews = namedPanels({
    server: ({data, nowMs: shownMs}) => {
      const text = `sequence ${data.snapshot?.sequence} at ${shownMs - TEST_NOW_MS}`;
      return {title: 'server', titleNote: '', tone: 'normal', rows: [[{text, tone: 'normal'}]]};
    },
  });
  opened = await openConsole({panelViews, nowMs: () => nowMs});
  return opened;
}

afterEach(async () => {
  await opened?.close();
  opened = null;
});

function at(sequence: number, findings = [buildFinding()]) {
  return buildConsoleData({snapshot: buildSnapshot({sequence, findings, takenAtMs: nowMs})});
}

test('the picture stands still while data arrives, the header has its age and what is now, and f follows again', async () => {
  const {session, press, header, panel} = await open();
  session.setData(at(1, []));
  await panel('server').row('sequence 1 at 0');
  await press('f').header().shows('FROZEN 0s');
  nowMs += 12_000;
  session.setData(at(2));
  await header().shows('FROZEN 12s');
  await header().shows('1 warning');
  await panel('server').row('sequence 1 at 0');
  await press('f').panel('server').row('sequence 2 at 12000');
  await header().lacks('FROZEN');
});

test('another screen shows the frozen moment, too', async () => {
  const {session, press, panel, header, terminal} = await open();
  const log = (last: number) =>
    Array.from({length: last}, (_, index) => ({number: index + 1, text: `line ${index + 1}`}));
  session.setData({...at(1, []), log: log(100)});
  await panel('server').row('sequence 1');
  await press('f').press('6').screen('Engine log').row('line 90');
  session.setData({...at(2), log: log(200)});
  await header().shows('1 warning');
  expect(terminal.text()).not.toContain('line 200');
  await press('f').screen('Engine log').row('line 190');
});

test('what acts follows the data first: the question is about what is now', async () => {
  const {session, press, header} = await open();
  await press('f').header().shows('FROZEN');
  session.setData(at(7));
  await header().shows('1 warning');
  await press('x').dialog('Stop').row('> n');
  await header().lacks('FROZEN');
  await press('Esc').panel('server').row('sequence 7');
});

test('an engine that failed behind a frozen picture is not stopped or started by what the picture shows', async () => {
  const {session, press, header} = await open();
  await press('f').header().shows('FROZEN');
  session.setData(buildConsoleData({snapshot: buildSnapshot({engine: {state: 'stopped'}})}));
  await header().shows('stopped');
  await press('x').notice().shows('cannot stop: the engine is stopped');
});
