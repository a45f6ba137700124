import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {previewSchema} from '../../src/api/preview.ts';
import {snapshotSchema} from '../../src/api/snapshot.ts';
import {askSocket} from '../harness/ask-socket.ts';
import {eventually} from '../harness/eventually.ts';
import {noCards, writeExecutable} from '../harness/executable.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';
import {serveTcp} from '../harness/servers.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

describe('gantry demo --once', () => {
  test('prints one complete snapshot of a ready engine and leaves nothing behind', async () => {
    const result = await home.run(['demo', '--once', '--json']);
    expect(result.exitCode, result.stderr + result.stdout.slice(0, 2000)).toBe(0);
    const snapshot = snapshotSchema.parse(JSON.parse(result.stdout));
    expect(snapshot.simulated).toBe(true);
    expect(snapshot.engine.state).toBe('ready');
    expect(snapshot.gpus).toHaveLength(8);
    for (const gpu of snapshot.gpus) {
      expect(gpu.memoryUsedBytes).toBeTypeOf('number');
      expect(gpu.budget).toHaveProperty('totalBytes');
    }
    expect(snapshot.traffic.generationTokensPerSecond).toBeGreaterThan(0);
    expect(snapshot.kvCache.usageRatio).toBeTypeOf('number');
    expect(snapshot.cost.nodeUsdPerHour).toBeTypeOf('number');
    // Money needs five minutes of traffic.
    expect(snapshot.cost.windows.hour).toEqual({absent: expect.stringMatching(/^measured .* of 5m 00s$/)});
    const status = await home.run(['status']);
    expect(status.exitCode).toBe(69);
  });

  test('prints text that starts with SIMULATED', async () => {
    const result = await home.run(['demo', '--once']);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout.split('\n')[0]).toContain('SIMULATED');
  });
});

describe('on a detached simulated node', () => {
  test('status, gpus, logs, restart and the socket work as on a real one', async () => {
    await home.demo(['--speed', '400']);
    await home.waitForState('ready');
    const gpus = await home.run(['gpus', '--json']);
    expect(gpus.exitCode, gpus.stdout).toBe(0);
    expect(JSON.parse(gpus.stdout)).toMatchObject({simulated: true});
    const logs = await home.run(['logs']);
    expect(logs.stdout).toContain('Application startup complete.');
    const overSocket = await askSocket(home.socketPath, '/v1/snapshot');
    expect(overSocket.status).toBe(200);
    expect(snapshotSchema.parse(JSON.parse(overSocket.text)).engine.state).toBe('ready');
    const dry = await home.run(['restart', '--context', '65536', '--dry-run', '--json']);
    expect(dry.exitCode, dry.stdout + dry.stderr).toBe(0);
    expect(JSON.parse(dry.stdout)).toMatchObject({
      dryRun: true,
      isRefused: false,
      before: {contextLengthTokens: 262_144},
      settings: {contextLengthTokens: 65_536},
      launch: {isInstalled: true},
    });
    const restarted = await home.run(['restart', '--context', '65536', '--wait', '--json']);
    expect(restarted.exitCode, restarted.stdout + restarted.stderr).toBe(0);
    expect((await home.snapshot()).engine.settings?.contextLengthTokens).toBe(65_536);
    const models = await (await fetch(`http://127.0.0.1:${home.port}/v1/models`)).text();
    expect(models).toContain('65536');
    const before = await home.snapshot();
    const unfit = await home.run(['restart', '--memory-fraction', '0.5', '--json']);
    expect(unfit.exitCode).toBe(1);
    const unknown = await home.run(['restart', '--model', 'nosuch/model', '--json']);
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stdout).toContain('nosuch/model');
    const holder = await serveTcp(() => undefined);
    const port = await home.run(['restart', '--port', String(holder.port), '--json']);
    await holder.close();
    expect(port.exitCode).toBe(1);
    expect(port.stdout).toContain('preflight.port-in-use');
    expect(await home.snapshot(), 'nothing that is refused touches the engine').toMatchObject({
      engine: {state: 'ready', runId: before.engine.runId},
    });
    const dryFraction = await home.run(['restart', '--memory-fraction', '0.5', '--dry-run']);
    expect(dryFraction.exitCode).toBe(1);
    expect(dryFraction.stdout).toContain('0.90 -> 0.50');
    expect(dryFraction.stdout).toContain('does not fit');
  });
});

