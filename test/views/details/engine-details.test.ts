import {execFileSync} from 'node:child_process';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {quoteArgument} from '../../../src/engines/launch/shell-quoting.ts';
import {absent} from '../../../src/samples/reading.ts';
import {textWidth} from '../../../src/shared/text-width.ts';
import {commandRows, commandText} from '../../../src/views/details/command.ts';
import {buildConsoleData, buildSnapshot, type DeepPartial, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {pictureOf, viewOf} from '../draw.ts';

const at = (engine?: DeepPartial<Snapshot['engine']>) =>
  buildConsoleData({snapshot: buildSnapshot(engine === undefined ? {} : {engine})});

/** The words that a shell makes of these lines. */
function wordsOf(lines: readonly string[]): string[] {
  const text = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${lines.join('\n')}`], {encoding: 'utf8'});
  return text.split('\0').slice(0, -1);
}

const textOf = (command: readonly (readonly string[])[], columns: number): string[] =>
  commandRows(command, columns).map((row) => row.map(({text}) => text).join(''));

describe('the command of the engine', () => {
  test('has a line for the program and one for each option, which a shell reads as one', () => {
    expect(pictureOf('command', at(), {columns: 60, rows: 20})).toMatchInlineSnapshot(`
      "
      [Command | y copies it, secrets are masked]
      VLLM_NO_USAGE_STATS=1 HF_HUB_OFFLINE=1 \\
          VLLM_API_KEY="\${VLLM_API_KEY:?}" /opt/vllm/bin/vllm \\
          serve moonshotai/Kimi-K2.7-Code \\
        --served-model-name kimi-k2.7-code \\
        --host 127.0.0.1 \\
        --port 8000 \\
        --tensor-parallel-size 8 \\
        --max-model-len 262144 \\
        --gpu-memory-utilization 0.92 \\
        --max-num-seqs 64 \\
        --mm-encoder-tp-mode data \\
        --hf-overrides '{"rope_theta": 50000}'
      "
    `);
  });

  test('is copied as one line', () => {
    expect(
      commandText([
        ['A=1', 'vllm', 'serve'],
        ['--port', '8000'],
      ]),
    ).toBe('A=1 vllm serve --port 8000');
  });

  test('says why there is none', () => {
    expect(pictureOf('command', at({command: null}), {columns: 60, rows: 3})).toContain('is not recorded');
    expect(pictureOf('command', at({command: null, pid: null}), {columns: 60, rows: 3})).toContain(
      'no engine is running',
    );
  });

  test('is read by a shell as it was, at every width, long and quoted words too', () => {
    const long = 'x'.repeat(90);
    const command = [
      ['prog', long, `'${'a b '.repeat(30)}'`],
      ['--json', `'{"a": [1, 2]}'`],
      ['--漢字', `'漢字 漢字'`],
    ];
    const words = command.flat().map((word) => word.replace(/^'|'$/g, ''));
    for (const columns of [24, 31, 50, 200]) {
      const lines = textOf(command, columns);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
      expect(wordsOf(lines)).toEqual(words);
    }
  });

  test('with a word of 40,000 wide characters is cut into lines, each with as many as fit', () => {
    for (const word of ['漢'.repeat(40_000), `'${'漢 '.repeat(20_000)}'`]) {
      const lines = textOf([['prog'], ['--option', word]], 60);
      expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(60);
      expect(lines.length).toBeGreaterThan(900);
    }
  });

  test('of any words is the same at any width, unless a word with a quote inside is longer than a line', () => {
    const word = fc.oneof(
      fc.stringMatching(/^[a-z0-9=/.:-]{1,50}$/),
      fc.stringMatching(/^[ a-z$"{}\\]{1,30}$/),
      fc.stringMatching(/^[a-z' ]{1,12}$/),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(word, {minLength: 1, maxLength: 4}), {minLength: 1, maxLength: 5}),
        fc.integer({min: 60, max: 120}),
        (groups, columns) => {
          const lines = textOf(
            groups.map((words) => words.map(quoteArgument)),
            columns,
          );
          expect(wordsOf(lines)).toEqual(groups.flat());
        },
      ),
      {numRuns: 40},
    );
  });
});

describe('the start by phase', () => {
  test('has each phase against the last start and the usual one', () => {
    expect(pictureOf('start-phases', at(), {columns: 76, rows: 11})).toMatchInlineSnapshot(`
      "
      [Start by phase | usual: median of 3 starts]
      phase                               took     last    usual      began
      Launching                            14s      13s      13s   09:51:00
      Reading the model configuration      21s      19s      20s   09:51:14
      Loading weights                   6m 02s   6m 11s   6m 08s   09:51:35
      Compiling                         1m 14s   1m 11s   1m 10s   09:57:37
      Measuring memory                     22s      22s      23s   09:58:51
      Setting up the KV cache               6s       6s       6s   09:59:13
      Capturing CUDA graphs                29s      28s      28s   09:59:19
      Opening the API                      12s      12s      12s   09:59:48
      all                               9m 00s   9m 02s   9m 00s
      "
    `);
  });

  test('marks a phase that took much longer than usual', () => {
    const phase = {phase: 'compile' as const, startedAtMs: TEST_NOW_MS - 90_000, lastMs: 20_000, usualMs: 20_000};
    const toneAt = (durationMs: number) =>
      viewOf('start-phases', at({startPhases: [{...phase, durationMs}]}), {columns: 76, rows: 5}).rows[1]?.[1]?.tone;
    expect(toneAt(31_000)).toBe('warning');
    expect(toneAt(29_000)).toBe('strong');
  });

  test('counts the time of the phase that runs, and has no sum until then', () => {
    const phase = {
      phase: 'compile' as const,
      startedAtMs: Date.UTC(2026, 10, 23, 11, 59, 30),
      lastMs: 5_000,
      usualMs: 6_000,
    };
    const picture = pictureOf('start-phases', at({startPhases: [{...phase, durationMs: null}]}), {
      columns: 76,
      rows: 5,
    });
    expect(picture).toMatch(/Compiling +30s so far +5s +6s/);
    expect(picture).not.toContain('all');
  });

  test('says where the phases were not seen', () => {
    expect(pictureOf('start-phases', at({startPhases: []}), {columns: 76, rows: 4})).toContain('were not seen');
    const none = at({startPhases: [], pid: null, startedAtMs: null});
    expect(pictureOf('start-phases', none, {columns: 76, rows: 4})).toContain('no engine has been started yet');
  });
});

describe('the processes of the engine', () => {
  test('are a tree with what each is for', () => {
    expect(pictureOf('processes', at(), {columns: 96, rows: 15})).toMatchInlineSnapshot(`
      "
      [Processes of the engine | 12 processes, 123.1 GiB of the host]
      process                                            pid     role     memory      age      state
      sh                                                4241     shim   0.01 GiB   2h 09m   sleeping
        python3 vllm                                    4242   engine   3.10 GiB   2h 09m   sleeping
          VLLM::EngineCore                              4290   helper   6.40 GiB   2h 08m   sleeping
            VLLM::Worker_TP0                            4300    GPU 0   14.2 GiB   2h 08m   sleeping
            VLLM::Worker_TP1                            4301    GPU 1   14.2 GiB   2h 08m   sleeping
            VLLM::Worker_TP2                            4302    GPU 2   14.2 GiB   2h 08m   sleeping
            VLLM::Worker_TP3                            4303    GPU 3   14.2 GiB   2h 08m   sleeping
            VLLM::Worker_TP4                            4304    GPU 4   14.2 GiB   2h 08m   sleeping
            VLLM::Worker_TP5                            4305    GPU 5   14.2 GiB   2h 08m   sleeping
            VLLM::Worker_TP6                            4306    GPU 6   14.2 GiB   2h 08m   sleeping
            VLLM::Worker_TP7                            4307    GPU 7   14.2 GiB   2h 08m   sleeping
          python3 -m multiprocessing.resource_tracker   4310   helper   0.02 GiB   2h 08m   sleeping
      "
    `);
  });

  test('that wait in the kernel say so; of what is not read the reason is shown', () => {
    const process = {pid: 7, parentPid: 7, name: 'x', state: 'D', residentBytes: 0, startedAtMs: 0, isShim: false};
    expect(pictureOf('processes', at({processes: [process]}), {columns: 96, rows: 4})).toContain('in the kernel');
    const none = at({processes: absent('no engine is running')});
    expect(pictureOf('processes', none, {columns: 96, rows: 4})).toContain('no engine is running');
  });

  test('with a circle of parents are shown once each', () => {
    const process = {name: 'x', state: 'S', residentBytes: 0, startedAtMs: 0, isShim: false};
    const circle = at({
      processes: [
        {...process, pid: 7, parentPid: 8},
        {...process, pid: 8, parentPid: 7},
      ],
    });
    expect(pictureOf('processes', circle, {columns: 96, rows: 6}).match(/\bx\b/g)).toHaveLength(2);
  });
});
