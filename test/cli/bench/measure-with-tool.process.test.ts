import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import type {ApiError} from '../../../src/api/commands.ts';
import {createToolMeasure} from '../../../src/cli/bench/measure-with-tool.ts';
import type {BenchPoint} from '../../../src/domain/bench/bench-point.ts';
import {benchTools} from '../../../src/engines/vllm/bench/bench-tools.ts';
import {absent} from '../../../src/samples/reading.ts';
import {err, type Result} from '../../../src/shared/result.ts';
import {eventually} from '../../harness/eventually.ts';
import {isAlive} from '../../harness/processes.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';

const fakeTool = fileURLToPath(new URL('../../fakes/bench-tool.mjs', import.meta.url));
const noSupervisor = {code: 'supervisor.unavailable', message: 'No supervisor is running.', remedy: ''};
const counts = {duration: 2, completed: 4, failed: 0, total_input_tokens: 400, total_output_tokens: 40};

let dataDir: string;
let signals: {readonly first: AbortController; readonly second: AbortController};
beforeEach(() => {
  const {directory, remove} = makeTemporaryDirectory('bench');
  onTestFinished(remove);
  dataDir = directory;
  signals = {first: new AbortController(), second: new AbortController()};
});

/** One load by a tool that does this. */
function measure(fake: object, quietLimitMs = 60_000): Promise<Result<BenchPoint, ApiError>> {
  const [tool] = benchTools;
  if (tool === undefined) throw new Error('vLLM has a benchmark.');
  const measuring = createToolMeasure({
    found: {tool, words: [fakeTool], version: null},
    target: {baseUrl: 'http://127.0.0.1:9', chatPath: '/v1/chat/completions', model: 'model', apiKey: 'secret-key'},
    tokenizer: '/models/model',
    workload: {promptTokens: 100, answerTokens: 10, cachedRatio: 0, sizesFrom: 'given', cachedFrom: 'given'},
    dataDir,
    environment: {...process.env, BENCH_FAKE: JSON.stringify(fake)},
    interruption: {first: signals.first.signal, second: signals.second.signal, release: () => undefined},
    client: {getSnapshot: async () => err(noSupervisor)},
    onProgress: () => undefined,
    quietLimitMs: (concurrency) => concurrency * (quietLimitMs / 2),
  });
  return measuring(2, 4);
}

const leftBehind = (): readonly string[] =>
  existsSync(path.join(dataDir, 'bench')) ? readdirSync(path.join(dataDir, 'bench')) : [];

describe('a load by a tool', () => {
  test('is its named figures; latencies that are no numbers are left out', async () => {
    const text = `{"p50_ttft_ms": NaN, "p99_ttft_ms": Infinity, "p90_ttft_ms": 7.5, ${JSON.stringify(counts).slice(1)}`;
    const measured = await measure({writes: text, exits: 0});
    expect(measured).toMatchObject({
      ok: true,
      value: {
        completed: 4,
        promptTokens: 400,
        timeToFirstToken: {p50Ms: absent('not in the result'), p90Ms: 7.5, p99Ms: absent('not in the result')},
        endToEnd: {p99Ms: absent('not in the result')},
      },
    });
    expect(leftBehind()).toEqual([]);
  });

  test.each([
    ['it ended with status 1 and printed nothing', {exits: 1}, 'bench.tool-failed', 'ended with status 1'],
    ['it wrote nothing', {exits: 0}, 'bench.no-result', 'it was not written'],
    ['its result is empty', {writes: '', exits: 0}, 'bench.no-result', 'it is empty'],
    ['its result is no JSON', {writes: '{"duration": ', exits: 0}, 'bench.no-result', 'JSON'],
    ['a count is NaN', {writes: '{"duration": 2, "completed": NaN}', exits: 0}, 'bench.no-result', 'completed'],
    [
      'a count is missing',
      {writes: '{"duration": 2, "completed": 4}', exits: 0},
      'bench.no-result',
      'total_input_tokens',
    ],
    ['its result is a gigabyte', {writes: '', bytes: 1e9, exits: 0}, 'bench.no-result', 'larger than'],
    ['it prints the key', {prints: 'Bearer secret-key', exits: 2}, 'bench.tool-failed', 'Bearer ***'],
  ])('where %s is an error, and leaves nothing behind', async (_, fake, code, message) => {
    expect(await measure(fake)).toMatchObject({ok: false, error: {code, message: expect.stringContaining(message)}});
    expect(leftBehind()).toEqual([]);
  });

  test('without a place for its result is an error before anything runs', async () => {
    dataDir = '/dev/full';
    expect(await measure({exits: 0})).toMatchObject({ok: false, error: {code: 'bench.no-directory'}});
  });

  test('that hangs is ended by an interruption, and leaves neither files nor processes', async () => {
    const ended = measure({child: true});
    const started = await eventually(
      () => leftBehind().find((name) => existsSync(path.join(dataDir, 'bench', name, 'started'))) ?? null,
      'the tool to run',
    );
    const pids = readFileSync(path.join(dataDir, 'bench', started, 'pids.log'), 'utf8')
      .trim()
      .split('\n')
      .map(Number);
    signals.first.abort();
    expect(await ended).toMatchObject({ok: false});
    expect(leftBehind()).toEqual([]);
    await eventually(() => pids.length === 2 && !pids.some(isAlive), 'no process to be left');
  });

  test('that prints nothing while no request ends is ended after the limit of the load, and says so', async () => {
    const hung = await measure({child: true}, 600);
    expect(hung).toMatchObject({ok: false, error: {code: 'bench.tool-hung'}});
    expect(hung.ok ? '' : hung.error.message).toMatch(
      /was ended: for 1 s it printed nothing .* 2 concurrent requests of 100 \+ 10 tokens .*500 tok\/s/,
    );
    expect(leftBehind()).toEqual([]);
  });
});
