import {appendFile, mkdir, readFile, truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import {execa} from 'execa';
import {beforeEach, describe, expect, test} from 'vitest';
import {outOfMemoryLine, readyStart} from '../engines/vllm/start-log.ts';
import {type GantryHome, gantryEntry, openHome} from '../harness/gantry-home.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

const failedLog = [...readyStart.slice(0, -4), outOfMemoryLine, ''].join('\n');

async function logFile(contents: string | Uint8Array, name = 'engine.log'): Promise<string> {
  const file = path.join(home.directory, name);
  await writeFile(file, contents);
  return file;
}

describe('gantry diagnose', () => {
  test('reports the cause and its fix from a file, a compressed file and a pipe', async () => {
    const plain = await home.run(['diagnose', await logFile(failedLog)]);
    expect(plain.exitCode).toBe(1);
    expect(plain.stdout).toMatch(/^vLLM 0\.28\.0: FAILED/);
    expect(plain.stdout).toContain('setting     memory fraction 0.85');
    for (const line of plain.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const compressed = await home.run(['diagnose', await logFile(gzipSync(failedLog), 'engine.log.1.gz')]);
    expect(compressed.stdout).toBe(plain.stdout);
    const piped = await execa(process.execPath, [gantryEntry, 'diagnose'], {
      input: failedLog,
      env: home.environment,
      reject: false,
    });
    expect(piped.stdout).toBe(plain.stdout.trimEnd());
  });

  test('of a pipe by name, as of a shell, is that of the same text', async () => {
    const plain = await home.run(['diagnose', await logFile(failedLog)]);
    const line = `"$NODE" "$GANTRY" diagnose <(cat "$LOG")`;
    const env = {
      ...home.environment,
      NODE: process.execPath,
      GANTRY: gantryEntry,
      LOG: path.join(home.directory, 'engine.log'),
    };
    const named = await execa('bash', ['-c', line], {env, reject: false});
    expect(named.stdout).toBe(plain.stdout.trimEnd());
  });

  test('of 20 GB reads the beginning and the end, where the failure is', async () => {
    const file = await logFile(`${readyStart.join('\n')}\n`);
    await truncate(file, 20e9);
    await appendFile(file, `\n${outOfMemoryLine}\n`);
    const {exitCode, stdout} = await home.run(['diagnose', '--json', file]);
    expect(exitCode).toBe(1);
    const diagnosis = JSON.parse(stdout) as unknown;
    expect(diagnosis).toMatchObject({exit: 'failed', version: '0.28.0', unread: {isOpenEnded: false}});
    expect(diagnosis).toHaveProperty('unread.bytes', expect.closeTo(19.7e9, -8));
    expect((await home.run(['diagnose', file])).stdout).toMatch(/^not read\s+18\.\d+ GiB/);
  });

  test('with an open pipe that stays empty says that it reads standard input, and how to give a file', async () => {
    const waiting = execa(process.execPath, [gantryEntry, 'diagnose'], {
      stdin: 'pipe',
      env: home.environment,
      reject: false,
      buffer: true,
    });
    const said = await new Promise<string>((resolve) => {
      waiting.stderr.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    });
    expect(said).toMatch(/^[^\n]*standard input[^\n]*gantry diagnose FILE[^\n]*\n$/);
    waiting.stdin.end(failedLog);
    const {stdout, exitCode} = await waiting;
    expect(stdout).toMatch(/^vLLM 0\.28\.0: FAILED/);
    expect(exitCode).toBe(1);
  });

  test('with empty input, as in a script, says what it looked for', async () => {
    const empty = await execa(process.execPath, [gantryEntry, 'diagnose'], {
      stdin: 'ignore',
      env: home.environment,
      reject: false,
    });
    expect(empty.exitCode).toBe(2);
    expect(empty.stderr).toContain('no engine was started on this host');
  });

  test('with empty input reads the log of the last run', async () => {
    const stateDir = home.environment['GANTRY_STATE_DIR'] ?? '';
    const run = path.join(stateDir, 'runs', '20260101-000000-abcd');
    await mkdir(run, {recursive: true});
    await writeFile(path.join(run, 'engine.log'), failedLog);
    const {stdout, exitCode} = await execa(process.execPath, [gantryEntry, 'diagnose'], {
      stdin: 'ignore',
      env: home.environment,
      reject: false,
    });
    expect(stdout).toMatch(/^vLLM 0\.28\.0: FAILED/);
    expect(exitCode).toBe(1);
  });

  test('prints one document with --json, without the keys that the engine printed', async () => {
    const file = await logFile(`${readyStart.join('\n')}\n`);
    const {stdout, exitCode} = await home.run(['diagnose', '--json', '--engine', 'vllm', file]);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('gk-secret');
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      engine: 'vllm',
      version: '0.28.0',
      phase: 'serve',
      exit: 'serving',
      findings: [],
      facts: {kvCapacityTokens: 771_728},
    });
  });

  test.each<[string, () => Promise<readonly string[]>, RegExp]>([
    [
      'a file that is not there',
      async () => ['/nowhere/engine.log'],
      /\/nowhere\/engine\.log cannot be read: no such file/,
    ],
    ['a directory', async () => [home.directory], /it is a directory/],
    ['an engine that there is not', async () => ['--engine', 'tgi', await logFile('x')], /Unknown engine "tgi"/],
    ['a log of something else', async () => [await logFile('nginx: started\n')], /no line of a known engine/],
    [
      'a broken archive',
      async () => [await logFile(gzipSync(failedLog).subarray(0, 60))],
      /could not be read completely/,
    ],
  ])('says what is wrong with %s', async (_, words, message) => {
    const {exitCode, stderr} = await home.run(['diagnose', ...(await words())]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('without a file reads the log of the managed engine', async () => {
    await home.demo(['--speed', '400']);
    await home.waitForState('ready');
    const terminal = home.open(['diagnose'], {columns: 80, rows: 24});
    await terminal.waitFor('the diagnosis', (text) => /vLLM \S+: serving/.test(text));
    expect(await terminal.exit).toMatchObject({exitCode: 0});
  });

  test('the start of the managed engine took as long as status and events say, also when it has ended', async () => {
    await home.demo(['--speed', '400']);
    const {engine} = await home.waitForState('ready');
    const startSeconds = ((engine.readyAtMs ?? 0) - (engine.startedAtMs ?? 0)) / 1000;
    const logPath = engine.logPath ?? '';
    const diagnosed = async () => JSON.parse((await home.run(['diagnose', '--json', logPath])).stdout);
    expect(await diagnosed()).toMatchObject({startSeconds, startSecondsFrom: 'run'});
    const events = JSON.parse((await home.run(['events', '--json'])).stdout);
    expect(JSON.stringify(events)).toContain(`"startMs":${startSeconds * 1000}`);
    await home.killSupervisor();
    expect(await diagnosed()).toMatchObject({startSeconds, startSecondsFrom: 'run'});
    // A copy is a log like any other.
    const copy = await logFile(await readFile(logPath));
    const {stdout} = await home.run(['diagnose', '--json', copy]);
    expect(JSON.parse(stdout)).toMatchObject({startSecondsFrom: 'log'});
  });

  test('without a file reads the log of the last run after it failed, with and without a supervisor', async () => {
    await home.demo(['--speed', '400', '--scenario', 'oom-at-start']);
    await home.until('the failed start', ({engine}) => engine.state === 'failed' && engine.runId === null);
    const first = home.open(['diagnose'], {columns: 80, rows: 24});
    await first.waitFor('the diagnosis', (text) => /vLLM \S+: FAILED/.test(text));
    expect(await first.exit).toMatchObject({exitCode: 1});
    await home.killSupervisor();
    const second = home.open(['diagnose'], {columns: 80, rows: 24});
    await second.waitFor('the diagnosis', (text) => /vLLM \S+: FAILED/.test(text));
    expect(await second.exit).toMatchObject({exitCode: 1});
  });
});
