import {afterEach, expect, test} from 'vitest';
import {buildConsoleData, buildFinding, buildSnapshot} from '../support/build-snapshot.ts';
import {type OpenedConsole, type OpenOptions, openConsole as open} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;

async function openConsole(options: OpenOptions = {}): Promise<OpenedConsole> {
  opened = await open(options);
  return opened;
}

afterEach(async () => {
  await opened?.close();
  opened = null;
});

test.each([
  {columns: 120, rows: 40},
  {columns: 80, rows: 24},
  {columns: 40, rows: 10},
])(
  'stopping at $columns x $rows asks, and names how many requests are running and what coming back costs',
  async (size) => {
    const {terminal, press, session} = await openConsole({size});
    await press('stop-engine');
    await terminal.shows('Stop vllm?');
    await terminal.shows('46 requests running, 3 waiting');
    if (size.rows > 10) await terminal.shows('took 9m 00s last time (about $3.00 of node time)');
    expect(session.sent).toEqual([]);
  },
);

test('Enter takes the marked answer, and the marked answer is to keep it running', async () => {
  const {terminal, press, session} = await openConsole();
  await press('stop-engine');
  await terminal.shows('> n  Keep it running');
  await press('confirm-choice');
  expect(session.sent).toEqual([]);
  expect(terminal.text()).not.toContain('Stop vllm?');
});

test.each([
  ['answer-yes', [{type: 'stop'}]],
  ['answer-drain', [{type: 'stop', drainMs: 60_000}]],
  ['answer-no', []],
  ['back', []],
] as const)('%s answers with %j', async (answer, sent) => {
  const {terminal, press, session} = await openConsole();
  await press('stop-engine');
  await press(answer);
  expect(session.sent).toEqual(sent);
  expect(terminal.text()).not.toContain('Stop vllm?');
});

test('an answer can be marked and taken with Enter', async () => {
  const {press, session} = await openConsole();
  await press('stop-engine');
  await press('choose-next');
  await press('choose-next');
  await press('confirm-choice');
  expect(session.sent).toEqual([{type: 'stop'}]);
});

test('the settings that cure the worst finding are applied with a restart, after the question', async () => {
  const findings = [
    buildFinding({severity: 'info', settingsChange: {memoryFraction: 0.9}}),
    buildFinding({
      severity: 'critical',
      message: 'The KV cache does not hold one request.',
      settingsChange: {contextLengthTokens: 65_536},
    }),
    buildFinding({severity: 'critical', settingsChange: {nonsense: true}}),
  ];
  const {terminal, press, session} = await openConsole({
    data: buildConsoleData({snapshot: buildSnapshot({findings})}),
    size: {columns: 80, rows: 24},
  });
  expect(terminal.lines().at(-1)).toContain('a apply cure');
  await press('apply-cure');
  await terminal.shows('The KV cache does not hold one request.');
  await terminal.shows('context: 262,144 → 65,536');
  await terminal.shows('46 requests running');
  await terminal.shows('> n  Leave everything as it is');
  await press('confirm-choice');
  expect(session.sent).toEqual([]);
  await press('apply-cure');
  await press('answer-yes');
  expect(session.sent).toEqual([{type: 'restart', change: {contextLengthTokens: 65_536}}]);
});

test('without a cure the key says so', async () => {
  const {terminal, press} = await openConsole();
  await press('apply-cure');
  await terminal.shows('Not done: cannot apply cure: no setting cures what is wrong');
});

test('in a small terminal the text of a question gives way, never its answers', async () => {
  const {terminal, press} = await openConsole({size: {columns: 30, rows: 8}});
  await press('stop-engine');
  await terminal.shows('> n  Keep it running');
  await terminal.shows('y  Stop now');
});

test('what the supervisor answers is told, with the remedy when it refuses', async () => {
  const {terminal, press, session} = await openConsole({
    data: buildConsoleData({snapshot: buildSnapshot({engine: {state: 'stopped'}})}),
  });
  session.answerWith({
    accepted: false,
    error: {code: 'plan.does-not-fit', message: 'The plan does not fit.', remedy: 'Shorten the context with R.'},
  });
  await press('start-engine');
  expect(session.sent).toEqual([{type: 'start'}]);
  await terminal.shows('Not done: The plan does not fit. Shorten the context with R.');
  await press('back');
  expect(terminal.text()).not.toContain('Not done');
  session.answerWith({accepted: true, message: 'starting vllm'});
  await press('start-engine');
  await terminal.shows('Accepted: starting vllm');
});

