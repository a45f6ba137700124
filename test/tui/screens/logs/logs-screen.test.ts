import {describe, expect, test} from 'vitest';
import {createLogReading} from '../../../../src/client/log-window/log-window.ts';
import type {KeyName} from '../../../../src/tui/keys/key-names.ts';
import {initialLogs} from '../../../../src/tui/screens/logs/logs-state.ts';
import {filtered} from '../../../../src/tui/screens/logs/typed-text.ts';
import type {ConsoleState} from '../../../../src/tui/shell/console-state.ts';
import {eventually} from '../../../harness/eventually.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../../../support/build-snapshot.ts';
import {pressed, screenContext, shownScreen} from '../../../support/console-screens.ts';
import {pagesOf, placed} from '../../../support/log-pages.ts';
import {textOf} from '../../../views/draw.ts';

const size = {columns: 60, rows: 14};

function logOf(count: number, text = (number: number): string => `line ${number}`) {
  return Array.from({length: count}, (_, index) => ({number: index + 1, text: text(index + 1)}));
}

/** The Logs screen after these keys: eleven rows of it. */
function after(keys: readonly KeyName[], log = logOf(50), later = log) {
  const {state} = pressed(['6', ...keys], screenContext(buildConsoleData({log}), size));
  const [frame] = state.base.draw(screenContext(buildConsoleData({log: later}), size));
  const rows = (frame?.view.rows ?? []).map(textOf);
  return {
    rows,
    first: rows[0],
    last: rows.at(-1),
    note: frame?.view.titleNote,
    notice: state.notice?.text ?? null,
    state,
  };
}

