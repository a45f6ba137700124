import {describe, expect, test} from 'vitest';
import type {Preview} from '../../src/api/preview.ts';
import type {ConsoleData} from '../../src/client/console-data.ts';
import {explainFindings} from '../../src/domain/diagnosis/cause-chains.ts';
import {isAbsent} from '../../src/samples/reading.ts';
import {ok} from '../../src/shared/result.ts';
import {BYTES_PER_GIB} from '../../src/shared/units.ts';
import {panelViews} from '../../src/views/panels/panel-views.ts';
import {buildEvent} from '../support/build-event.ts';
import {buildEvents} from '../support/build-events.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../support/build-snapshot.ts';
import {configuredValues} from '../support/configured-values.ts';
import {
  backingOffNode,
  degradedNode,
  failedNode,
  neverStartedNode,
  silentNode,
  startingNode,
  stoppedNode,
} from '../support/engine-states.ts';
import {judge} from '../support/fake-judge.ts';
import {type OpenedConsole, openConsole} from '../support/open-console.tsx';

const sizes = [
  {columns: 80, rows: 24},
  {columns: 120, rows: 40},
  {columns: 200, rows: 60},
] as const;

/** A log of a loaded engine. */
const busyLog = Array.from({length: 80}, (_, index) => ({
  number: 360 + index,
  text:
    [
      `INFO 11-23 11:${String(46 + Math.floor(index / 6)).padStart(2, '0')}:${String((index % 6) * 10).padStart(2, '0')} [loggers.py:236] Engine 000: Avg prompt throughput: ${9_000 + 13 * index}.4 tokens/s, Avg generation throughput: ${1_100 + 7 * index}.9 tokens/s, Running: ${20 + (index % 7)} reqs, Waiting: 0 reqs`,
      'INFO:     10.0.0.7:41234 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
      'INFO:     10.0.0.7:41234 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
      '(Worker_TP3 pid=9911) WARNING 11-23 11:59:07 [cuda.py:88] The clock of the GPU is low',
    ][index % 4] ?? '',
}));

/** The screen as text, as `npm run golden` draws it into test/golden/. */
async function expectGolden(console: OpenedConsole, name: string): Promise<void> {
  const screen = console.terminal.lines().map((line) => line.trimEnd());
  await console.close();
  await expect(`${screen.join('\n')}\n`).toMatchFileSnapshot(`../golden/${name}.txt`);
}

function open(
  data: ConsoleData,
  size: {readonly columns: number; readonly rows: number},
  environment: Record<string, string> = {TERM: 'xterm-256color', LANG: 'en_US.UTF-8', TZ: 'UTC'},
): Promise<OpenedConsole> {
  return openConsole({
    data,
    size,
    environment,
    panelViews,
  });
}

/** A configuration of which a file, a variable and a flag set something. */
function withSettings() {
  const file = '/home/op/.config/gantry/gantry.yaml';
  return buildSnapshot({configuration: {file, isInForce: true, values: configuredValues(file)}});
}

function withEngine(change: Parameters<typeof buildSnapshot>[0]): ConsoleData {
  return {...buildConsoleData(), snapshot: buildSnapshot(change)};
}

