import {afterEach, expect, test} from 'vitest';
import type {PanelViews} from '../../src/tui/screens/panels/panel-frames.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../support/build-snapshot.ts';
import {namedPanels, type OpenedConsole, type OpenOptions, openConsole as open} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;

async function openConsole(options: OpenOptions = {}): Promise<OpenedConsole> {
  opened = await open(options);
  return opened;
}

afterEach(async () => {
  await opened?.close();
  opened = null;
});

/** What is between header or tabs, and footer. */
function panelLines({lines}: OpenedConsole['terminal']): readonly string[] {
  const start = lines()[1]?.startsWith('[') === true ? 2 : 1;
  return lines().slice(start, -1);
}

const sizes = [
  {columns: 200, rows: 60},
  {columns: 120, rows: 40},
  {columns: 80, rows: 24},
  {columns: 60, rows: 12},
  {columns: 20, rows: 6},
];

test.each(sizes)('fills $columns x $rows from the header to the footer, inside the alternate screen', async (size) => {
  const {terminal} = await openConsole({size});
  expect(terminal.isAlternate()).toBe(true);
  expect(terminal.lines()).toHaveLength(size.rows);
  expect(terminal.lines().at(0)).toContain('ready');
  expect(terminal.lines().at(-1)).toMatch(/^\? help {2}: find/);
  for (const line of panelLines(terminal)) expect([...line]).toHaveLength(size.columns);
  expect(terminal.stdout.tallestWrite()).toBeLessThanOrEqual(size.rows);
});

test('a terminal below 20x6 shows one line, and the panels come back when it grows', async () => {
  const {terminal} = await openConsole({size: {columns: 19, rows: 5}});
  expect(terminal.text().trimEnd()).toBe('ready (needs 20x6)');
  terminal.resize({columns: 80, rows: 24});
  await terminal.waitFor(() => terminal.text().includes('throughput'));
  expect(terminal.lines().at(-1)).toMatch(/^\? help/);
});

test('every resize redraws the whole screen for the new size, and no frame is taller than the window', async () => {
  const {terminal} = await openConsole({size: {columns: 120, rows: 40}});
  for (const size of [
    {columns: 80, rows: 24},
    {columns: 200, rows: 60},
    {columns: 79, rows: 23},
    {columns: 121, rows: 33},
  ]) {
    terminal.stdout.chunks.length = 0;
    terminal.resize(size);
    await terminal.waitFor(
      () => panelLines(terminal).every((line) => [...line].length === size.columns),
      `a frame of ${size.columns}x${size.rows}`,
    );
    expect(terminal.lines().at(-1)).toMatch(/^\? help/);
    expect(terminal.stdout.tallestWrite()).toBeLessThanOrEqual(size.rows);
  }
});

/** Panels of which one counts how often it was drawn. */
function countingPanels(): {readonly panelViews: PanelViews; readonly drawn: () => number} {
  let drawn = 0;
  const panelViews = namedPanels({
    server: ({data}) => {
      drawn += 1;
      const text = `sequence ${data.snapshot?.sequence}`;
      return {title: 'server', titleNote: '', tone: 'normal', rows: [[{text, tone: 'normal'}]]};
    },
  });
  return {panelViews, drawn: () => drawn};
}

test('nothing is written if nothing changed', async () => {
  let nowMs = TEST_NOW_MS;
  const {panelViews, drawn} = countingPanels();
  const {terminal, session, footer} = await openConsole({nowMs: () => nowMs, panelViews});
  await footer().shows('? help');
  terminal.stdout.chunks.length = 0;
  for (let tick = 0; tick < 4; tick += 1) {
    nowMs += 300;
    const before = drawn();
    session.setData({...session.getData()});
    await terminal.waitFor(() => drawn() > before, 'the next frame');
    await terminal.drained();
  }
  expect(terminal.stdout.written()).toBe('');
});

test('a panel that is not visible computes nothing while data arrives', async () => {
  const {panelViews, drawn} = countingPanels();
  const {terminal, session, press, panel} = await openConsole({panelViews});
  await panel('server').row('sequence');
  await press('e');
  await terminal.waitFor(() => !terminal.text().includes('sequence'), 'the Events screen');
  const before = drawn();
  for (const findings of [[buildFinding()], [buildFinding(), buildFinding({code: 'another'})]]) {
    session.setData(buildConsoleData({snapshot: buildSnapshot({findings})}));
    await terminal.waitFor(() => terminal.text().includes(`▲ ${findings.length} warning`), 'the next frame');
  }
  expect(drawn()).toBe(before);
});

test('one changed number costs a few bytes, not a screen', async () => {
  const {terminal, session, footer, panel} = await openConsole(countingPanels());
  await footer().shows('? help');
  terminal.stdout.chunks.length = 0;
  session.setData(buildConsoleData({snapshot: buildSnapshot({sequence: 7201})}));
  await panel('server').row('sequence 7201');
  expect(terminal.stdout.written().length).toBeLessThan(500);
});