describe('the Logs screen', () => {
  test('shows the newest lines in the whole window, and follows', () => {
    expect(after([])).toMatchObject({first: 'line 41', last: 'line 50', note: 'following, line 50'});
    expect(after([], logOf(50), logOf(53))).toMatchObject({last: 'line 53'});
  });

  test('moves by lines and pages, stops at the first page, and follows again at the newest line', () => {
    expect(after(['up'])).toMatchObject({last: 'line 49', note: 'paused at line 49, 1 newer line'});
    expect(after(['up', 'down'], logOf(50), logOf(51))).toMatchObject({last: 'line 51'});
    expect(after(['page-up'])).toMatchObject({first: 'line 32', last: 'line 41'});
    expect(after(['g'])).toMatchObject({first: 'line 1', last: 'line 10'});
    expect(after(['g', 'G'])).toMatchObject({last: 'line 50', note: 'following, line 50'});
  });

  test('Space pauses while lines arrive, and follows again', () => {
    expect(after([' '], logOf(50), logOf(60))).toMatchObject({
      last: 'line 50',
      note: 'paused at line 50, 10 newer lines',
    });
    expect(after([' ', ' '], logOf(50), logOf(60))).toMatchObject({last: 'line 60'});
    expect(after([' ']).note, 'also where nothing is newer').toBe('paused at line 50');
  });

  test('the line that was found is copied whole, however long; without one, the lines on the screen', () => {
    const end = 'x'.repeat(200);
    const log = logOf(50, (number) => (number === 20 ? `line 20 NCCL ${end}` : `line ${number}`));
    const copied = (keys: readonly KeyName[]) =>
      pressed(['6', ...keys, 'y'], screenContext(buildConsoleData({log}), size)).effect;
    expect(copied(['/', ...'nccl', 'enter'])).toEqual({
      kind: 'copy',
      copied: {what: 'the line of the log', text: `line 20 NCCL ${end}`},
    });
    const until = (last: number, count: number): string =>
      Array.from({length: count}, (_, index) => last - count + 1 + index)
        .map((number) => (number === 20 ? `line 20 NCCL ${end}` : `line ${number}`))
        .join('\n');
    expect(copied([])).toEqual({kind: 'copy', copied: {what: '10 lines of the log', text: until(50, 10)}});
    expect(copied(Array.from({length: 25}, () => 'up' as const))).toMatchObject({copied: {text: until(25, 10)}});
    expect(copied(['W', ...Array.from({length: 30}, () => 'up' as const)]), 'wrapped').toMatchObject({
      copied: {text: expect.stringMatching(new RegExp(`${end}$`))},
    });
  });

  test('a line that was found is on the screen, however long the lines below it are', () => {
    const texts = (number: number) =>
      `line ${number} ${number === 20 ? 'NCCL ' : ''}${'x'.repeat(number === 20 ? 300 : 200)}`;
    for (const keys of [['W'], []]) {
      const {rows, state} = after([...keys, '/', ...'nccl', 'enter'], logOf(50, texts));
      expect(rows.some((row) => row.includes('line 20 NCCL'))).toBe(true);
      expect(state.notice).toBeNull();
    }
  });

  test('a search goes to the newest line with the text, n to older ones, N back', () => {
    const log = logOf(50, (number) => (number % 20 === 0 ? `line ${number} NCCL` : `line ${number}`));
    expect(after(['/', ...'nccl'], log)).toMatchObject({last: '/nccl_'});
    const found = after(['/', ...'nccl', 'enter'], log);
    expect(found).toMatchObject({last: 'line 45', note: '/nccl in line 40, paused at line 45'});
    expect(found.rows).toContain('line 40 NCCL');
    expect(after(['/', ...'nccl', 'enter', 'n'], log)).toMatchObject({first: 'line 16', last: 'line 25'});
    expect(after(['/', ...'nccl', 'enter', 'n', 'N'], log)).toMatchObject({last: 'line 45'});
    expect(after(['/', ...'nccl', 'enter', 'N'], log).notice).toBe('no newer line has "nccl"');
    expect(after(['/', ...'xyz', 'enter'], log).notice).toBe('"xyz" is not in the log');
  });

  test('keys are text while a search is typed, and Esc ends one thing at a time', () => {
    const typed = after(['/', 'q', '7', ' ', '?', 'backspace']);
    expect(typed.last).toBe('/q7 _');
    expect(pressed(['6', '/', 'q']).effect).toBeNull();
    expect(shownScreen(after(['/', 'escape']).state)).toBe('Logs');
    expect(shownScreen(after(['up', 'escape']).state)).toBe('Logs');
    expect(shownScreen(after(['escape']).state)).toBe('Overview');
    expect(pressed(['6', 'q']).effect).toMatchObject({kind: 'leave'});
  });

  test('long lines are read by moving sideways, or wrapped', () => {
    const log = logOf(30, (number) => `${number} ${'x'.repeat(80)} end`);
    expect(after([], log).last?.endsWith('x…')).toBe(true);
    expect(after(['right', 'right'], log).last?.endsWith('x end')).toBe(true);
    expect(after(['right', 'right', 'right'], log).notice).toBe('this is the end of the longest line');
    const wrapped = after(['W'], log);
    expect([wrapped.rows.length, wrapped.last?.endsWith(' end')]).toEqual([10, true]);
    expect(after(['W', 'page-up'], log).last?.endsWith(' end')).toBe(true);
    expect(after(['W', 'right'], log).notice).toBe('wrapped lines are shown whole');
  });

  test('says so where there is no line, and its keys do nothing', () => {
    expect(after([...'kjg', ' ', 'n', '/', 'a', 'enter'], []).first).toBe('no line of the log has been read yet');
  });

  test('repeated lines are folded with their number, and so are requests', () => {
    const texts = [
      'INFO 11-23 11:59:00 [a.py:1] idle',
      'INFO 11-23 11:59:10 [a.py:1] idle',
      'INFO 11-23 11:59:20 [a.py:1] idle',
      'INFO:     10.0.0.7:4123 - "POST /v1/completions HTTP/1.1" 200 OK',
      'INFO:     10.0.0.8:4124 - "POST /v1/completions HTTP/1.1" 200 OK',
      'INFO:     10.0.0.9:4125 - "GET /v1/models HTTP/1.1" 404 Not Found',
      'the end',
    ];
    const log = logOf(7, (number) => texts[number - 1] ?? '');
    const idle = '(3 lines) INFO 11-23 11:59:20 [a.py:1] idle';
    expect(after([], log).rows).toHaveLength(5);
    expect(after([], log).first).toBe(idle);
    expect(after(['u'], log).rows).toHaveLength(7);
    const folded = after(['A'], log);
    expect(folded.rows).toEqual([idle, '(3 lines) requests: 2 with 200, 1 with 404', 'the end']);
    expect(folded.note).toBe('requests folded, following, line 7');
  });

  test('only lines of a level, a rank or a pattern are shown, and Esc shows all again', () => {
    const log = logOf(30, (number) => {
      if (number === 7) return 'ERROR 11-23 (Worker_TP3 pid=9) lost';
      return number === 9 ? '(Worker_TP3 pid=9) WARNING slow' : `line ${number}`;
    });
    const [failed, slow] = [log[6]?.text, log[8]?.text];
    expect(after(['v'], log).rows).toEqual([failed, slow]);
    expect(after(['v', 'v'], log)).toMatchObject({rows: [failed], note: 'only errors, following, line 30'});
    expect(after(['v', 'v', 'v'], log).rows).toHaveLength(10);
    expect(after(['r', '3', 'enter'], log)).toMatchObject({
      rows: [failed, slow],
      note: 'only rank 3, following, line 30',
    });
    expect(after(['&', ...'[89]$', 'enter'], log).rows).toEqual(['line 8', 'line 18', 'line 19', 'line 28', 'line 29']);
    expect(after(['&', ...'[89]$', 'enter', 'v'], log).rows).toEqual(['no line passes the filter']);
    expect(after(['v', 'escape'], log).rows).toHaveLength(10);
    const refused = after(['&', '(', 'enter'], log);
    expect(refused).toMatchObject({
      last: '&(_',
      notice: 'this regular expression is not accepted: "(" has no ")" after it',
    });
    expect(after(['r', 'x', 'enter'], log).notice).toBe('a rank is a number');
    expect(after(['t', 'x', 'enter'], log).notice).toBe('a time is written as 03:12, -10m or 2026-11-23T03:12');
  });
});