describe('golden screens', () => {
  test.each(sizes)('overview of a loaded node at $columns x $rows', async (size) => {
    await expectGolden(await open(buildConsoleData(), size), `overview-${size.columns}x${size.rows}`);
  });

  test.each([sizes[1], sizes[2]])('zoomed throughput at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    await console.press('Right', 'z').screen('Throughput').shows('running 46  max');
    await expectGolden(console, `zoomed-throughput-${size.columns}x${size.rows}`);
  });

  test.each([sizes[0], sizes[1]])('an event in full at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData({events: buildEvents()}), size);
    await console
      .press('e', 'Down', 'Down', 'Enter')
      .screen('Events')
      .row(/^when /);
    await expectGolden(console, `events-screen-open-${size.columns}x${size.rows}`);
  });

  test('settings zoomed at 80 x 24, on their second page', async () => {
    const console = await open(buildConsoleData({snapshot: withSettings(), events: buildEvents()}), sizes[0]);
    await console.press('3', 'z', 'PgDn').panel('Settings in force').isOpen();
    await expectGolden(console, 'zoomed-settings-80x24');
  });

  test('zoomed KV cache in ASCII without color, with restarts and failures', async () => {
    const events = [
      buildEvent({atMs: TEST_NOW_MS - 300_000, code: 'engine.failed'}),
      buildEvent({atMs: TEST_NOW_MS - 240_000, code: 'engine.spawned'}),
    ];
    const environment = {TERM: 'xterm', LANG: 'C', NO_COLOR: '1'};
    const console = await open(buildConsoleData({events}), sizes[1], environment);
    await console.press('Right', 'Right', 'z').screen('KV cache').shows('X failure');
    await expectGolden(console, 'zoomed-kv-cache-120x40-ascii');
  });

  test('a small terminal shows the first finding, and dialogs that scroll', async () => {
    const findings = [
      buildFinding({
        code: 'lifecycle.not-generating',
        severity: 'critical',
        message: 'The engine is running but generates no tokens: it has taken no step for 90 s while 19 requests wait.',
        remedy: 'Read the log. Restart the engine if it does not recover within minutes.',
      }),
    ];
    const small = {columns: 60, rows: 15};
    await expectGolden(await open(withEngine({findings}), small), 'overview-60x15');
    const console = await open(withEngine({findings}), small);
    await console.press('R').dialog('Restart').shows('262,144');
    await expectGolden(console, 'restart-dialog-60x15');
    const scrolled = await open(withEngine({findings}), small);
    await scrolled.press('R', 'PgDn').dialog('Restart').shows('46 requests running');
    await expectGolden(scrolled, 'restart-dialog-scrolled-60x15');
  });

  test('overview in ASCII without color', async () => {
    const console = await open(buildConsoleData(), sizes[0], {TERM: 'xterm', LANG: 'C', NO_COLOR: '1'});
    await expectGolden(console, 'overview-80x24-ascii');
  });

  test.each(sizes)('the Plan screen at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    await console.press('P').screen('Plan').shows('FITS');
    await expectGolden(console, `plan-screen-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('the Events screen at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData({events: buildEvents()}), size);
    await console.press('e').screen('Events').shows('newest first');
    await expectGolden(console, `events-screen-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('the GPUs screen at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    await console.press('2').panel('GPUs').shows('slowed by');
    await expectGolden(console, `gpus-screen-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('one GPU in full at $columns x $rows', async (size) => {
    const {gpus} = buildSnapshot();
    const slow = {smClockMhz: 1_200, clockEventReasons: ['software thermal slowdown'], temperatureCelsius: 88};
    const changed = gpus.map((gpu) => (gpu.index === 3 ? {...gpu, ...slow} : gpu));
    const data = buildConsoleData({snapshot: {...buildSnapshot(), gpus: changed}, events: buildEvents()});
    const console = await open(data, size);
    await console.press('2', 'Down', 'Down', 'Down', 'Enter').screen('GPU 3').shows('last 15 min');
    await expectGolden(console, `gpu-screen-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('the Engine screen at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData({snapshot: withSettings(), events: buildEvents()}), size);
    await console.press('3').panel('Settings in force').shows('contextLengthTokens');
    await expectGolden(console, `engine-screen-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('the Latency screen at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData({snapshot: withSettings()}), size);
    await console.press('4').panel('First token').shows('p50');
    await expectGolden(console, `latency-screen-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('the Latency screen over a day at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData({snapshot: withSettings(), events: buildEvents()}), size);
    await console.press('4', '-', '-', '-').panel('Latency').shows('last 24 h');
    await console.panel('Latency').row('in target');
    await expectGolden(console, `latency-day-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('the Latency screen of a stopped engine has the last day at $columns x $rows', async (size) => {
    const console = await open(stoppedNode({configuration: withSettings().configuration}), size);
    await console.press('4').panel('Latency').shows('last 24 h');
    await console.panel('Latency').row('in target');
    await expectGolden(console, `latency-stopped-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('the Cost screen at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    await console.press('5').panel('Node and API').row('break-even');
    await expectGolden(console, `cost-screen-${size.columns}x${size.rows}`);
  });

  test('the GPUs screen in ASCII without color: a slow GPU, a lost one, one with another program', async () => {
    const {gpus} = buildSnapshot();
    const changed = gpus.map((gpu) => {
      if (gpu.index === 1) return {...gpu, clockEventReasons: ['hardware thermal slowdown'], temperatureCelsius: 92};
      if (gpu.index === 3) return {...gpu, fault: 'GPU is lost'};
      if (gpu.index !== 5 || isAbsent(gpu.processes)) return gpu;
      const other = {pid: 9911, name: 'python3', usedBytes: 4 * BYTES_PER_GIB, isOwn: false};
      return {...gpu, processes: [...gpu.processes, other]};
    });
    const data = buildConsoleData({snapshot: {...buildSnapshot(), gpus: changed}});
    const console = await open(data, sizes[1], {TERM: 'xterm', LANG: 'C', NO_COLOR: '1'});
    await console.press('2').panel('GPUs').shows('GPU is lost');
    await expectGolden(console, 'gpus-screen-faulty-120x40-ascii');
  });

  test.each(sizes)('the Logs screen at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData({log: busyLog}), size);
    await console.press('6').screen('Engine log').shows('following, line 439');
    await expectGolden(console, `logs-screen-${size.columns}x${size.rows}`);
  });

  test('the Logs screen with a search, in ASCII without color', async () => {
    const console = await open(buildConsoleData({log: busyLog}), sizes[0], {TERM: 'xterm', LANG: 'C', NO_COLOR: '1'});
    await console.press('6', '/').type('clock').press('Enter').screen('Engine log').shows('/clock');
    await expectGolden(console, 'logs-screen-80x24-ascii');
  });

  test.each(sizes)('the History screen at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData({events: buildEvents()}), size);
    await console.press('8').screen('History').shows('last 1 h');
    await console.press('p', 'Down', 'Left').screen('History').shows('at 2026-11-');
    await expectGolden(console, `history-screen-${size.columns}x${size.rows}`);
  });

  test('the History screen with all GPUs, in ASCII without color', async () => {
    const console = await open(buildConsoleData(), sizes[1], {TERM: 'xterm', LANG: 'C', NO_COLOR: '1'});
    await console
      .press('8', ...Array.from({length: 29}, () => 'Down'))
      .screen('History')
      .shows('gpu.powerDrawWatts, last');
    await expectGolden(console, 'history-screen-gpus-120x40-ascii');
  });

  test('the Events screen in ASCII without color', async () => {
    const environment = {TERM: 'xterm', LANG: 'C', NO_COLOR: '1'};
    const console = await open(buildConsoleData({events: buildEvents()}), sizes[0], environment);
    await console.press('e').screen('Events').shows('newest first');
    await expectGolden(console, 'events-screen-80x24-ascii');
  });

  test.each(sizes)('a start in progress at $columns x $rows', async (size) => {
    await expectGolden(await open(startingNode(), size), `starting-${size.columns}x${size.rows}`);
  });

  test('a first start, of which nothing is known that is to come', async () => {
    await expectGolden(await open(startingNode({hasEarlierStarts: false}), sizes[1]), 'starting-first-120x40');
  });

  test.each(sizes)('a failed start shows the cause and the fix at $columns x $rows', async (size) => {
    await expectGolden(await open(failedNode(), size), `failed-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('a crash before the next automatic start at $columns x $rows', async (size) => {
    await expectGolden(await open(backingOffNode(), size), `backing-off-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('a stopped engine at $columns x $rows', async (size) => {
    await expectGolden(await open(stoppedNode(), size), `stopped-${size.columns}x${size.rows}`);
  });

  test('a node on which no engine was started yet', async () => {
    await expectGolden(await open(neverStartedNode(), sizes[1]), 'never-started-120x40');
  });

  test.each(sizes)('an engine that generates nothing at $columns x $rows', async (size) => {
    await expectGolden(await open(degradedNode(), size), `degraded-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('an engine that answers nothing at $columns x $rows', async (size) => {
    await expectGolden(await open(silentNode(), size), `silent-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('a lost supervisor at $columns x $rows', async (size) => {
    const live = buildConsoleData();
    const sinceMs = (live.snapshot?.takenAtMs ?? 0) + 1_000;
    const data: ConsoleData = {
      ...live,
      connection: {kind: 'lost', sinceMs, reason: 'the supervisor does not answer'},
    };
    await expectGolden(await open(data, size), `connection-lost-${size.columns}x${size.rows}`);
  });

  const chain = explainFindings([
    buildFinding({
      code: 'vllm.nccl',
      severity: 'critical',
      message: 'NCCL, which connects the GPUs, failed: unhandled system error (run with NCCL_DEBUG=INFO for details).',
      evidence: '(Worker_TP2 pid=4250) ERROR 11-23 11:57:57 [multiproc_executor.py:871] ncclSystemError',
      remedy: 'Look for Xid errors in the kernel log.',
      sinceMs: TEST_NOW_MS - 121_000,
    }),
    buildFinding({
      code: 'source.nvidia-smi.gpu-lost',
      severity: 'critical',
      message: 'GPU 3 (00000000:5D:00.0): GPU is lost.',
      evidence: 'GPU is lost',
      remedy: 'Look for its Xid in the kernel log (dmesg | grep NVRM). A lost GPU returns after a host reboot.',
      sinceMs: TEST_NOW_MS - 125_000,
    }),
    buildFinding({sinceMs: TEST_NOW_MS - 7_500_000}),
  ]);

  test.each(sizes)('the Findings screen at $columns x $rows', async (size) => {
    const console = await open(withEngine({findings: chain}), size);
    await console.press('Enter').screen('Findings').shows('1 of 3');
    await expectGolden(console, `findings-screen-${size.columns}x${size.rows}`);
  });

  test('the Findings screen and the panel in ASCII without color', async () => {
    const environment = {TERM: 'xterm', LANG: 'C', NO_COLOR: '1'};
    const console = await open(withEngine({findings: chain}), sizes[0], environment);
    await expectGolden(console, 'findings-panel-80x24-ascii');
    const opened = await open(withEngine({findings: chain}), sizes[0], environment);
    await opened.press('F').screen('Findings').shows('1 of 3');
    await expectGolden(opened, 'findings-screen-80x24-ascii');
  });

  test.each(sizes)('restart dialog at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    const dialog = console.press('R').type('128K').dialog('Restart');
    await dialog.row('KV cache');
    await expectGolden(console, `restart-dialog-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('restart dialog with a context that is too short at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    const dialog = console.press('R').type('4000').dialog('Restart');
    await dialog.row('KV cache');
    await expectGolden(console, `restart-dialog-short-${size.columns}x${size.rows}`);
  });

  test.each([sizes[0], sizes[1]])('restart dialog that stops an agent at $columns x $rows', async (size) => {
    const file = '/home/op/.hermes/config.yaml';
    const agents = [{name: 'Hermes Agent', file, neededContextTokens: 64_000, isConnected: true}];
    const console = await open(buildConsoleData({snapshot: buildSnapshot({agents})}), size);
    await console.press('R').type('32768').dialog('Restart').row('KV cache');
    await expectGolden(console, `restart-dialog-agent-${size.columns}x${size.rows}`);
  });

  test.each([sizes[0], sizes[1]])('restart dialog that refuses at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    const dialog = console.press('R').type('128').dialog('Restart');
    await dialog.row(/^refused/);
    await expectGolden(console, `restart-dialog-refused-${size.columns}x${size.rows}`);
  });

  test.each([sizes[0], sizes[1]])('restart dialog after an edit of the file at $columns x $rows', async (size) => {
    const data = buildConsoleData();
    const console = await open(data, size);
    const dialog = console.press('R').type('128').dialog('Restart');
    await dialog.row(/^refused/);
    console.session.holdPreviews();
    await console.type('K').dialog('Restart').row('checking');
    const asked = console.session.asked.at(-1);
    if (asked === undefined || data.snapshot === null) throw new Error('nothing was asked');
    const judged = judge(data.snapshot, asked.question);
    if (!judged.ok) throw new Error(judged.error.message);
    const fromConfiguration: Preview['fromConfiguration'] = [
      {key: 'kvCacheDtype', current: 'auto', requested: 'fp8'},
      {key: 'port', current: 8000, requested: 8001},
    ];
    asked.answer(ok({...judged.value, fromConfiguration}));
    await dialog.row('Also from the configuration: KV cache fp8, port 8001.');
    await expectGolden(console, `restart-dialog-configuration-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('stop dialog at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    await console.press('x').dialog('Stop').row('Stop now');
    await expectGolden(console, `stop-dialog-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('cure dialog at $columns x $rows', async (size) => {
    const findings = [
      buildFinding({
        severity: 'critical',
        message: 'The KV cache does not hold one request.',
        settingsChange: {contextLengthTokens: 32_768},
      }),
    ];
    const console = await open(buildConsoleData({snapshot: buildSnapshot({findings})}), size);
    await console.press('a').dialog('Restart with the settings').row(/^fits/);
    await expectGolden(console, `cure-dialog-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('the palette at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    await console.press(':').type('gpu').dialog('Actions, screens').row(':gpu_');
    await expectGolden(console, `palette-${size.columns}x${size.rows}`);
  });

  test.each(sizes)('help at $columns x $rows', async (size) => {
    const console = await open(buildConsoleData(), size);
    await console.press('?').screen('Keys').row('this list');
    await expectGolden(console, `help-${size.columns}x${size.rows}`);
  });
});