describe('gantry break-even', () => {
  test("without options has the published guide's numbers, and says that its node cannot hold the model", async () => {
    const {exitCode, stdout, stderr} = await home.run(['break-even', '--json']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      monthlyCostUsd: {low: 11_680, high: 17_520},
      blendedUsdPerMillionTokens: 2.475,
      breakEvenMillionTokensPerMonth: {low: 4719, high: 7079},
      tokensPerSecond: {low: 1795.7, high: 2693.6},
      atTokens: {tokensPerSecond: 1902.6},
      plan: {isHeld: false, reason: expect.stringContaining('more than the budget')},
      cheapestNode: {gpuName: 'NVIDIA H200', gpuCount: 8},
    });
  });

  test("takes the operator's prices, and says what is wrong with a file of them", async () => {
    home.configure('');
    const file = path.join(home.directory, 'config/prices.yaml');
    const own = '{name: ours, model: m, input: 1, cachedInput: null, output: 1, asOf: 2026-11-01, source: contract}';
    await writeFile(file, `apis: [${own}]\n`);
    const good = await home.run(['break-even', '--api', 'ours', '--usd-per-hour', '10', '--json']);
    expect(JSON.parse(good.stdout)).toMatchObject({breakEvenMillionTokensPerMonth: {low: 7300, high: 7300}});
    await writeFile(file, `apis: [${own.replace('output', 'outptu')}]\n`);
    const bad = await home.run(['break-even', '--usd-per-hour', '-3']);
    expect([bad.exitCode, bad.stdout]).toEqual([2, '']);
    const typo = await home.run(['break-even']);
    expect(typo.stderr).toContain(`${file}:1:`);
    expect(typo.stderr).toContain('Did you mean output?');
    expect(typo.stdout).toContain('4,719 to 7,079 million tokens per month');
  });
});