describe('the Logs screen of a long log', () => {
  const texts = Array.from({length: 5_000}, (_, index) => (index === 700 ? 'the NCCL error' : `line ${index}`));
  const all = placed(texts);
  const log = all.slice(-200).map((line, index) => ({...line, number: 4_801 + index}));
  const data = buildConsoleData({log});

  /** The screen after these keys, each once the log has been read; null for a pause in which nothing is pressed. */
  async function afterReading(keys: readonly KeyName[]) {
    const timeOf = (text: string): number => 1_000 * Number(text.split(' ')[1]) + TEST_NOW_MS - 5_000_000;
    const reading = createLogReading({ask: pagesOf(texts, {timeOf}), nowMs: () => TEST_NOW_MS});
    const context = () => ({...screenContext(data, size), log: reading.answer()});
    let {state} = pressed(['6'], context());
    for (const key of keys) {
      ({state} = pressed([key], context(), state));
      reading.want(state.base.log(data));
      await eventually(() => expect(reading.answer().isReading).toBe(false), 'the log to be read');
    }
    const [frame] = state.base.draw(context());
    const rows = (frame?.view.rows ?? []).map(textOf);
    return {rows, first: rows[0], last: rows.at(-1), note: frame?.view.titleNote};
  }

  test('continues above the lines that the console keeps', async () => {
    const pages = Array.from({length: 30}, (): KeyName => 'page-up');
    expect(await afterReading(pages)).toMatchObject({
      first: 'line 4720',
      last: 'line 4729',
      note: 'paused at 94 % of 48 KiB',
    });
    const back = [...pages, ...Array.from({length: 31}, (): KeyName => 'page-down')];
    expect(await afterReading(back)).toMatchObject({last: 'line 4999', note: 'following, line 5,000'});
  });

  test('goes to the first page, and to a time', async () => {
    expect(await afterReading(['g'])).toMatchObject({first: 'line 0', last: 'line 9'});
    expect(await afterReading(['g', 'down'])).toMatchObject({first: 'line 1', last: 'line 10'});
    const found = await afterReading(['t', ...'-30m', 'enter']);
    expect(found.rows).toContain('line 3200');
    expect(found.note).toMatch(/^at \d\d:\d\d:\d\d UTC, 63 % of 48 KiB$/);
  });

  test('says the moment that it was opened at, within the last page too, until it is moved', async () => {
    const found = await afterReading(['t', ...'-3s', 'enter']);
    expect(found.rows).toContain('line 4997');
    expect(found.note).toMatch(/^at \d\d:\d\d:\d\d UTC, line 5,000$/);
    expect((await afterReading(['t', ...'-3s', 'enter', 'up'])).note).toBe('paused at line 4,999, 1 newer line');
    expect((await afterReading(['t', ...'-3s', 'enter', 'G'])).note).toBe('following, line 5,000');
    const searched = await afterReading(['t', ...'-3s', 'enter', '/', ...'line 4990', 'enter']);
    expect(searched.note).not.toContain('UTC');
    const later = await afterReading(['t', ...'2026-11-23T20:00Z', 'enter']);
    expect(later.note).toContain('no line at 20:00:00 UTC or later');
  });

  test('is searched from the newest line to the oldest', async () => {
    const found = await afterReading(['/', ...'nccl', 'enter']);
    expect(found.rows).toContain('the NCCL error');
    expect(found.note).toBe('/nccl, paused at 13 % of 48 KiB');
    expect((await afterReading(['/', ...'nccl', 'enter', 'n'])).note).toContain('/nccl in no older line');
    expect((await afterReading(['/', ...'nccl', 'enter', 'n', 'escape', 'up'])).note).toContain('paused');
    const rows = (await afterReading(['g', '/', ...'nccl', 'enter'])).rows;
    expect(rows).toContain('the NCCL error');
  });

  test('shows the evidence of a finding, also far back, and Enter returns to the finding', () => {
    const finding = (evidence: string | null) => buildFinding({code: 'vllm.nccl', evidence});
    const withFinding = (evidence: string | null) => ({
      ...screenContext(buildConsoleData({log, snapshot: buildSnapshot({findings: [finding(evidence)]})}), size),
    });
    const near = withFinding('line 4900\nline 4901');
    const {state} = pressed(['F', 'enter'], near);
    const [frame] = state.base.draw(near);
    expect(shownScreen(state)).toBe('Logs');
    expect(frame?.view.rows[4]).toEqual([{text: 'line 4900', tone: 'match'}]);
    expect(shownScreen(pressed(['enter'], near, state).state)).toBe('Findings');
    expect(shownScreen(pressed(['enter', 'escape'], near, state).state)).toBe('Logs');
    const far = pressed(['F', 'enter'], withFinding('the NCCL error \u2026 (cut)')).state.base.log(data);
    expect(far?.seek).toMatchObject({kind: 'text', text: 'the NCCL error', step: -1, fromBytes: log[0]?.offsetBytes});
    expect(pressed(['F', 'enter'], withFinding(null)).state.notice?.text).toBe('this finding has no line as evidence');
  });

  test('keeps its way to the beginning while a filter is set, and ends a search', () => {
    const start = {kind: 'start', lines: 10} as const;
    expect(filtered({...initialLogs, seek: start}, {rank: 3}).seek).toEqual(start);
    const search = {kind: 'text', text: 'nothing', step: -1, fromBytes: 0} as const;
    expect(filtered({...initialLogs, seek: search}, {rank: 3}).seek).toBeNull();
  });

  test('has the lines of the file that pass a filter', async () => {
    const first = await afterReading(['g', '&', ...'50$', 'enter']);
    expect(first.rows).toEqual(Array.from({length: 10}, (_, index) => `line ${50 + 100 * index}`));
    expect(await afterReading(['&', ...'nccl', 'enter'])).toMatchObject({rows: ['the NCCL error']});
    const {rows} = await afterReading(['&', ...'00$', 'enter']);
    expect(rows).toEqual(Array.from({length: 10}, (_, index) => `line ${4_000 + 100 * index}`));
  });
});

