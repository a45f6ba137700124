import {afterEach, expect, test} from 'vitest';
import type {ValueOrigin} from '../../src/domain/configuration/value-origin.ts';
import {explainFindings} from '../../src/domain/diagnosis/cause-chains.ts';
import type {Finding} from '../../src/domain/diagnosis/finding.ts';
import {findingsView} from '../../src/views/panels/findings.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../support/build-snapshot.ts';
import {namedPanels, type OpenedConsole, openConsole} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

const lost = buildFinding({
  code: 'source.nvidia-smi.gpu-lost',
  severity: 'critical',
  message: 'GPU 3 (00000000:5D:00.0): GPU is lost.',
  remedy: 'Reboot the host.',
  sinceMs: TEST_NOW_MS - 125_000,
});
const exited = buildFinding({
  code: 'vllm.nccl',
  severity: 'critical',
  message: 'NCCL failed: a peer is missing.',
  evidence: 'ERROR first line\nERROR second line',
  settingsChange: {tensorParallelSize: 4},
});
const tight = buildFinding({
  code: 'memory.tight',
  message: 'Only 0.4 GiB are left.',
  settingsChange: {memoryFraction: 0.9},
});

async function openWith(findings: readonly Finding[], size = {columns: 80, rows: 24}): Promise<OpenedConsole> {
  const snapshot = buildSnapshot({findings: explainFindings(findings)});
  opened = await openConsole({data: buildConsoleData({snapshot}), size});
  return opened;
}

test('Enter opens the first cause in full: since when, what it explains, what to do', async () => {
  const console = await openWith([exited, lost, tight]);
  const screen = console.press('Enter').screen('Findings');
  await screen.row(/> ◆ critical +GPU 3 \(00000000:5D:00\.0\): GPU is lost\./);
  await screen.row(/^effect +NCCL failed: a peer is missing\./);
  await screen.row(/what to do +Reboot the host\./);
  await screen.row(/explains +NCCL failed: a peer is missing\./);
  await screen.row(/since +2026-11-23 11:57:55 UTC, 2m 05s ago/);
  await console.press('Esc').screen('Findings').isGone();
});

test('what was there when the supervisor started may be older than that', async () => {
  const {startedAtMs} = buildSnapshot().supervisor;
  const at = (sinceMs: number) => ({...lost, sinceMs});
  const early = await openWith([at(startedAtMs + 2_000)]);
  await early
    .press('F')
    .screen('Findings')
    .row(/since +\S+ \S+ UTC, 2h 59m ago, or earlier$/);
  await early.close();
  for (const sinceMs of [startedAtMs - 1, startedAtMs + 15_000]) {
    const exact = await openWith([at(sinceMs)]);
    await exact
      .press('F')
      .screen('Findings')
      .row(/since +\S+ \S+ UTC, \dh \d\dm ago$/);
    await exact.close();
  }
});

test('arrows choose another one, around either end, and its evidence is shown line by line', async () => {
  const console = await openWith([exited, lost, tight]);
  const screen = console.press('F').screen('Findings');
  await console.press('Down');
  await screen.row(/> +effect +NCCL failed: a peer is missing\./);
  await screen.row(/evidence +ERROR first line/);
  await screen.row(/^ERROR second line/);
  await screen.row(/caused by +GPU 3/);
  await console.press('Up', 'Up');
  await screen.row(/> ▲ warning +Only 0\.4 GiB are left\./);
});

test('a applies the fix of the chosen finding, after the question', async () => {
  const console = await openWith([exited, lost, tight]);
  await console
    .press('F', 'Up')
    .screen('Findings')
    .row(/> ▲ warning +Only 0\.4 GiB are left\./);
  const dialog = console.press('a').dialog('Restart with the settings that fix it?');
  await dialog.shows('Only 0.4 GiB are left.');
  await dialog.row('memory fraction: 0.92 → 0.90');
  expect(console.session.sent).toEqual([]);
});

test('a on the overview applies the fix of the cause, which an effect may have', async () => {
  const console = await openWith([exited, lost, tight]);
  const dialog = console.press('a').dialog('Restart with the settings that fix it?');
  await dialog.shows('GPU 3 (00000000:5D:00.0): GPU is lost.');
  await dialog.row(/tensor parallel: 8 → 4/);
});

