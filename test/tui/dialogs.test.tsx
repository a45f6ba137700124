import {afterEach, expect, test} from 'vitest';
import {buildConsoleData, buildFinding, buildSnapshot} from '../support/build-snapshot.ts';
import {times} from '../support/console-driver.ts';
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
])('stopping at $columns x $rows asks, with the number of running requests and the cost of a restart', async (size) => {
  const console = await openConsole({size});
  const dialog = console.press('x').dialog('Stop vLLM?');
  await dialog.shows('46 requests running, 3 waiting');
  if (size.rows > 10) await dialog.shows('takes about 9m 00s (median of 3 starts), $3.00 of');
  expect(console.session.sent).toEqual([]);
});

test('Enter selects the marked answer, and the marked answer is to keep it running', async () => {
  const console = await openConsole();
  await console.press('x').dialog('Stop vLLM?').row('> n  Keep it running');
  await console.press('Enter').dialog('Stop vLLM?').isGone();
  expect(console.session.sent).toEqual([]);
});

test.each([
  ['y', [{type: 'stop'}]],
  ['d', [{type: 'stop', drainMs: 60_000}]],
  ['n', []],
  ['Esc', []],
] as const)('%s answers with %j', async (answer, sent) => {
  const console = await openConsole();
  await console.press('x').dialog('Stop vLLM?').isOpen();
  await console.press(answer).dialog('Stop vLLM?').isGone();
  expect(console.session.sent).toEqual(sent);
});

test('an answer can be marked and selected with Enter, wrapping at both ends', async () => {
  const console = await openConsole();
  await console.press('x', 'Tab', 'Tab').dialog('Stop vLLM?').row('> y  Stop now');
  await console.press('Tab').dialog('Stop vLLM?').row('> n  Keep it running');
  await console.press('Shift+Tab').dialog('Stop vLLM?').row('> y  Stop now');
  await console.press('Enter');
  expect(console.session.sent).toEqual([{type: 'stop'}]);
});

test('the settings that fix the worst finding are applied with a restart, after a question', async () => {
  const findings = [
    buildFinding({severity: 'info', settingsChange: {memoryFraction: 0.9}}),
    buildFinding({
      severity: 'critical',
      message: 'The KV cache does not hold one request.',
      settingsChange: {contextLengthTokens: 65_536},
    }),
    buildFinding({severity: 'critical', settingsChange: {tensorParallelSize: 4}}),
  ];
  const console = await openConsole({
    data: buildConsoleData({snapshot: buildSnapshot({findings})}),
    size: {columns: 80, rows: 24},
  });
  await console.footer().shows('a apply fix');
  const dialog = console.press('a').dialog('Restart with the settings that fix it?');
  await dialog.shows('The KV cache does not hold one request.');
  await dialog.row('context: 262,144 → 65,536');
  await dialog.shows('46 requests running');
  await dialog.row('> n  Change nothing');
  await console.press('Enter');
  expect(console.session.sent).toEqual([]);
  await console.press('a', 'y');
  expect(console.session.sent).toEqual([{type: 'restart', change: {contextLengthTokens: 65_536}}]);
});

test('without a fix the key says so', async () => {
  const console = await openConsole();
  await console.press('a').notice().shows('Refused: cannot apply fix: no setting fixes this problem');
});

test('in a small terminal the text of a question is scrolled, its answers are always there', async () => {
  const console = await openConsole({size: {columns: 30, rows: 8}});
  const dialog = console.press('x').dialog('Stop vLLM?');
  await dialog.row('> n  Keep it running');
  await dialog.row('y  Stop now');
  await dialog.shows('46 requests running');
  for (const rest of ['dropped', 'A start takes', 'node time.']) {
    for (let pages = 0; pages < 12 && !dialog.rows().join(' ').includes(rest); pages += 1) await console.press('PgDn');
    await dialog.shows(rest);
    await dialog.row('> n  Keep it running');
  }
  await console.press('PgDn').notice().shows('the end of the text is shown already');
  for (let pages = 0; pages < 12 && !dialog.rows().join(' ').includes('46 requests'); pages += 1)
    await console.press('PgUp');
  await dialog.shows('46 requests running');
  await console.press('y').notice().shows('Accepted');
});