describe('a line that is evidence of a finding', () => {
  const evidence = 'ERROR the second worker ended without a message';
  const findings = [buildFinding({code: 'a.first'}), buildFinding({code: 'engine.worker-ended', evidence})];
  const snapshot = buildSnapshot({findings});
  const log = logOf(50, (number) => (number === 45 || number === 5 ? evidence : `line ${number}`));
  const context = screenContext(buildConsoleData({log, snapshot}), size);
  const stateAfter = (...keys: KeyName[]) => pressed(['6', ...keys], context).state;
  const rowsAfter = (...keys: KeyName[]) =>
    stateAfter(...keys)
      .base.draw(context)[0]
      ?.view.rows.map(textOf) ?? [];
  test('has its mark, on one row and wrapped', () => {
    expect(rowsAfter().filter((row) => row !== row.replace(/^[\u25b2\u25c6] ERROR/, ''))).toHaveLength(1);
    const narrow = screenContext(buildConsoleData({log, snapshot}), {columns: 30, rows: 14});
    const wrapped = pressed(['6', 'W'], narrow).state.base.draw(narrow)[0]?.view.rows.map(textOf) ?? [];
    expect(wrapped.filter((row) => row.startsWith('  ') && row.trim() !== '').length).toBeGreaterThan(0);
    expect(rowsAfter('home').filter((row) => row.includes('ERROR'))).toHaveLength(1);
  });

  test('opens its finding with Enter and F, and Esc returns to the line', () => {
    for (const key of ['enter', 'F']) {
      const state = stateAfter(key);
      expect(shownScreen(state), key).toBe('Findings');
      expect(findingCode(state)).toContain('engine.worker-ended');
      expect(shownScreen(pressed(['escape'], context, state).state)).toBe('Logs');
    }
  });

  test('without one on the screen, F opens the first finding and Enter has nothing to do', () => {
    const away = ['home', 'down', 'down', 'down', 'down', 'down', 'down', 'down'];
    expect(rowsAfter(...away).some((row) => row.includes('ERROR'))).toBe(false);
    expect(findingCode(stateAfter(...away, 'F'))).toContain('a.first');
    expect(stateAfter(...away, 'enter').notice?.text).toBe('nothing is typed, and no line here led to a finding');
  });

  function findingCode(state: ConsoleState): string {
    return (
      state.cover
        ?.draw(screenContext(context.data, {columns: 120, rows: 60}))[0]
        ?.view.rows.map(textOf)
        .find((row) => row.startsWith('code')) ?? ''
    );
  }
});