test('a is offered only for a finding that settings fix, and says so for another', async () => {
  const console = await openWith([buildFinding({severity: 'critical'}), tight]);
  const screen = console.press('F').screen('Findings');
  await screen.row(/> ◆ critical/);
  expect(console.terminal.lines().at(-1)).not.toContain('apply fix');
  await console.press('a').notice().shows('cannot apply fix: no setting fixes this problem');
  await console.press('Down');
  await screen.row(/> ▲ warning +Only 0\.4 GiB are left\./);
  expect(console.terminal.lines().at(-1)).toContain('a apply fix');
});

test('the thresholds of a finding are shown, each with where it is set', async () => {
  const row = (key: string, value: number, origin: ValueOrigin) =>
    ({key, value, origin, configured: null, isPending: false, overridden: null, effect: 'now'}) as const;
  const snapshot = buildSnapshot({findings: [buildFinding({code: 'engine.requests-waiting'}), tight]});
  const values = [
    row('findings.waitingRequests', 8, {from: 'file', place: '/etc/gantry.yaml:3:5'}),
    row('findings.waitingSeconds', 15, {from: 'default'}),
    row('findings.idleMinutes', 30, {from: 'default'}),
  ];
  const configured = {...snapshot, configuration: {...snapshot.configuration, values}};
  opened = await openConsole({data: buildConsoleData({snapshot: configured}), size: {columns: 80, rows: 24}});
  const screen = opened.press('F').screen('Findings');
  await screen.row(/^threshold +findings\.waitingRequests = 8 \(\/etc\/gantry\.yaml:3:5\)/);
  await screen.row(/^findings\.waitingSeconds = 15 \(the default\)/);
  await screen.lacks('idleMinutes');
  await opened.press('Down');
  await screen.row(/> ▲ warning +Only 0\.4 GiB are left\./);
  await screen.lacks('threshold');
});

test('on a screen without the findings, the header has the first cause in words', async () => {
  const snapshot = buildSnapshot({findings: explainFindings([exited, lost, tight])});
  const panelViews = namedPanels({findings: findingsView});
  opened = await openConsole({data: buildConsoleData({snapshot}), panelViews});
  expect(opened.terminal.lines()[0]).not.toContain('is lost');
  await opened.press('e').screen('Events').isOpen();
  expect(opened.terminal.lines()[0]).toMatch(/◆ 1 critical · ▲ 1 warning · GPU 3 \(00000000:5D:00\.0\): GPU is lost\./);
});

test('page keys scroll a finding that is longer than the screen', async () => {
  const evidence = Array.from({length: 60}, (_, index) => `line ${index + 1} of it`).join('\n');
  const console = await openWith([buildFinding({evidence})]);
  const screen = console.press('F').screen('Findings');
  await screen.row(/line 1 of it/);
  await screen.lacks('line 60 of it');
  await console.press('PgDn', 'PgDn', 'PgDn', 'PgDn', 'PgDn');
  await screen.row(/line 60 of it/);
});

test('the chosen finding stays chosen while others come and go; when it is gone, the first one is', async () => {
  const console = await openWith([lost, tight]);
  const screen = console.press('F', 'Down').screen('Findings');
  await screen.row(/> ▲ warning +Only 0\.4 GiB are left\./);
  const show = (findings: readonly Finding[]): void =>
    console.session.setData(buildConsoleData({snapshot: buildSnapshot({findings: explainFindings(findings)})}));
  show([lost, buildFinding({code: 'history.newer', message: 'Another one.'}), tight]);
  await screen.row(/^▲ warning +Another one\./);
  await screen.row(/> ▲ warning +Only 0\.4 GiB are left\./);
  show([lost]);
  await screen.row(/> ◆ critical +GPU 3 \(00000000:5D:00\.0\): GPU is lost\./);
});

test('Enter zooms a panel that was chosen, and without findings', async () => {
  const console = await openWith([lost]);
  await console.press('Right', 'Right', 'Enter').screen('gpu-memory').isOpen();
  await console.close();
  const healthy = await openWith([]);
  await healthy.press('Enter').screen('Findings').isGone();
  await healthy.press('Enter', 'F').screen('Findings').row('no problems found');
});