test.each([10, 11, 12, 13, 14, 15, 16, 17, 18])(
  'at %i rows the end of the text is shown when the notice says so, whatever room the notice takes',
  async (rows) => {
    const console = await openConsole({size: {columns: 80, rows}});
    const dialog = console.press('R').dialog('Restart');
    await dialog.isOpen();
    const isAtEnd = () => console.terminal.text().includes('the end of the text is shown already');
    for (let pages = 0; pages < 30 && !isAtEnd(); pages += 1) await console.press('PgDn');
    await console.notice().shows('the end of the text is shown already');
    expect(dialog.note()).not.toContain('PgDn');
    await dialog.shows('node time.');
    await console.press('PgDn').notice().shows('the end of the text is shown already');
    const isAtStart = () => console.terminal.text().includes('the beginning of the text is shown already');
    for (let pages = 0; pages < 30 && !isAtStart(); pages += 1) await console.press('PgUp');
    await dialog.row('[262144_] = 262,144 tokens');
  },
);

test('in a dialog that a notice made smaller, the keys scroll what is shown', async () => {
  const console = await openConsole({size: {columns: 80, rows: 12}});
  const dialog = console.press('R').press('PgUp').dialog('Restart');
  await console.notice().shows('the beginning of the text is shown already');
  const last = dialog.rows().findLast((row) => !/^\W*[ynd] {2}/.test(row));
  await console.press('PgDn');
  expect(dialog.rows()[0], 'the last row stays in sight').toBe(last);
});

test('the answer of the supervisor is shown, with the remedy when it refuses', async () => {
  const console = await openConsole({
    data: buildConsoleData({snapshot: buildSnapshot({engine: {state: 'stopped'}})}),
  });
  console.session.answerWith({
    accepted: false,
    error: {code: 'plan.does-not-fit', message: 'The plan does not fit.', remedy: 'Shorten the context with R.'},
  });
  await console.press('s').notice().shows('Refused: The plan does not fit. Shorten the context with R.');
  expect(console.session.sent).toEqual([{type: 'start'}]);
  await console.press('Esc');
  expect(console.terminal.text()).not.toContain('Refused');
  console.session.answerWith({accepted: true, message: 'starting vllm'});
  await console.press('s').notice().shows('Accepted: starting vllm');
});

test.each([
  {columns: 120, rows: 40},
  {columns: 80, rows: 24},
])('restarting at $columns x $rows sends the context length that was typed', async (size) => {
  const console = await openConsole({size});
  const dialog = console.dialog('Restart with a new context length');
  await console.press('R');
  await dialog.row('[262144_] = 262,144 tokens');
  await console.type('128K');
  await dialog.row('[128K_] = 131,072 tokens');
  await dialog.row('262,144 tokens → 131,072 tokens');
  await dialog.row('> n  Change nothing');
  await console.press('y').notice().shows('Accepted: begun');
  await dialog.isGone();
  expect(console.session.sent).toEqual([{type: 'restart', change: {contextLengthTokens: 131_072}}]);
});

test('the number that the dialog opens with can be edited', async () => {
  const console = await openConsole();
  await console.press('R', ...times(6, 'Backspace')).type('65536');
  await console.dialog('Restart').row('[65536_] = 65,536 tokens');
  await console.press('R').dialog('Restart').row('[65536R_]');
});

test.each([
  ['d', [{type: 'restart', change: {contextLengthTokens: 131_072}, drainMs: 60_000}]],
  ['y', [{type: 'restart', change: {contextLengthTokens: 131_072}}]],
  ['n', []],
  ['Enter', []],
  ['Esc', []],
] as const)('a restart is answered with %s: %j', async (answer, sent) => {
  const console = await openConsole();
  const dialog = console.press('R').type('128K').dialog('Restart');
  await dialog.row('y  Restart now');
  await console.press(answer);
  await dialog.isGone();
  expect(console.session.sent).toEqual(sent);
});

