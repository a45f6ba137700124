import {describe, expect, test} from 'vitest';
import {explainFindings} from '../../../src/domain/diagnosis/cause-chains.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildEvents} from '../../support/build-events.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {pictureOf, textOf, viewOf} from '../draw.ts';

const critical = buildFinding({
  code: 'memory.kv-cache-too-small',
  severity: 'critical',
  message: 'One request of 262,144 tokens needs 17.2 GiB of KV cache, and every card keeps 0.6 GiB for it.',
  remedy: 'Lower the context to 9,216 tokens.',
  settingsChange: {contextLengthTokens: 9_216},
});
const warning = buildFinding();
const withFindings = (...findings: (typeof warning)[]) => buildConsoleData({snapshot: buildSnapshot({findings})});

describe('the findings panel', () => {
  test('has what supports a finding, and the newest events, where there is room for them', () => {
    const nvidia = buildFinding({message: 'A process is foreign.', evidence: 'nvidia-smi: 9911, python3', sinceMs: 1});
    const data = {...withFindings(nvidia), events: buildEvents()};
    const of = (rows: number) => viewOf('findings', data, {columns: 70, rows}).rows.map(textOf);
    const tall = of(20).join('\n');
    expect(tall).toMatch(/ {2}evidence +nvidia-smi: 9911, python3/);
    expect(tall).toMatch(/newest events\n\d\d:\d\d:\d\d .*\n/);
    for (let rows = 1; rows <= 40; rows += 1) {
      expect(of(rows).length).toBeLessThanOrEqual(rows);
      expect(of(rows).at(-1)).not.toBe('newest events');
    }
    expect(of(3).join('\n')).not.toMatch(/newest/);
  });

  test('has the day of events that are not of today', () => {
    const events = [1, 2].map((id) => buildEvent({id, atMs: TEST_NOW_MS - 48 * 3_600_000}));
    const data = {...withFindings(), events};
    const rows = viewOf('findings', data, {columns: 70, rows: 12}).rows.map(textOf);
    expect(rows.filter((row) => /^\d{4}-\d\d-\d\d UTC$/.test(row))).toHaveLength(1);
  });

  test('shows each with severity, message, fix and the key that applies it', () => {
    expect(pictureOf('findings', withFindings(critical, warning), {columns: 56, rows: 8})).toMatchInlineSnapshot(`
      "
      [Findings | 1 critical, 1 warning, F opens]
      ◆ critical One request of 262,144 tokens needs 17.2
        GiB of KV cache, and every card keeps 0.6 GiB for it.
        → Lower the context to 9,216 tokens. (a applies it:
        context 9,216)
      ▲ warning GPU 3 holds 4.0 GiB that belong to python3
        (pid 9911), which Gantry did not start.
        → End that process, or lower the memory fraction
        before the next start.
      "
    `);
  });

  test('cuts rather than hides if there are fewer rows', () => {
    expect(pictureOf('findings', withFindings(critical, warning), {columns: 56, rows: 4})).toMatchInlineSnapshot(`
      "
      [Findings | 1 critical, 1 warning, F opens]
      ◆ critical One request of 262,144 tokens needs 17.2
        GiB of KV cache, and every card keeps 0.6 GiB for it.
        → Lower the context to 9,216 tokens.
      ▲ warning GPU 3 holds 4.0 GiB that belong to python3…
      "
    `);
    expect(pictureOf('findings', withFindings(critical, warning), {columns: 56, rows: 3})).toMatchInlineSnapshot(`
      "
      [Findings | 1 critical, 1 warning, F opens]
      ◆ critical One request of 262,144 tokens needs 17.2
        GiB of KV cache, and every card keeps 0.6 GiB for it.
      ▲ warning GPU 3 holds 4.0 GiB that belong to python3…
      "
    `);
  });

  test('fills the rows with a sentence that fits them, also where rows end early', () => {
    const crashed = buildFinding({
      code: 'lifecycle.crash-loop',
      severity: 'critical',
      message:
        'The engine crashed 4 times since 2026-11-26 16:49:35 UTC, last cause: A GPU kernel failed: an illegal memory access was encountered. It is being restarted.',
    });
    expect(pictureOf('findings', withFindings(crashed), {columns: 76, rows: 2})).toMatchInlineSnapshot(`
      "
      [Findings | 1 critical, F opens]
      ◆ critical The engine crashed 4 times since 2026-11-26 16:49:35 UTC, last
        cause: A GPU kernel failed: an illegal memory access was encountered.
      "
    `);
  });

  test('says how many more there are', () => {
    const view = viewOf('findings', withFindings(critical, warning, warning, warning), {columns: 56, rows: 3});
    expect(view.rows.map(textOf).at(-1)).toBe('  and 3 more');
    expect(view.titleNote).toBe('1 critical, 3 warnings, F opens');
  });

  test('with one row shows the worst', () => {
    const view = viewOf('findings', withFindings(critical, warning), {columns: 40, rows: 1});
    expect(view.rows.map(textOf)).toEqual(['◆ critical One request… (and 1 more)']);
    expect(view.tone).toBe('critical');
  });

  test('counts those for which there is no row, however long the first one is', () => {
    const long = buildFinding({severity: 'warning', message: 'kernel '.repeat(60)});
    const other = buildFinding({severity: 'warning', message: 'No engine step for 34 s.'});
    const rowsAt = (rows: number) =>
      viewOf('findings', withFindings(long, other, warning), {columns: 60, rows}).rows.map(textOf);
    for (const rows of [1, 2, 3, 4]) {
      expect(rowsAt(rows)).toHaveLength(rows);
      expect(rowsAt(rows).at(-1)).toMatch(/and 2 more\)?$/);
    }
  });

  test('folds what a cause explains under it, and keeps their number where the message is shortened', () => {
    const effect = (code: string) => buildFinding({code, severity: 'critical', message: 'It exited.'});
    const lost = buildFinding({
      code: 'source.nvidia-smi.gpu-lost',
      severity: 'critical',
      message: 'GPU 3 (00000000:5D:00.0): GPU is lost.',
      remedy: 'Reboot the host.',
    });
    const chain = explainFindings([effect('vllm.nccl'), effect('lifecycle.crash-loop'), lost]);
    const rowsAt = (columns: number, rows: number) =>
      viewOf('findings', withFindings(...chain), {columns, rows}).rows.map(textOf);
    expect(rowsAt(76, 2)).toEqual([
      '◆ critical GPU 3 (00000000:5D:00.0): GPU is lost. +2 effects',
      '  → Reboot the host.',
    ]);
    expect(rowsAt(40, 1)).toEqual(['◆ critical GPU 3: GPU… +2 effects']);
    expect(viewOf('findings', withFindings(...chain), {columns: 76, rows: 2}).titleNote).toBe('1 critical, F opens');
  });

  test('says first that the supervisor does not answer: what follows is of before', () => {
    const data = buildConsoleData({connection: {kind: 'lost', sinceMs: TEST_NOW_MS, reason: 'no such file'}});
    expect(viewOf('findings', data, {columns: 90, rows: 2}).rows.map(textOf)).toEqual([
      'The supervisor does not answer (no such file); the engine keeps running without it.',
      'no problems found before that',
    ]);
  });

  test('says when there are none', () => {
    expect(pictureOf('findings', buildConsoleData(), {columns: 40, rows: 2})).toContain('no problems found');
  });
});

