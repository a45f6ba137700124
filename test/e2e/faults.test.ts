import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {appendFile, mkdir, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {type Snapshot, snapshotSchema} from '../../src/api/snapshot.ts';
import {isPresent} from '../../src/samples/reading.ts';
import {createHome, type GantryHome, isAlive, startTimeOf, waitUntil} from './gantry-home.ts';

let home: GantryHome;
const others: ChildProcess[] = [];
beforeEach(async () => {
  home = await createHome();
});
afterEach(async () => {
  for (const child of others.splice(0)) child.kill('SIGKILL');
  await home.close();
});

async function configure(yaml: string): Promise<void> {
  await mkdir(path.join(home.directory, 'config'), {recursive: true});
  await writeFile(path.join(home.directory, 'config', 'gantry.yaml'), `${yaml}\n`);
}

const processesOf = ({gpus}: Snapshot) => gpus.map(({processes}) => (isPresent(processes) ? processes : []));

async function demo(...words: readonly string[]): Promise<void> {
  const {exitCode, stdout, stderr} = await home.run(['demo', '--detach', '--json', ...words]);
  expect(exitCode, stdout + stderr).toBe(0);
}

async function until(claim: string, look: (snapshot: Snapshot) => boolean, deadlineMs = 60_000): Promise<Snapshot> {
  const seen: Snapshot[] = [];
  await waitUntil(
    async () => {
      seen.splice(0, seen.length, await home.snapshot());
      return seen.some(look);
    },
    () => `${claim}; the engine is ${seen[0]?.engine.state}, findings: ${seen[0]?.findings.map(({code}) => code)}`,
    deadlineMs,
  );
  const [found] = seen;
  if (found === undefined) throw new Error(`nothing was seen of ${claim}`);
  return found;
}

const usedGib = ({gpus}: Snapshot): number =>
  Math.max(...gpus.map(({memoryUsedBytes}) => (typeof memoryUsedBytes === 'number' ? memoryUsedBytes : 0))) / 2 ** 30;
const codes = ({findings}: Snapshot): readonly string[] => findings.map(({code}) => code);

async function killSupervisor(): Promise<number> {
  const {supervisor} = await home.snapshot();
  process.kill(supervisor.pid, 'SIGKILL');
  await waitUntil(() => !isAlive(supervisor.pid), 'the supervisor to die');
  return supervisor.pid;
}

describe('a supervisor that is killed', () => {
  test('while the engine loads: the load goes on and gets ready under the next one', async () => {
    await demo('--speed', '40');
    const loading = await until('weights to load', ({engine}) => engine.phase === 'load-weights');
    const pid = loading.engine.pid ?? 0;
    const born = startTimeOf(pid);
    await killSupervisor();
    const ready = await home.waitForState('ready');
    expect([ready.engine.pid, startTimeOf(pid)]).toEqual([pid, born]);
    expect(ready.engine.facts['kvCapacityTokens']).toBeGreaterThan(0);
  });

  test('while it drains: the stop is carried on', async () => {
    await demo('--speed', '200');
    const {engine} = await until('requests', ({traffic: {runningRequests}}) => Number(runningRequests) > 0);
    const down = home.run(['down', '--drain', '600s']);
    await until('the drain', (snapshot) => snapshot.engine.state === 'draining');
    await killSupervisor();
    await down;
    await until('the end of the engine', (snapshot) => snapshot.engine.state === 'stopped');
    expect(isAlive(engine.pid ?? 0)).toBe(false);
  });

  test('twenty times over: the engine is the same, and its counters are', async () => {
    await demo('--speed', '200');
    const {engine} = await home.waitForState('ready');
    let tokens = 0;
    for (let round = 0; round < 20; round += 1) {
      await killSupervisor();
      const after = await until('the engine under a new supervisor', (snapshot) => snapshot.engine.state === 'ready');
      expect(after.engine.pid).toBe(engine.pid);
      const {generationTokensTotal} = after.traffic;
      if (typeof generationTokensTotal !== 'number') continue;
      expect(generationTokensTotal).toBeGreaterThanOrEqual(tokens);
      tokens = generationTokensTotal;
    }
    const seen = await until('counted tokens', ({traffic}) => typeof traffic.generationTokensTotal === 'number');
    const body = await (await fetch(`http://127.0.0.1:${home.port}/metrics`)).text();
    const own = Number(/^vllm:generation_tokens_total\{.*\} (\S+)$/m.exec(body)?.[1]);
    expect(seen.traffic.generationTokensTotal).toBeLessThanOrEqual(own);
  });

  test('is revived by an open console', async () => {
    await demo('--speed', '200');
    const {engine} = await home.waitForState('ready');
    const screen = home.open([], {columns: 120, rows: 40});
    await screen.waitFor('the console', (text) => /ready/.test(text));
    const before = await killSupervisor();
    await screen.waitFor('the loss', (text) => text.includes('does not answer'));
    await screen.waitFor('the return', (text) => !text.includes('does not answer') && /ready/.test(text));
    const after = await home.snapshot();
    expect(after.supervisor.pid).not.toBe(before);
    expect(after.engine.pid).toBe(engine.pid);
    screen.write('q');
    await screen.exit;
  });
});

test('a supervisor of an older version, whose API this one does not speak, gives way; the engine serves on', async () => {
  await demo('--speed', '200');
  const {engine, supervisor} = await home.waitForState('ready');
  process.kill(supervisor.pid, 'SIGTERM');
  await waitUntil(() => !isAlive(supervisor.pid), 'the supervisor to leave');
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
  const old = spawn(process.execPath, [
    '-e',
    script,
    path.join(home.directory, 'state', 'supervisor.lock'),
    home.socketPath,
  ]);
  others.push(old);
  await waitUntil(() => existsSync(home.socketPath), 'the old supervisor to listen');
  const after = await home.waitForState('ready');
  expect(after.engine.pid).toBe(engine.pid);
  expect(after.supervisor.pid).not.toBe(old.pid);
  await waitUntil(() => !isAlive(old.pid ?? 0), 'the old supervisor to be gone');
});

describe('an engine that dies', () => {
  test.each([
    ['launch', '4'],
    ['load-weights', '40'],
    ['capture-graphs', '40'],
  ])('while %s: failed with the phase, nothing left, cards free', async (phase, speed) => {
    await demo('--speed', speed);
    const seen = await until(phase, ({engine}) => engine.phase === phase);
    process.kill(seen.engine.pid ?? 0, 'SIGKILL');
    const failed = await until('the failure', ({engine}) => engine.state === 'failed');
    expect(failed.engine.exit).toMatchObject({status: 137, wasRequested: false});
    await until('free cards', (snapshot) => usedGib(snapshot) < 1);
  });

  test.each([
    ['oom-at-start', 'vllm.out-of-memory-loading'],
    ['kv-too-small', 'vllm.kv-cache-too-small'],
  ])('with status 1 in %s: the cause, and no restart', async (scenario, code) => {
    await demo('--speed', '200', '--scenario', scenario);
    const failed = await until('the failure', ({engine}) => engine.state === 'failed');
    expect(codes(failed)).toContain(code);
    expect(failed.engine).toMatchObject({backOff: null, exit: {status: 1}});
  });

  test('while it serves, by SIGKILL: its workers are taken off the cards, and it comes back by itself', async () => {
    await configure('restart: {firstDelaySeconds: 0.5}');
    await demo('--speed', '200');
    const before = await home.waitForState('ready');
    process.kill(before.engine.pid ?? 0, 'SIGKILL');
    const waiting = await until(
      'the wait',
      ({engine}) => engine.state === 'backing-off' || engine.state === 'preflight',
    );
    expect(waiting.engine.exit).toMatchObject({status: 137, wasRequested: false});
    const after = await until(
      'another engine',
      ({engine}) => engine.state === 'ready' && engine.pid !== before.engine.pid,
    );
    expect(after.engine.exit).toBeNull();
    expect(
      processesOf(after)
        .flat()
        .filter(({isOwn}) => !isOwn),
    ).toEqual([]);
  });

  test('again and again: it stays down after so many restarts, says why, and the cards are free', async () => {
    await configure('restart: {firstDelaySeconds: 0.1, maxInARow: 2}');
    await demo('--speed', '400', '--scenario', 'crash-loop');
    const down = await until(
      'the end of restarts',
      (snapshot) => codes(snapshot).includes('lifecycle.crash-loop'),
      120_000,
    );
    expect(down.engine.state).toBe('failed');
    expect(down.findings[0]?.message).toContain('restarted 2 times in a row');
    await until('free cards', (snapshot) => usedGib(snapshot) < 1);
    const runs = await readFile(path.join(home.directory, 'state', 'journal.jsonl'), 'utf8');
    expect(runs.match(/"type":"run-started"/g)).toHaveLength(3);
  });

  test('is not restarted where the policy says so', async () => {
    await configure('restart: {automatic: false}');
    await demo('--speed', '200');
    const {engine} = await home.waitForState('ready');
    process.kill(engine.pid ?? 0, 'SIGKILL');
    const failed = await until('the failure', (snapshot) => snapshot.engine.state === 'failed');
    expect(failed.engine.backOff).toBeNull();
  });
});

test('an engine that ignores SIGTERM is ended by force, whole', async () => {
  await demo('--speed', '200');
  const {engine} = await home.waitForState('ready');
  process.kill(engine.pid ?? 0, 'SIGSTOP');
  const down = await home.run(['down', '--json']);
  expect(down.exitCode, down.stderr).toBe(0);
  expect(isAlive(engine.pid ?? 0)).toBe(false);
  await until('free cards', (snapshot) => usedGib(snapshot) < 1);
});

test('an engine that hangs with a healthy /health is degraded, with evidence, and restarted where the policy says so', async () => {
  await configure('restart: {hangMinutes: 0.02, firstDelaySeconds: 0.1}');
  await demo('--speed', '100', '--scenario', 'hang');
  const before = await home.waitForState('ready');
  const hung = await until('the hang', ({engine}) => engine.state === 'degraded', 150_000);
  expect(hung.engine.health).toBe('200 OK');
  const finding = hung.findings.find(({code}) => code === 'lifecycle.not-generating');
  expect(finding?.message).toMatch(/\d+ requests are running and the engine made no step for \d+ s/);
  expect(finding?.evidence).toMatch(/last log line \d+ s ago: .*; .*(at work|rest|spins)/);
  await until('another engine', ({engine}) => engine.state === 'ready' && engine.pid !== before.engine.pid);
}, 240_000);

test('a flood of 50 MB/s of log neither fills the disk nor takes the supervisor', async () => {
  await configure('engineLog: {maxMegabytes: 16, keepFiles: 1}');
  await demo('--speed', '200');
  const {engine} = await home.waitForState('ready');
  const logPath = engine.logPath ?? '';
  const flood = spawn(process.execPath, [
    '-e',
    `const fs = require('node:fs'); const log = fs.openSync(process.argv[1], 'a');
     const bytes = Buffer.from('INFO a line of noise that an engine repeats\\n'.repeat(58_000));
     setInterval(() => fs.writeSync(log, bytes), 50);`,
    logPath,
  ]);
  others.push(flood);
  const flooded = await until('the flood to be told', (snapshot) => codes(snapshot).includes('source.log.flood'));
  expect(flooded.engine.state).toBe('ready');
  const sizeMib = async (): Promise<number> => {
    const files = await readdir(path.dirname(logPath));
    const stats = await Promise.all(
      files.map((file) => stat(path.join(path.dirname(logPath), file)).catch(() => null)),
    );
    return stats.reduce((sum, one) => sum + (one?.size ?? 0), 0) / 2 ** 20;
  };
  for (let look = 0; look < 10; look += 1) {
    expect((await home.snapshot()).engine.state).toBe('ready');
    expect(await sizeMib()).toBeLessThan(400);
  }
  flood.kill('SIGKILL');
  expect(isAlive(engine.pid ?? 0)).toBe(true);
});

test('a port that is stolen while the engine loads is told, with who has it', async () => {
  await demo('--speed', '40', '--engine', 'sglang');
  await until('weights to load', ({engine}) => engine.phase === 'load-weights');
  const thief = createServer().listen(home.port, '127.0.0.1');
  await once(thief, 'listening');
  const failed = await until('the failure', ({engine}) => engine.state === 'failed');
  thief.close();
  expect(codes(failed)).toContain('sglang.port-in-use');
});

test('a journal with a torn line and garbage: what can be read counts, the engine is taken over', async () => {
  await demo('--speed', '200');
  const {engine} = await home.waitForState('ready');
  await killSupervisor();
  const journal = path.join(home.directory, 'state', 'journal.jsonl');
  await writeFile(journal, `\0\0garbage\n${await readFile(journal, 'utf8')}`);
  await appendFile(journal, '{"schemaVersion":1,"type":"run-en');
  const after = await home.waitForState('ready');
  expect(after.engine.pid).toBe(engine.pid);
  expect(after.findings.map(({message}) => message).join('\n')).toMatch(/cut short|left out/);
});

test('a pid that another program has got since is nobody\u2019s engine, and is not touched', async () => {
  await demo('--speed', '200');
  const {engine} = await home.waitForState('ready');
  await killSupervisor();
  const stranger = spawn('sleep', ['600']);
  others.push(stranger);
  const journal = path.join(home.directory, 'state', 'journal.jsonl');
  const text = await readFile(journal, 'utf8');
  process.kill(engine.pid ?? 0, 'SIGKILL');
  await writeFile(journal, text.replaceAll(`"pid":${engine.pid}`, `"pid":${stranger.pid}`));
  await until('the end of the run', (snapshot) =>
    ['failed', 'stopped', 'backing-off', 'ready'].includes(snapshot.engine.state),
  );
  await home.run(['down']);
  expect(isAlive(stranger.pid ?? 0)).toBe(true);
});

describe('commands at once', () => {
  test('two consoles that want opposite things end with one engine or none, never two', async () => {
    await demo('--speed', '200');
    await home.waitForState('ready');
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([
        home.run(['down']),
        home.run(['restart', '--context', '131072']),
        home.run(['restart', '--context', '65536']),
        home.run(['down']),
      ]);
      const settled = await until(
        'a settled state',
        ({engine}) => engine.state === 'ready' || engine.state === 'stopped',
      );
      expect(Math.max(...processesOf(settled).map((processes) => processes.length))).toBeLessThanOrEqual(1);
      if (settled.engine.state === 'stopped') await demo('--speed', '200');
      await home.waitForState('ready');
    }
  });

  test('supervisors that race to start: one wins, all commands are answered', async () => {
    await demo('--speed', '200');
    const {engine} = await home.waitForState('ready');
    await killSupervisor();
    const answers = await Promise.all(Array.from({length: 6}, () => home.run(['status', '--json'])));
    const pids = answers.map(({exitCode, stdout, stderr}) => {
      expect(exitCode, stdout + stderr).toBe(0);
      return snapshotSchema.parse(JSON.parse(stdout)).supervisor.pid;
    });
    expect(new Set(pids).size).toBe(1);
    expect((await home.waitForState('ready')).engine.pid).toBe(engine.pid);
  });
});