test('closing the question with its safe answer says that nothing changed', async () => {
  const console = await openConsole();
  await console.press('R').type('128K').press('Enter').notice().shows('Nothing changed: the engine was not restarted');
});

test('without running requests to wait for, the restart cannot wait for them', async () => {
  const failed = buildSnapshot({engine: {state: 'failed', pid: null}});
  const console = await openConsole({data: buildConsoleData({snapshot: failed})});
  const dialog = console.press('R').dialog('Restart');
  await dialog.row('d  Let requests finish (up to 60 s), then restart (the engine has failed)');
  await dialog.row('y  Restart now');
  await console.press('d').notice().shows('no requests are running: the engine has failed');
  await dialog.isOpen();
  expect(console.session.sent).toEqual([]);
});

test.each(['R', 'x'])('a stuck engine finishes no requests: %s offers no wait for them', async (key) => {
  const stuck = buildSnapshot({
    engine: {state: 'degraded'},
    findings: [buildFinding({code: 'lifecycle.not-generating'})],
  });
  const console = await openConsole({data: buildConsoleData({snapshot: stuck})});
  const dialog = console.press(key).dialog(key === 'R' ? 'Restart' : 'Stop');
  await dialog.row(`d  Let requests finish (up to 60 s), then ${key === 'R' ? 'restart' : 'stop'} (it is stuck)`);
  await console.press('d').notice().shows('a stuck engine finishes no requests');
  await dialog.isOpen();
  expect(console.session.sent).toEqual([]);
});

test('a failed engine of which a process is left can be stopped, without a wait for requests', async () => {
  const failed = buildSnapshot({engine: {state: 'failed'}});
  const console = await openConsole({data: buildConsoleData({snapshot: failed})});
  const dialog = console.press('x').dialog('Stop');
  await dialog.row('d  Let requests finish (up to 60 s), then stop (the engine has failed)');
  await console.press('y').notice().shows('Accepted');
  expect(console.session.sent).toEqual([{type: 'stop'}]);
});

test('a number that cannot be one is refused with what is expected, and nothing is sent', async () => {
  const console = await openConsole();
  const dialog = console.press('R').type('1.5M').dialog('Restart');
  await dialog.row('[1.5M_]');
  await dialog.shows('a number of tokens up to 100,000,000, such as 131072, 131,072, 128K (131,072)');
  await dialog.row('y  Restart now (no context length)');
  await console.press('y').notice().shows('Refused: no context length');
  expect(console.session.sent).toEqual([]);
  await console.press(...times(3, 'Backspace'));
  await dialog.row('[1_] = 1 token');
  await dialog.shows('A context of 1 tokens is too short');
});

test.each(['Ry', 'Rd', 'R\r', 'R\t\t\r', 'xy', 'xd', 'R128Ky', 'R\u001b[200~128K\u001b[201~y'])(
  'keys that arrive together with the one that opens a dialog are no answers to it: %j',
  async (keys) => {
    const console = await openConsole();
    await console.typeAtOnce(keys, 2);
    await console.dialog(keys.startsWith('x') ? 'Stop' : 'Restart').isOpen();
    await console.notice().shows('was pressed before this question was shown');
    expect(console.session.sent).toEqual([]);
    await console.press('y').notice().shows('Accepted');
    expect(console.session.sent).toHaveLength(1);
  },
);

test('Esc that arrives with the key that opened a dialog closes it', async () => {
  const console = await openConsole();
  await console.typeAtOnce('x\u001b', 2);
  await console.dialog('Stop').isGone();
});

test('up and down step through the usual lengths', async () => {
  const console = await openConsole();
  const dialog = console.dialog('Restart');
  await console.press('R', 'Down');
  await dialog.row('[131072_]');
  await console.press('Down');
  await dialog.row('[65536_]');
  await console.press('Up');
  await dialog.row('[131072_]');
});