test('a flood of changes is drawn a few times, the last change included', async () => {
  const {panelViews, drawn} = countingPanels();
  const {session, panel} = await openConsole({panelViews});
  const before = drawn();
  const startedAtMs = performance.now();
  for (let sequence = 7_300; sequence <= 7_800; sequence += 1) {
    session.setData(buildConsoleData({snapshot: buildSnapshot({sequence})}));
  }
  await panel('server').row('sequence 7800');
  expect(drawn() - before).toBeLessThanOrEqual(Math.ceil((performance.now() - startedAtMs) / 250) + 1);
});

test('SIMULATED is on every screen: overview, help, dialogs, and below the smallest size', async () => {
  const data = buildConsoleData({snapshot: buildSnapshot({simulated: true})});
  const {terminal, press} = await openConsole({data, size: {columns: 80, rows: 24}});
  expect(terminal.lines().at(0)).toContain('SIMULATED');
  for (const key of ['?', 'Esc', 'x', 'Esc', 'R', 'Esc', 'P', 'Esc', 'e', 'Esc', 'z']) {
    await press(key);
    expect(terminal.lines().at(0), key).toContain('SIMULATED');
  }
  terminal.resize({columns: 15, rows: 4});
  await terminal.waitFor(() => /^SIMULATED read…\s*$/.test(terminal.text()));
});

test('a lost connection is shown with its age, and commands say why they are disabled', async () => {
  const {session, press, header, dialog} = await openConsole({size: {columns: 80, rows: 24}});
  session.setData(
    buildConsoleData({connection: {kind: 'lost', sinceMs: TEST_NOW_MS - 12_000, reason: 'the socket is gone'}}),
  );
  await header().shows('CONNECTION LOST 12s');
  await press('x').notice().shows('Refused: cannot stop: the supervisor does not answer');
  await dialog('Stop vLLM?').isGone();
});

test('stale data shows its age', async () => {
  const {terminal} = await openConsole({nowMs: () => TEST_NOW_MS + 9_000});
  expect(terminal.lines().at(0)).toContain('data 9s old');
});

test('findings are counted in the header', async () => {
  const findings = [buildFinding({severity: 'critical'}), buildFinding(), buildFinding()];
  const {terminal} = await openConsole({data: buildConsoleData({snapshot: buildSnapshot({findings})})});
  expect(terminal.lines().at(0)).toContain('◆ 1 critical · ▲ 2 warnings');
});

test('before the first snapshot the console says that it is connecting', async () => {
  const data = buildConsoleData({connection: {kind: 'connecting'}, snapshot: null, log: []});
  const {press, session, header} = await openConsole({data});
  await header().shows('connecting to the supervisor');
  await press('s').notice().shows('cannot start: no data about the node yet');
  expect(session.sent).toEqual([]);
});

test('a panel that fails says so in its place, and the others continue', async () => {
  const {panel} = await openConsole({
    panelViews: namedPanels({
      cost: () => {
        throw new Error('division by nothing');
      },
    }),
  });
  await panel('cost').row('This panel failed: division by nothing');
  await panel('throughput').row('throughput 56x');
});

test('rows that are too wide, and control sequences in them, stay inside their panel', async () => {
  const {terminal} = await openConsole({
    panelViews: namedPanels({
      throughput: () => ({
        title: 'wide 漢字 title '.repeat(20),
        titleNote: 'x'.repeat(100),
        tone: 'normal',
        rows: [
          [{text: '漢字'.repeat(80), tone: 'ok'}],
          [{text: '\u001b[2J\u001b[31mred\u0007\u009b1A\n', tone: 'normal'}],
          ...Array.from({length: 50}, () => [{text: 'too many', tone: 'normal'} as const]),
        ],
      }),
    }),
  });
  for (const line of terminal.lines().slice(6, -9)) expect(line).toMatch(/[│╮╯]$/);
  await terminal.shows('│  [2J [31mred  1A');
  await terminal.shows('│ kv-cache 56x7');
});

test('NO_COLOR leaves no color sequence, and no meaning is lost', async () => {
  const {terminal, press, dialog} = await openConsole({
    environment: {TERM: 'xterm-256color', LANG: 'C.UTF-8', NO_COLOR: '1'},
  });
  await press('x');
  expect(terminal.stdout.written()).not.toMatch(/\u001b\[([\d;]*;)?(3[0-8]|4[0-8]|9\d|10\d)(;[\d;]*)?m/);
  await dialog('Stop vLLM?').row('> n  Keep it running');
});

test('sixteen colors use only the palette that every terminal has', async () => {
  const {terminal} = await openConsole({environment: {TERM: 'xterm', LANG: 'C.UTF-8'}});
  expect(terminal.stdout.written()).toMatch(/\u001b\[36m/);
  expect(terminal.stdout.written()).not.toMatch(/\u001b\[([\d;]*;)?[34]8;[\d;]*m/);
});

test('an ASCII terminal gets no byte above 127, whatever the source of the text', async () => {
  const data = buildConsoleData({
    snapshot: buildSnapshot({node: {hostname: 'knoten-ü'}}),
    log: [{number: 1, text: '漢字 → é 😀'}],
  });
  const {terminal, press} = await openConsole({data, environment: {TERM: 'xterm', LANG: 'C'}});
  await press('?', 'Esc', 'R', 'Esc', 'P', 'Esc', 'x');
  expect(terminal.stdout.written()).not.toMatch(/[^\u0000-\u007f]/);
  expect(terminal.lines().at(0)).toContain('knoten-?');
});