describe('the log panel', () => {
  const log = [
    'INFO 11-23 11:59:34 [loggers.py:236] Engine 000: Running: 46 reqs',
    'WARNING 11-23 11:59:35 [scheduler.py:88] no free blocks, GPUError_count=0',
    '(EngineCore pid=7) ERROR 11-23 11:59:36 [core.py:12] engine failed',
    'Traceback (most recent call last):',
    'torch.OutOfMemoryError: CUDA out of memory',
    '\u001b[31mred\u001b[0m',
  ].map((text, index) => ({number: index + 1, text}));

  test('shows the newest lines that fit, colored by their level', () => {
    const view = viewOf('log', buildConsoleData({log}), {columns: 60, rows: 5});
    expect(view.rows.map((row) => row[0]?.tone)).toEqual(['warning', 'critical', 'critical', 'critical', 'normal']);
    expect(textOf(view.rows[1] ?? [])).toBe('(EngineCore pid=7) ERROR 11-23 11:59:36 [core.py:12] engine…');
  });

  test('lets no escape sequence through', () => {
    const view = viewOf('log', buildConsoleData({log}), {columns: 60, rows: 1});
    expect(view.rows.map(textOf).join('')).not.toContain('\u001b');
  });

  test('that is empty says why', () => {
    const off = buildSnapshot({sources: {log: {state: 'off', ageMs: 0, detail: 'no engine is running'}}});
    expect(pictureOf('log', buildConsoleData({log: [], snapshot: off}), {columns: 40, rows: 2})).toContain(
      'no engine is running',
    );
  });
});