describe('bad input', () => {
  test('an unknown command or option is a usage error', async () => {
    const command = await home.run(['statsu']);
    expect(command.exitCode).toBe(2);
    expect(command.stderr).toContain('did you mean "status"?');
    const option = await home.run(['status', '--levitate']);
    expect(option.exitCode).toBe(2);
    expect(option.stderr).toContain('--levitate');
  });

  test.each([
    ['restart', '128K'],
    ['restart', '--context', '128', 'k', '--dry-run'],
    ['up', '8xH100'],
    ['plan', '8xH100'],
    ['down', 'now'],
    ['status', 'foo'],
    ['config', 'engine'],
    ['doctor', 'vllm'],
    ['service', 'status', 'foo'],
    ['diagnose', 'a.log', 'b.log'],
  ])('%s with an argument too many does nothing: %j', async (...argv) => {
    const result = await home.run(argv);
    expect([result.exitCode, result.stdout]).toEqual([2, '']);
    expect(result.stderr).toContain('too many arguments');
    expect(result.stderr).toContain(`Run gantry ${argv[0] ?? ''}`);
  });

  test('control characters of arguments do not reach the terminal', async () => {
    for (const argv of [['restart', '\u001b[2J128K'], ['\u001b]0;x\u0007'], ['status', '--\u009b31m']]) {
      const {exitCode, stderr} = await home.run(argv);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^error: /);
      expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });

  test('a wrong configuration is reported with the file, the key and what was expected', async () => {
    const file = path.join(home.directory, 'config', 'gantry.yaml');
    home.configure('engine:\n  port: eighty');
    const result = await home.run(['status', '--json'], {GANTRY_ENGINE_PORT: ''});
    expect(result.exitCode).toBe(78);
    const {error} = JSON.parse(result.stdout);
    expect(error.message).toContain(file);
    expect(error.message).toContain('engine.port');
    expect(error.remedy).not.toBe('');
  });

  test('a wrong layout is reported with the file and the place, and the terminal is untouched', async () => {
    await mkdir(path.join(home.directory, 'config', 'layouts'), {recursive: true});
    const file = path.join(home.directory, 'config', 'layouts', 'mine.json');
    await writeFile(file, '{"schemaVersion": 1, "name": "mine", "title": "Mine", "variants": []}');
    const console = home.open(['--layout', 'mine'], {columns: 100, rows: 30});
    expect((await console.exit).exitCode).toBe(78);
    expect(console.text().replaceAll('\n', '')).toContain('mine.json');
    expect(console.text()).toContain('variants');
    expect(console.raw()).not.toContain('\u001b[?1049h');
  });

  test('a missing nvidia-smi is a finding with a remedy', async () => {
    const result = await home.run(['gpus', '--json'], {GANTRY_NVIDIA_SMI: '/nonexistent/nvidia-smi'});
    expect(result.exitCode).toBe(1);
    const {findings} = JSON.parse(result.stdout);
    expect(findings[0]).toMatchObject({code: 'source.nvidia-smi.not-found', severity: 'critical'});
    expect(findings[0].remedy).not.toBe('');
  });

  test('a port in use is refused, with the process that uses it', async () => {
    const holder = await serveTcp(() => undefined, home.port);
    const fake = writeExecutable(path.join(home.directory, 'nvidia-smi'), noCards);
    try {
      const result = await home.run(['up', '--force', '--wait', '--json'], {GANTRY_NVIDIA_SMI: fake});
      expect(result.exitCode, result.stdout + result.stderr).toBe(1);
      expect(result.stdout).toContain('preflight.port-in-use');
      expect(result.stdout).toContain(`pid ${process.pid}`);
      const unwatched = await home.run(['up', '--force', '--json'], {GANTRY_NVIDIA_SMI: fake});
      expect(unwatched.exitCode, 'known at once, without --wait').toBe(1);
    } finally {
      await holder.close();
    }
  });

  test('a dry run of up shows the command of a start, and starts nothing', async () => {
    const fake = writeExecutable(path.join(home.directory, 'nvidia-smi'), noCards);
    const engine = writeExecutable(
      path.join(home.directory, 'bin', 'vllm'),
      '[ "$1" = --version ] && exec echo 0.28.0\nprintf "%s\\n" "$@" "$DO_NOT_TRACK"',
    );
    const env = {GANTRY_NVIDIA_SMI: fake, VLLM_API_KEY: 'sk-dry-5512', PATH: `${path.dirname(engine)}:/usr/bin:/bin`};
    const refused = await home.run(['up', '--dry-run'], env);
    expect(refused.exitCode, 'without a card a start would be refused').toBe(1);
    expect(refused.stdout).toContain('Reasons');
    const forced = await home.run(['up', '--dry-run', '--force', '--context', '65536', '--json'], env);
    expect(forced.exitCode, forced.stdout + forced.stderr).toBe(0);
    expect(refused.stdout + forced.stdout).not.toContain('sk-dry-5512');
    const {launch} = previewSchema.parse(JSON.parse(forced.stdout));
    expect(launch).toMatchObject({executable: engine, version: '0.28.0'});
    const argv = launch?.arguments.flatMap((group) => group.argv) ?? [];
    const pasted = execFileSync('/bin/sh', ['-c', launch?.command.join('\n') ?? ''], {encoding: 'utf8', env: {}});
    expect(pasted.trimEnd().split('\n')).toEqual([...argv, '1']);
    expect(argv).toContain('65536');
    expect(existsSync(home.socketPath), 'not even a supervisor').toBe(false);
  });

  test('an engine that is not installed is reported before anything starts, forced or not', async () => {
    const fake = writeExecutable(path.join(home.directory, 'nvidia-smi'), noCards);
    const env = {GANTRY_NVIDIA_SMI: fake, GANTRY_ENGINE_EXECUTABLE: '/nonexistent/vllm'};
    for (const words of [
      ['up', '--force', '--json'],
      ['up', '--force', '--dry-run', '--json'],
    ]) {
      const result = await home.run(words, env);
      expect(result.exitCode, result.stdout + result.stderr).toBe(1);
      expect(result.stdout).toContain('engine.not-found');
      expect(result.stdout).toContain('/nonexistent/vllm does not exist');
    }
  });

  test('a file in the place of the socket is reported, not removed', async () => {
    await mkdir(path.join(home.directory, 'run'), {recursive: true, mode: 0o700});
    await writeFile(home.socketPath, 'precious');
    await home.demo(['--speed', '400']);
    await eventually(async () => {
      const {stdout} = await home.run(['status', '--json']);
      return stdout.includes('supervisor.socket-lost');
    }, 'the finding');
    expect(await readFile(home.socketPath, 'utf8')).toBe('precious');
  });

  test('a second supervisor does not touch the first and says so', async () => {
    await home.demo(['--speed', '400']);
    const first = await home.waitForState('ready');
    const second = await home.run(['supervise']);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain(String(first.supervisor.pid));
    expect((await home.snapshot()).supervisor.pid).toBe(first.supervisor.pid);
  });
});
