import {describe, expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {
  backingOffNode,
  degradedNode,
  failedNode,
  neverStartedNode,
  silentNode,
  startingNode,
  stoppedNode,
} from '../../support/engine-states.ts';
import {pictureOf, viewOf} from '../draw.ts';

const wide = {columns: 100, rows: 20};

describe('a start', () => {
  test('has a bar for each phase, the bytes that are read, and what earlier starts lead to expect', () => {
    const picture = pictureOf('start-progress', startingNode(), wide);
    expect(picture).toContain('[Start | ~9m 00s, median of 3 starts]');
    expect(picture).toMatch(/~45 % {2}spent 4m 00s {2}left ~5m 09s/);
    expect(picture).toMatch(/● Launching +█+ +14s +~13s/);
    expect(picture).toMatch(/◐ Loading weights +█+░+ +53 % +3m 25s +~6m 08s/);
    expect(picture).toContain('~293.8 of 554.3 GiB read · ~1.43 GiB/s · ~3m 02s left');
    expect(picture).toMatch(/○ Compiling +░+ +~1m 10s/);
  });

  test('without earlier starts says that nothing is known of what is left, and invents no phase', () => {
    const picture = pictureOf('start-progress', startingNode({hasEarlierStarts: false}), wide);
    expect(picture).toContain('[Start | no comparable start on this node yet]');
    expect(picture).not.toContain('Compiling');
    expect(picture).toContain('~3m 02s left');
  });

  test('keeps the phase that runs in any number of rows', () => {
    for (let rows = 4; rows <= 12; rows += 1) {
      const view = viewOf('start-progress', startingNode(), {columns: 60, rows});
      expect(view.rows.length).toBeLessThanOrEqual(rows);
      expect(pictureOf('start-progress', startingNode(), {columns: 60, rows}), `${rows} rows`).toContain(
        'Loading weights',
      );
    }
  });

  test('columns do not move while digits change', () => {
    const columnOf = (nowMs: number): number =>
      pictureOf('start-progress', startingNode(), wide, {nowMs})
        .split('\n')
        .find((row) => row.includes('Loading'))
        ?.indexOf(' ~6m') ?? -1;
    const columns = [TEST_NOW_MS, TEST_NOW_MS + 1_000, TEST_NOW_MS + 600_000, TEST_NOW_MS + 3_700_000].map(columnOf);
    expect(new Set(columns).size).toBe(1);
    expect(columns[0]).toBeGreaterThanOrEqual(0);
  });

  test('a phase without a fraction of its own is estimated by the time it takes, and marked so', () => {
    const snapshot = buildSnapshot({
      engine: {
        state: 'starting',
        phase: 'compile',
        startPhases: [
          {phase: 'compile', startedAtMs: TEST_NOW_MS - 35_000, durationMs: null, lastMs: null, usualMs: 70_000},
        ],
        phaseProgress: {ratio: absent('the log shows no progress for this phase yet'), totalBytes: absent('none')},
      },
    });
    expect(pictureOf('start-progress', buildConsoleData({snapshot}), wide)).toMatch(/Compiling .* ~50 %/);
    const longer = pictureOf('start-progress', buildConsoleData({snapshot}), wide, {nowMs: TEST_NOW_MS + 900_000});
    expect(longer, 'time alone completes nothing').toMatch(/Compiling .* ~95 %/);
  });
});

describe('a problem', () => {
  test('is whole: what happened, when, in which phase, what to do with which keys, and its evidence', () => {
    const picture = pictureOf('problem', failedNode(), wide).replaceAll(/\s+/g, ' ');
    for (const part of [
      '× failed exit status 1 · 3m 20s ago · at 2026-11-23 11:56:40 UTC',
      'during setting up the KV cache',
      'needs 17.16 GiB of KV cache per GPU, and 0.64 GiB are left.',
      'what to do Restart with a context of at most 9,664 tokens',
      'fix context 262,144 → 9,664 (a applies it',
      'keys a starts with context 9,664, s as it was',
      'evidence line 412: ValueError',
      'code vllm.kv-cache-too-small',
    ])
      expect(picture).toContain(part);
  });

  test('has the moment of the end once, and that of a finding from another time', () => {
    const picture = pictureOf('problem', failedNode(), wide);
    expect(picture.match(/2026-11-23 11:56:40 UTC/g)).toHaveLength(1);
    const later = buildFinding({severity: 'critical', sinceMs: TEST_NOW_MS - 60_000});
    expect(pictureOf('problem', failedNode([later]), wide)).toMatch(/since +2026-11-23 11:59:00 UTC, 1m 00s ago/);
  });

  test('says how much of it has no room, and which key shows it', () => {
    const {titleNote, rows} = viewOf('problem', failedNode(), {columns: 76, rows: 9});
    expect(rows).toHaveLength(9);
    expect(titleNote, 'z would zoom the panel with the focus').toMatch(/^\d+ more rows, F shows them$/);
  });

  test('with an automatic restart has its number and its moment, and the other causes in a row each', () => {
    const picture = pictureOf('problem', backingOffNode(), wide);
    expect(picture).toContain('waiting to restart in 12s (2 of 5)');
    expect(picture).toContain('starts by itself at 2026-11-23 12:00:12 UTC');
    expect(picture).toContain('▲ warning GPU 3 holds 4.0 GiB');
  });

  test('of an engine that generates nothing says since when', () => {
    expect(pictureOf('problem', degradedNode(), wide)).toContain('no step for 90 s, 19 requests running');
  });

  test('of an engine that answers nothing is its silence, with the keys that are enabled', () => {
    const picture = pictureOf('problem', silentNode(), wide);
    expect(picture).toContain('× not answering for 95 s');
    expect(picture).toContain('◆ critical');
    expect(picture).toContain('The engine does not answer');
    expect(picture).toMatch(/keys +R restarts/);
    expect(picture, 'it runs: it did start, and the end of an earlier run is no part of this').not.toMatch(
      /did not start|exit status|starts again/,
    );
  });

  test('of a running engine is not another finding', () => {
    const {snapshot} = silentNode();
    if (snapshot === null) throw new Error('the node has data');
    const data = buildConsoleData({snapshot: {...snapshot, findings: [buildFinding()]}});
    const picture = pictureOf('problem', data, wide);
    expect(picture).toContain('Gantry found no reason in the log.');
    expect(picture).toMatch(/keys +R restarts, 6 opens the log\n/);
    expect(picture, 'in a row of its own').toContain('▲ warning GPU 3 holds 4.0 GiB');
  });

  test('has the moment of the end in the finding where the row above has no room for it', () => {
    const moments = (columns: number) => pictureOf('problem', failedNode(), {columns, rows: 30}).match(/11:56:40 UTC/g);
    expect(moments(118), 'once').toHaveLength(1);
    expect(moments(60), 'once').toHaveLength(1);
  });

  test('without a finding says so, with the keys for it', () => {
    const picture = pictureOf('problem', failedNode([]), wide);
    expect(picture).toContain('Gantry found no reason in the log.\n');
    expect(picture.match(/exit status 1/g), 'once').toHaveLength(1);
    expect(picture).toMatch(/keys +s starts again, 6 opens the log/);
  });
});

describe('the next start', () => {
  test('leaves the state and the last end to a figure that has them', () => {
    const picture = pictureOf('next-start', stoppedNode(), wide, {options: {showState: false}});
    expect(picture).toContain('s starts it, 7 opens its plan');
    expect(picture).not.toContain('stopped');
    expect(picture, 'no time of its own').not.toContain('47m');
  });

  test('has the keys, the cost of the idle node, settings, verdict, usual duration and last end', () => {
    const picture = pictureOf('next-start', stoppedNode(), wide);
    for (const part of [
      '○ stopped',
      's starts it, 7 opens its plan',
      '$20.00/h while nothing is served, $15.67 so far',
      'moonshotai/Kimi-K2.7-Code int4',
      'context 262,144, tensor parallel 8',
      'fits: 795k KV tokens',
      '~9m 00s, median of 3 starts',
      'stopped on request 47m 00s ago',
    ])
      expect(picture).toContain(part);
  });

  test('on a new node has no last run and no duration', () => {
    const picture = pictureOf('next-start', neverStartedNode(), wide);
    expect(picture).toContain('no engine has been started yet');
    expect(picture).toContain('– no comparable start on this node yet');
    expect(picture).not.toContain('last run');
  });

  test('names what refuses every start', () => {
    const lost = buildFinding({code: 'source.nvidia-smi.gpu-lost', severity: 'critical', message: 'GPU 3 is lost.'});
    const data = stoppedNode();
    const {snapshot} = data;
    if (snapshot === null) throw new Error('the node has data');
    expect(pictureOf('next-start', {...data, snapshot: {...snapshot, findings: [lost]}}, wide)).toContain(
      'refused: GPU 3 is lost.',
    );
  });

  test('without a supervisor says what starts one', () => {
    const connection = {kind: 'lost', sinceMs: TEST_NOW_MS, reason: 'the supervisor does not answer'} as const;
    const picture = pictureOf('next-start', {...stoppedNode(), snapshot: null, connection}, wide);
    expect(picture).toMatch(/gantry supervisor restart starts a\s+new one/);
  });
});

test('all of them are written in ASCII where that is wanted', () => {
  for (const [kind, data] of [
    ['start-progress', startingNode()],
    ['problem', backingOffNode()],
    ['next-start', stoppedNode()],
  ] as const)
    expect(pictureOf(kind, data, wide, {glyphs: asciiGlyphs})).toMatch(/^[\n -~]*$/);
});
