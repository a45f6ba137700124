import {existsSync} from 'node:fs';
import {appendFile, readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {snapshotSchema} from '../../../src/api/snapshot.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, openHome} from '../../harness/gantry-home.ts';
import {pauseStart, resumeStart} from '../../harness/paused-start.ts';
import {isAlive, startProcess, startTimeOf, untilGone} from '../../harness/processes.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

const journal = (): string => path.join(home.directory, 'state', 'journal.jsonl');

describe('a supervisor that is killed', () => {
  test('while the engine loads: the load continues and becomes ready under the next one', async () => {
    pauseStart(home, 'load-weights');
    await home.demo(['--speed', '400']);
    const loading = await home.until('weights to load', ({engine}) => engine.phase === 'load-weights');
    const pid = loading.engine.pid ?? 0;
    const born = startTimeOf(pid);
    await home.killSupervisor();
    resumeStart(home);
    const ready = await home.waitForState('ready');
    expect([ready.engine.pid, startTimeOf(pid)]).toEqual([pid, born]);
    await home.until('what the log says', ({engine}) => (engine.facts['kvCapacityTokens'] ?? 0) > 0);
  });

  test('while it drains: the stop continues', async () => {
    await home.demo(['--speed', '200']);
    const {engine} = await home.until('requests', ({traffic: {runningRequests}}) => Number(runningRequests) > 0);
    const down = home.run(['down', '--drain', '15s']);
    await home.until('the drain', (snapshot) => snapshot.engine.state === 'draining');
    await home.killSupervisor();
    await down;
    await home.waitForState('stopped');
    expect(isAlive(engine.pid ?? 0)).toBe(false);
  });

  test('twenty times: the engine and its counters stay the same', async () => {
    await home.demo(['--speed', '200']);
    const {engine} = await home.waitForState('ready');
    let tokens = 0;
    for (let round = 0; round < 20; round += 1) {
      await home.killSupervisor();
      const after = await home.waitForState('ready');
      expect(after.engine.pid).toBe(engine.pid);
      const {generationTokensTotal} = after.traffic;
      if (typeof generationTokensTotal !== 'number') continue;
      expect(generationTokensTotal).toBeGreaterThanOrEqual(tokens);
      tokens = generationTokensTotal;
    }
    const seen = await home.until('counted tokens', ({traffic}) => typeof traffic.generationTokensTotal === 'number');
    const body = await (await fetch(`http://127.0.0.1:${home.port}/metrics`)).text();
    const own = Number(/^vllm:generation_tokens_total\{.*\} (\S+)$/m.exec(body)?.[1]);
    expect(seen.traffic.generationTokensTotal).toBeLessThanOrEqual(own);
  });

  test('is restarted by an open console', async () => {
    await home.demo(['--speed', '200']);
    const {engine} = await home.waitForState('ready');
    const screen = home.open([], {columns: 120, rows: 40});
    await screen.waitFor('the console', (text) => /ready/.test(text));
    const before = await home.killSupervisor();
    const next = await eventually(() => home.snapshotOrNull(), 'a supervisor that the console started');
    expect(next.supervisor.pid).not.toBe(before);
    await screen.waitFor('the return', (text) => !text.includes('does not answer') && /ready/.test(text));
    expect((await home.waitForState('ready')).engine.pid).toBe(engine.pid);
    screen.write('q');
    await screen.exit;
  });
});

test('a supervisor of an older version with another API is replaced; the engine keeps serving', async () => {
  await home.demo(['--speed', '200']);
  const {engine, supervisor} = await home.waitForState('ready');
  process.kill(supervisor.pid, 'SIGTERM');
  await untilGone(supervisor.pid, 'the supervisor');
  // What an older one is to this program: the holder of the lock and the socket, with a snapshot of another version.
  const script = `
    const {createServer} = require('node:http'); const fs = require('node:fs');
    const stat = fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
    fs.writeFileSync(process.argv[1], JSON.stringify({pid: process.pid, startTimeTicks: stat[19],
      bootId: fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), hostname: require('node:os').hostname(), nonce: 'old'}));
    process.on('SIGTERM', () => { fs.rmSync(process.argv[1], {force: true}); process.exit(0); });
    createServer((_, response) => { response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({schemaVersion: 0, supervisor: {version: '0.0.1'}})); }).listen(process.argv[2]);
  `;
  await rm(home.socketPath, {force: true});
  const lock = path.join(home.directory, 'state', 'supervisor.lock');
  const old = startProcess(process.execPath, ['-e', script, lock, home.socketPath]);
  await eventually(() => existsSync(home.socketPath), 'the old supervisor to listen');
  const after = await home.waitForState('ready');
  expect(after.engine.pid).toBe(engine.pid);
  expect(after.supervisor.pid).not.toBe(old.pid);
  await untilGone(old.pid, 'the old supervisor');
});

test('a journal with a cut line and garbage: what can be read counts, the engine is adopted', async () => {
  await home.demo(['--speed', '200']);
  const {engine} = await home.waitForState('ready');
  await home.killSupervisor();
  await writeFile(journal(), `\0\0garbage\n${await readFile(journal(), 'utf8')}`);
  await appendFile(journal(), '{"schemaVersion":1,"type":"run-en');
  const after = await home.waitForState('ready');
  expect(after.engine.pid).toBe(engine.pid);
  expect(after.findings.map(({message}) => message).join('\n')).toMatch(/incomplete|skipped/);
});

test('a pid that another program has got since is not an engine, and is not touched', async () => {
  await home.demo(['--speed', '200']);
  const {engine} = await home.waitForState('ready');
  await home.killSupervisor();
  const stranger = startProcess('sleep', ['600']);
  const text = await readFile(journal(), 'utf8');
  process.kill(engine.pid ?? 0, 'SIGKILL');
  await writeFile(journal(), text.replaceAll(`"pid":${engine.pid}`, `"pid":${stranger.pid}`));
  await home.until('the end of the run', (snapshot) =>
    ['failed', 'stopped', 'backing-off', 'ready'].includes(snapshot.engine.state),
  );
  await home.run(['down']);
  expect(isAlive(stranger.pid)).toBe(true);
});

test('supervisors that start at the same time: one wins, all commands are answered', async () => {
  await home.demo(['--speed', '200']);
  const {engine} = await home.waitForState('ready');
  await home.killSupervisor();
  const answers = await Promise.all(Array.from({length: 6}, () => home.run(['status', '--json'])));
  const pids = answers.map(({exitCode, stdout, stderr}) => {
    expect(exitCode, stdout + stderr).toBe(0);
    return snapshotSchema.parse(JSON.parse(stdout)).supervisor.pid;
  });
  expect(new Set(pids).size).toBe(1);
  expect((await home.waitForState('ready')).engine.pid).toBe(engine.pid);
});