test.each([
  {columns: 120, rows: 40},
  {columns: 80, rows: 24},
])('restarting at $columns x $rows sends the context length that was typed', async (size) => {
  const {terminal, press, type, session} = await openConsole({size});
  await press('restart-engine');
  await terminal.shows('[262144_] tokens');
  for (let digit = 0; digit < 6; digit += 1) await press('erase-digit');
  await type('65');
  await type('536');
  await terminal.shows('plan for 65536');
  await press('confirm-restart');
  expect(session.sent).toEqual([{type: 'restart', change: {contextLengthTokens: 65_536}}]);
  await terminal.shows('Accepted: begun');
});

test('up and down step through the sensible lengths', async () => {
  const {terminal, press} = await openConsole();
  await press('restart-engine');
  await press('shorter-context');
  await terminal.shows('[131072_]');
  await press('shorter-context');
  await press('longer-context');
  await terminal.shows('[131072_]');
});

test('a length that cannot be started is blocked, with the reason, and Enter sends nothing', async () => {
  const {terminal, press, type, session} = await openConsole();
  await press('restart-engine');
  await type('0');
  await terminal.shows('the KV cache does not fit');
  await press('confirm-restart');
  await terminal.shows('Not done: the KV cache does not fit');
  expect(session.sent).toEqual([]);
});

test('a restart without a length is refused', async () => {
  const {terminal, press, session} = await openConsole();
  await press('restart-engine');
  for (let digit = 0; digit < 6; digit += 1) await press('erase-digit');
  await press('confirm-restart');
  await terminal.shows('type a context length first');
  expect(session.sent).toEqual([]);
});

test('pasted text presses no key; a pasted number is taken where a number is typed', async () => {
  const {terminal, press, type, session} = await openConsole();
  await type('\u001b[200~xyRs\r\u001b[201~');
  expect(session.sent).toEqual([]);
  await terminal.shows('pasted text does nothing here');
  await press('restart-engine');
  for (let digit = 0; digit < 6; digit += 1) await press('erase-digit');
  await type('\u001b[200~32768\u001b[201~');
  await terminal.shows('[32768_]');
});

test('keys that arrive together on a slow link all count', async () => {
  const {terminal, type} = await openConsole();
  await type('?');
  await terminal.shows('─ Keys ─');
  await type('?z');
  await terminal.shows('server 116x36');
});

test('the help lists every key at 80x24, scrolling where it must', async () => {
  const {terminal, press} = await openConsole({size: {columns: 80, rows: 24}});
  await press('help');
  await terminal.shows('leave the console; the server keeps running');
  await terminal.shows('start with the last settings (the engine is ready)');
  await terminal.shows('PgDn for more');
  for (let times = 0; times < 25; times += 1) await press('scroll-down');
  await terminal.shows('restart with this context length');
  await terminal.shows('Esc closes');
  await press('back');
  expect(terminal.text()).not.toContain('─ Keys ─');
});

test('Tab moves the focus in reading order and around, zoom shows the focused panel alone', async () => {
  const {terminal, press} = await openConsole();
  await press('focus-next');
  await press('zoom');
  await terminal.shows('gpu-memory 116x36');
  expect(terminal.text()).not.toContain('throughput');
  await press('focus-previous');
  await press('focus-previous');
  expect(terminal.lines()[1]).toContain('─ log ─');
  await press('back');
  await terminal.shows('throughput');
});

test('the log scrolls by pages while new lines come, and G follows again', async () => {
  const {terminal, press, session} = await openConsole();
  await terminal.shows('│ 439 INFO');
  await press('scroll-up');
  await terminal.shows('│ 434 INFO');
  expect(terminal.text()).not.toContain('│ 435 INFO');
  await terminal.shows('up to line 434, G follows');
  const {log} = session.getData();
  session.setData({...session.getData(), log: [...log, {number: 440, text: 'a new line'}]});
  await new Promise((resolve) => setTimeout(resolve, 320));
  await terminal.shows('│ 434 INFO');
  expect(terminal.text()).not.toContain('a new line');
  await press('follow-log');
  await terminal.shows('a new line');
  await press('scroll-start');
  await terminal.shows('│ 400 INFO');
  for (let times = 0; times < 9; times += 1) await press('scroll-down');
  await terminal.shows('a new line');
});

test('where the terminal has no room for the log, l shows it alone', async () => {
  const {terminal, press} = await openConsole({size: {columns: 60, rows: 10}});
  expect(terminal.text()).not.toContain('INFO');
  await press('focus-log');
  await terminal.shows('439 INFO');
  await press('back');
  expect(terminal.text()).not.toContain('INFO');
});

test('the whole screen can be drawn again', async () => {
  const {terminal, press} = await openConsole();
  const before = terminal.text();
  terminal.stderr.write('\u001b[5;5Hnoise from elsewhere');
  await terminal.drained();
  await terminal.shows('noise');
  await press('redraw');
  expect(terminal.text()).toBe(before);
});
