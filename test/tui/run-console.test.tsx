import {afterEach, expect, test} from 'vitest';
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
  expect(terminal.lines().at(-1)).toMatch(/^\? help {2}q leave/);
  for (const line of terminal.lines().slice(1, -1)) expect([...line]).toHaveLength(size.columns);
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
      () =>
        terminal
          .lines()
          .slice(1, -1)
          .every((line) => [...line].length === size.columns),
      `a frame of ${size.columns}x${size.rows}`,
    );
    expect(terminal.lines().at(-1)).toMatch(/^\? help/);
    expect(terminal.stdout.tallestWrite()).toBeLessThanOrEqual(size.rows);
  }
});

test('nothing is written when nothing changed', async () => {
  let nowMs = TEST_NOW_MS;
  const {terminal, session} = await openConsole({nowMs: () => nowMs});
  terminal.stdout.chunks.length = 0;
  for (let tick = 0; tick < 4; tick += 1) {
    nowMs += 300;
    session.setData({...session.getData()});
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(terminal.stdout.written()).toBe('');
});

test('one changed number costs a few bytes, not a screen', async () => {
  const {terminal, session} = await openConsole({
    panelViews: namedPanels({
      cost: ({data}) => ({
        title: 'cost',
        titleNote: '',
        tone: 'normal',
        rows: [[{text: `sequence ${data.snapshot?.sequence}`, tone: 'normal'}]],
      }),
    }),
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  terminal.stdout.chunks.length = 0;
  session.setData(buildConsoleData({snapshot: buildSnapshot({sequence: 7201})}));
  await terminal.waitFor(() => terminal.text().includes('sequence 7201'));
  expect(terminal.stdout.written().length).toBeLessThan(500);
});

test('a flood of changes reaches the screen at most four times a second', async () => {
  let views = 0;
  const {session} = await openConsole({
    panelViews: namedPanels({
      server: () => {
        views += 1;
        return {title: 'server', titleNote: '', tone: 'normal', rows: []};
      },
    }),
  });
  views = 0;
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < 600) {
    session.setData({...session.getData()});
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(views).toBeGreaterThan(0);
  expect(views).toBeLessThanOrEqual(Math.ceil((performance.now() - startedAtMs) / 250) + 1);
});

test('SIMULATED stands on every screen: overview, help, dialogs, and below the smallest size', async () => {
  const data = buildConsoleData({snapshot: buildSnapshot({simulated: true})});
  const {terminal, press} = await openConsole({data, size: {columns: 80, rows: 24}});
  expect(terminal.lines().at(0)).toContain('SIMULATED');
  for (const action of ['help', 'back', 'stop-engine', 'back', 'restart-engine', 'back', 'zoom'] as const) {
    await press(action);
    expect(terminal.lines().at(0)).toContain('SIMULATED');
  }
  terminal.resize({columns: 15, rows: 4});
  await terminal.waitFor(() => /^SIMULATED read…\s*$/.test(terminal.text()));
});

test('a lost connection is named with its age, and commands say why they do nothing', async () => {
  const {terminal, session, press} = await openConsole({size: {columns: 80, rows: 24}});
  session.setData(
    buildConsoleData({connection: {kind: 'lost', sinceMs: TEST_NOW_MS - 12_000, reason: 'the socket is gone'}}),
  );
  await terminal.waitFor(() => terminal.text().includes('CONNECTION LOST 12s'));
  await press('stop-engine');
  await terminal.shows('Not done: cannot stop: the supervisor does not answer');
  expect(terminal.text()).not.toContain('Stop vllm?');
});

test('data that is no longer fresh says its age', async () => {
  const {terminal} = await openConsole({nowMs: () => TEST_NOW_MS + 9_000});
  expect(terminal.lines().at(0)).toContain('data 9s old');
});

test('findings are counted in the header', async () => {
  const findings = [buildFinding({severity: 'critical'}), buildFinding(), buildFinding()];
  const {terminal} = await openConsole({data: buildConsoleData({snapshot: buildSnapshot({findings})})});
  expect(terminal.lines().at(0)).toContain('1 critical · 2 warnings');
});

test('before the first snapshot the console says that it connects', async () => {
  const data = buildConsoleData({connection: {kind: 'connecting'}, snapshot: null, log: []});
  const {terminal, press, session} = await openConsole({data});
  expect(terminal.lines().at(0)).toContain('connecting to the supervisor');
  await press('start-engine');
  await terminal.shows('cannot start: nothing is known of the node yet');
  expect(session.sent).toEqual([]);
});

test('a panel that fails says so in its place, and the others go on', async () => {
  const {terminal} = await openConsole({
    panelViews: namedPanels({
      cost: () => {
        throw new Error('division by nothing');
      },
    }),
  });
  await terminal.shows('This panel failed: division by nothing');
  await terminal.shows('throughput 56x');
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
  await terminal.shows('│ cost 56x5');
});

test('NO_COLOR leaves no color sequence, and no meaning is lost', async () => {
  const {terminal, press} = await openConsole({environment: {TERM: 'xterm-256color', LANG: 'C.UTF-8', NO_COLOR: '1'}});
  await press('stop-engine');
  expect(terminal.stdout.written()).not.toMatch(/\u001b\[[\d;]*(3[0-8]|4[0-8]|9\d|10\d)[;m]/);
  await terminal.shows('> n  Keep it running');
});

test('sixteen colors use only the palette that every terminal has', async () => {
  const {terminal} = await openConsole({environment: {TERM: 'xterm', LANG: 'C.UTF-8'}});
  expect(terminal.stdout.written()).toMatch(/\u001b\[32m/);
  expect(terminal.stdout.written()).not.toMatch(/\u001b\[[34]8;/);
});

test('an ASCII terminal gets no byte above 127, wherever the text came from', async () => {
  const data = buildConsoleData({
    snapshot: buildSnapshot({node: {hostname: 'knoten-ü'}}),
    log: [{number: 1, text: '漢字 → é 😀'}],
  });
  const {terminal, press} = await openConsole({data, environment: {TERM: 'xterm', LANG: 'C'}});
  for (const action of ['help', 'back', 'restart-engine', 'back', 'stop-engine'] as const) await press(action);
  expect(terminal.stdout.written()).not.toMatch(/[^\u0000-\u007f]/);
  expect(terminal.lines().at(0)).toContain('knoten-?');
});