test('a length that cannot be started is blocked, with the reason, and no answer sends it', async () => {
  const console = await openConsole();
  const dialog = console.press('R').type('1M').dialog('Restart');
  await dialog.row(/^refused: .*1,048,576/);
  await dialog.row('y  Restart now (refused)');
  await console.footer().lacks('yes, now');
  for (const key of ['y', 'd']) {
    await console
      .press(key)
      .notice()
      .shows(/Refused: .*1,048,576/);
  }
  await console
    .press('Tab', 'Enter')
    .notice()
    .shows(/Refused: .*1,048,576/);
  expect(console.session.sent).toEqual([]);
  await console.press('Backspace');
  expect(console.terminal.text(), 'what was refused was changed').not.toContain('Refused');
});

test('a restart without a length is refused', async () => {
  const console = await openConsole();
  await console
    .press('R', ...times(6, 'Backspace'), 'y')
    .notice()
    .shows('no context length');
  expect(console.session.sent).toEqual([]);
});

test('pasted text presses no key; a pasted number is accepted where a number is typed', async () => {
  const console = await openConsole();
  await console.paste('xyRs\r').notice().shows('pasted text has no effect here');
  expect(console.session.sent).toEqual([]);
  const dialog = console.dialog('Restart');
  await console.press('R').paste('32768\n');
  await dialog.row('[32768_] = 32,768 tokens');
  await console.paste('64kB').notice().shows('pasted text has no effect here');
  await dialog.row('[32768_]');
  await console.paste('64K');
  await dialog.row('[64K_] = 65,536 tokens');
});

test('keys that arrive together on a slow link all count', async () => {
  const console = await openConsole();
  await console.typeAtOnce('?z', 2);
  await console.screen('Keys').isOpen();
  await console.typeAtOnce('?z', 2);
  await console.screen('server').shows('server 116x35');
});

test('the help lists every key at 80x24, scrolling if needed', async () => {
  const console = await openConsole({size: {columns: 80, rows: 24}});
  const help = console.press('?').screen('Keys');
  await help.row('exit the console; the server keeps running');
  await help.row('start; takes an edited configuration (the engine is ready)');
  expect(help.note()).toBe('PgDn for more');
  await console.press('End');
  await help.row('confirm the selected answer');
  expect(help.note()).toBe('PgUp for more');
  await console.press('Esc');
  await help.isGone();
});

test('arrows move the focus in reading order and wrap, zoom shows only the focused panel', async () => {
  const console = await openConsole();
  await console.press('Right', 'z').screen('throughput').shows('throughput 116x35');
  await console.press('Left', 'Up').screen('log').isOpen();
  await console.press('Esc').panel('gpu-memory').isOpen();
});

test('the log scrolls by pages while new lines arrive, and G follows again', async () => {
  let isNewDrawn = false;
  const console = await openConsole();
  const log = console.panel('log');
  await log.row('439 INFO');
  await console.press('PgUp');
  expect(log.rows().at(-1)).toMatch(/^436 INFO/);
  expect(log.note()).toBe('up to line 436, G follows; Right: budget');
  const data = console.session.getData();
  // The header shows the host of this data: once it is there, the new line has had its chance.
  const snapshot = buildSnapshot({node: {hostname: 'with-a-new-line'}});
  console.session.setData({...data, snapshot, log: [...data.log, {number: 440, text: 'a new line'}]});
  await console.header().shows('with-a-new-line');
  isNewDrawn = log.rows().some((row) => row.includes('a new line'));
  expect([isNewDrawn, log.rows().at(-1)?.slice(0, 8)]).toEqual([false, '436 INFO']);
  await console.press('G');
  await log.row('440 a new line');
  await console.press('Home');
  await log.row('400 INFO');
  await console.press(...times(13, 'PgDn'));
  await log.row('440 a new line');
});

test('if the terminal has no space for the log, l shows it alone', async () => {
  const console = await openConsole({size: {columns: 60, rows: 10}});
  expect(console.terminal.text()).not.toContain('INFO');
  await console.press('L').screen('log').row('439 INFO');
  await console.press('Esc').screen('log').isGone();
});

test('the whole screen can be drawn again', async () => {
  const console = await openConsole();
  const before = console.terminal.text();
  console.terminal.stderr.write('\u001b[5;5Hnoise from elsewhere');
  await console.terminal.shows('noise');
  await console.press('Ctrl+L');
  expect(console.terminal.text()).toBe(before);
});