test('a clock that is stepped by an hour, forth and back, changes nothing', async () => {
  const offset = path.join(home.directory, 'offset');
  const clock = path.join(home.directory, 'clock.mjs');
  await writeFile(offset, '0');
  await writeFile(
    clock,
    `import {readFileSync} from 'node:fs'; const real = Date.now;
     Date.now = () => real() + Number(readFileSync(${JSON.stringify(offset)}, 'utf8'));`,
  );
  const env = {NODE_OPTIONS: `--import=${clock}`};
  const started = await home.run(['demo', '--detach', '--json', '--speed', '200'], env);
  expect(started.exitCode, started.stderr).toBe(0);
  const {engine} = await home.waitForState('ready');
  for (const step of ['3600000', '-3600000', '0']) {
    await writeFile(offset, step);
    const {sequence} = await home.snapshot();
    const after = await until('more snapshots', (snapshot) => snapshot.sequence > sequence + 4);
    expect(after.engine).toMatchObject({state: 'ready', pid: engine.pid});
    expect(after.findings.filter(({severity}) => severity === 'critical')).toEqual([]);
    expect(Object.values(after.sources).map(({state}) => state)).toEqual(['ok', 'ok', 'ok']);
  }
});

describe('a restart with other settings that fails', () => {
  test('offers the last good ones, and takes them on a word', async () => {
    await demo('--speed', '200');
    await home.waitForState('ready');
    const failed = await home.run(['restart', '--context', '262144', '--memory-fraction', '0.57', '--force', '--wait']);
    expect(failed.exitCode).toBe(1);
    const snapshot = await home.snapshot();
    expect(snapshot.engine.state).toBe('failed');
    expect(snapshot.findings.find(({code}) => code === 'lifecycle.last-good-settings')?.settingsChange).toEqual({
      memoryFraction: 0.9,
    });
    const again = await home.run(['restart', '--last-good', '--wait']);
    expect(again.exitCode, again.stderr).toBe(0);
    expect((await home.snapshot()).engine.settings?.memoryFraction).toBe(0.9);
  });

  test('takes them by itself with --rollback, and says what was wrong', async () => {
    await demo('--speed', '200');
    await home.waitForState('ready');
    await home.run(['restart', '--memory-fraction', '0.57', '--force', '--rollback']);
    const back = await until(
      'the return of the last good settings',
      ({engine}) => engine.state === 'ready' && engine.settings?.memoryFraction === 0.9,
    );
    expect(codes(back)).toContain('lifecycle.rolled-back');
  });
});
