import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, onTestFinished, test} from 'vitest';
import {runTool, type ToolEnd} from '../../../src/sources/bench/run-tool.ts';
import {readProcStatSync} from '../../../src/supervisor/process/proc-stat.ts';
import {eventually} from '../../harness/eventually.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';

const fakeTool = fileURLToPath(new URL('../../fakes/bench-tool.mjs', import.meta.url));

type Started = {
  readonly ended: Promise<ToolEnd>;
  readonly interrupt: () => void;
  readonly kill: () => void;
  /** Resolves when the tool runs. */
  readonly running: () => Promise<void>;
  readonly living: () => readonly number[];
};

function start(fake: object, program = fakeTool): Started {
  const {directory, remove} = makeTemporaryDirectory('bench');
  onTestFinished(remove);
  const [first, second] = [new AbortController(), new AbortController()];
  const ended = runTool({
    program,
    arguments: ['serve'],
    environment: {...process.env, BENCH_FAKE: JSON.stringify(fake)},
    directory,
    signal: first.signal,
    kill: second.signal,
    onCount: () => undefined,
    onOutput: () => undefined,
  });
  const pids = (): readonly number[] =>
    readFileSync(path.join(directory, 'pids.log'), 'utf8').trim().split('\n').map(Number);
  return {
    ended,
    interrupt: () => first.abort(),
    kill: () => second.abort(),
    running: async () => void (await eventually(() => existsSync(path.join(directory, 'started')), 'the tool to run')),
    living: () => pids().filter((pid) => readProcStatSync(pid) !== null),
  };
}

describe('a benchmark tool in its own group', () => {
  test('ends by itself, with its status and what it printed last', async () => {
    const tool = start({exits: 1, prints: 'Traceback: no tokenizer', child: true});
    expect(await tool.ended).toMatchObject({exitCode: 1, startError: null, output: 'Traceback: no tokenizer\n'});
    await eventually(() => tool.living().length === 0, 'no process to be left');
  });

  test('is interrupted, with everything that it has started', async () => {
    const tool = start({child: true});
    await tool.running();
    tool.interrupt();
    expect((await tool.ended).exitCode).toBeNull();
    await eventually(() => tool.living().length === 0, 'no process to be left');
  });

  test('one that ignores the interruption is killed at the second one', async () => {
    const tool = start({ignores: ['SIGINT', 'SIGTERM'], child: true});
    await tool.running();
    tool.interrupt();
    tool.kill();
    expect((await tool.ended).exitCode).toBeNull();
    await eventually(() => tool.living().length === 0, 'no process to be left');
  });

  test('one that does not exist is an end with a status, and not an exception', async () => {
    const tool = start({}, '/nonexistent/vllm');
    expect((await tool.ended).exitCode).toBeGreaterThan(0);
  });
});
