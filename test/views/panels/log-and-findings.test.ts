import {describe, expect, test} from 'vitest';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
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
  test('shows each with severity, message, fix and the key that applies it', () => {
    expect(pictureOf('findings', withFindings(critical, warning), {columns: 56, rows: 8})).toMatchInlineSnapshot(`
      "
      [Findings | 1 critical, 1 warning]
      critical One request of 262,144 tokens needs 17.2 GiB of
        KV cache, and every card keeps 0.6 GiB for it.
        → Lower the context to 9,216 tokens. (a applies it:
        context 9,216)
      warning GPU 3 holds 4.0 GiB that belong to python3 (pid
        9911), which Gantry did not start.
        → End that process, or lower the memory fraction
        before the next start.
      "
    `);
  });

  test('cuts rather than hides if there are fewer rows', () => {
    expect(pictureOf('findings', withFindings(critical, warning), {columns: 56, rows: 4})).toMatchInlineSnapshot(`
      "
      [Findings | 1 critical, 1 warning]
      critical One request of 262,144 tokens needs 17.2 GiB o…
        → Lower the context to 9,216 tokens. (a applies it: c…
      warning GPU 3 holds 4.0 GiB that belong to python3 (pid…
        → End that process, or lower the memory fraction befo…
      "
    `);
    expect(pictureOf('findings', withFindings(critical, warning), {columns: 56, rows: 3})).toMatchInlineSnapshot(`
      "
      [Findings | 1 critical, 1 warning]
      critical One request of 262,144 tokens needs 17.2 GiB o…
        → Lower the context to 9,216 tokens. (a applies it: c…
      warning GPU 3 holds 4.0 GiB that belong to python3 (pid…
      "
    `);
  });

  test('says how many more there are', () => {
    const view = viewOf('findings', withFindings(critical, warning, warning, warning), {columns: 40, rows: 2});
    expect(view.rows.map(textOf).at(-1)).toBe('  and 3 more');
    expect(view.titleNote).toBe('1 critical, 3 warnings');
  });

  test('with one row shows the worst', () => {
    const view = viewOf('findings', withFindings(critical, warning), {columns: 40, rows: 1});
    expect(view.rows.map(textOf)).toEqual(['critical One request of 262,144 tokens …']);
    expect(view.tone).toBe('critical');
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
