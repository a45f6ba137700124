import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {execa} from 'execa';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import type {InstalledNode} from '../../../src/simulator/install.ts';
import {guideSettings} from '../../engines/sglang/test-settings.ts';
import {eventually} from '../../harness/eventually.ts';
import {reservePort} from '../../harness/ports.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {type BuiltSimulator, buildSimulator} from '../build-simulator.ts';
import {chat, diagnose, type RunningEngine, readMetric, runEngine, usedMib} from '../run-engine.ts';

let simulator: BuiltSimulator;
const engines: RunningEngine[] = [];
beforeAll(async () => {
  simulator = await buildSimulator();
});
afterEach(() => {
  for (const engine of engines.splice(0)) engine.kill();
});
afterAll(() => simulator.remove());

/** Starts it with the very command line and files that Gantry starts SGLang with. */
async function start(
  node: InstalledNode,
  port: number,
  change: Partial<LaunchSettings> = {},
  apiKey: string | null = null,
): Promise<RunningEngine> {
  const settings = guideSettings({host: '127.0.0.1', port, memoryFraction: 0.85, ...change});
  const runDirectory = temporaryDirectory('sglang');
  const launch = sglang.buildLaunch(settings, {version: null, isModelOnDisk: false, apiKey, runDirectory});
  for (const file of launch.files) {
    await mkdir(path.dirname(file.path), {recursive: true});
    await writeFile(file.path, file.contents, {mode: 0o600});
  }
  const argv = launch.arguments.flatMap((argument) => argument.argv);
  const variables = Object.fromEntries(launch.environment.map(({name, value}) => [name, value]));
  const engine = runEngine(node, 'sglang', argv, port, variables);
  engines.push(engine);
  return engine;
}

async function ready(engine: RunningEngine): Promise<RunningEngine> {
  await eventually(
    () => expect(engine.output()).toContain('The server is fired up and ready to roll!'),
    'The server is fired up and ready to roll! in the output',
  );
  return engine;
}

describe('simulated SGLang', () => {
  test("starts with Gantry's command line, and prints what Gantry reads", async () => {
    const node = await simulator.install('idle');
    const engine = await ready(await start(node, await reservePort()));
    const told = diagnose(engine, 'sglang');
    expect(told).toMatchObject({engine: 'sglang', exit: 'serving', findings: []});
    expect(told.phases.map(({phase}) => phase)).toEqual(
      expect.arrayContaining(['launch', 'load-weights', 'kv-cache', 'capture-graphs', 'serve']),
    );
    const capacity = await readMetric(engine, 'sglang:max_total_num_tokens');
    expect(told.facts).toMatchObject({memoryFraction: 0.85, kvCapacityTokens: capacity, contextLengthTokens: 262_144});
    for (const used of await usedMib(node)) expect(used).toBeGreaterThan(110_000);
    const apps = await execa(node.nvidiaSmiPath, ['--query-compute-apps=process_name', '--format=csv,noheader']);
    expect(apps.stdout).toContain('sglang::scheduler_TP7');
  });

  test('answers a chat, counts its tokens when it ends, and live tokens as they come', async () => {
    const engine = await ready(await start(await simulator.install('idle'), await reservePort()));
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
    const body = await (await chat(engine, {max_tokens: 40})).json();
    expect(body).toMatchObject({usage: {completion_tokens: 40}});
    expect(await readMetric(engine, 'sglang:generation_tokens_total')).toBe(40);
    expect(await readMetric(engine, 'sglang:e2e_request_latency_seconds_count')).toBe(1);
    const live = await (await fetch(`${engine.url}/metrics`)).text();
    expect(live).toMatch(/sglang:realtime_tokens_total\{.*mode="decode".*\} 40\.0/);
  });

  test("refuses requests without the key, and keeps Gantry's key out of the log", async () => {
    const engine = await ready(await start(await simulator.install('idle'), await reservePort(), {}, 'secret-of-mine'));
    expect((await chat(engine, {max_tokens: 1})).status).toBe(401);
    expect((await chat(engine, {max_tokens: 1}, {authorization: 'Bearer secret-of-mine'})).status).toBe(200);
    expect((await fetch(`${engine.url}/metrics`)).status).toBe(200);
  });

  test('drains on SIGTERM, can be killed meanwhile, and frees the cards', async () => {
    const node = await simulator.install('steady');
    const engine = await ready(await start(node, await reservePort()));
    await eventually(
      async () => expect(await readMetric(engine, 'sglang:num_running_reqs')).toBeGreaterThan(0),
      'running requests',
    );
    engine.child.kill('SIGTERM');
    expect(await engine.ended).toEqual({code: null, signal: 'SIGKILL'});
    expect(engine.output()).toContain('SIGTERM received.');
    expect(diagnose(engine, 'sglang').exit).toBe('stopped');
    await eventually(async () => expect(Math.max(...(await usedMib(node)))).toBe(0), 'free cards');
  });

  test.each([
    ['oom-at-start', {}, 'sglang.out-of-memory-loading', []],
    ['oom-at-capture', {memoryFraction: 0.9}, 'sglang.out-of-memory-capturing', ['memoryFraction']],
    ['kv-too-small', {}, 'sglang.no-kv-cache-memory', ['memoryFraction']],
  ])('fails in %s with lines that Gantry recognizes', async (scenario, change, code, cures) => {
    const engine = await start(await simulator.install(scenario), await reservePort(), change);
    expect(await engine.ended).toEqual({code: null, signal: 'SIGKILL'});
    const {exit, findings} = diagnose(engine, 'sglang');
    expect({exit, first: findings[0]?.code}).toEqual({exit: 'failed', first: code});
    expect(Object.keys(findings[0]?.settingsChange ?? {})).toEqual(cures);
  });

  test('dies after a while in crash-loop, and the cause is logged before its consequences', async () => {
    const engine = await ready(await start(await simulator.install('crash-loop'), await reservePort()));
    // It dies a while after its first answer: one that does not come is the failure to report.
    expect((await chat(engine, {max_tokens: 1})).status).toBe(200);
    await engine.ended;
    expect(diagnose(engine, 'sglang')).toMatchObject({exit: 'failed', findings: [{severity: 'critical'}]});
    expect(engine.output()).toContain('an illegal memory access was encountered');
  });

  test('does not answer /health, and generates no token, in hang', async () => {
    const engine = await ready(await start(await simulator.install('hang'), await reservePort()));
    await chat(engine, {max_tokens: 1});
    await eventually(
      async () => expect(await readMetric(engine, 'sglang:num_running_reqs')).toBeGreaterThan(0),
      'running requests',
    );
    await eventually(
      () =>
        fetch(`${engine.url}/health`, {signal: AbortSignal.timeout(700)}).then(
          () => false,
          () => true,
        ),
      '/health to be held back',
    );
    const tokens = await readMetric(engine, 'sglang:realtime_tokens_total');
    expect(await readMetric(engine, 'sglang:realtime_tokens_total')).toBe(tokens);
  });

  test('refuses a port in use and an unknown flag', async () => {
    const node = await simulator.install('idle');
    const port = await reservePort();
    const first = await ready(await start(node, port));
    const second = await start(node, port);
    expect((await second.ended).code).toBe(1);
    expect(diagnose(second, 'sglang').findings[0]?.code).toBe('sglang.port-in-use');
    const unknown = await start(node, await reservePort(), {extraArguments: ['--no-such-flag']});
    expect((await unknown.ended).code).toBe(2);
    expect(unknown.output()).toContain('unrecognized arguments: --no-such-flag');
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
  });

  test('prints its version in the format that Gantry parses', async () => {
    const node = await simulator.install('idle');
    const {stdout} = await execa(`${node.engineDirectory}/sglang`, [...sglang.installation.versionArguments]);
    expect(sglang.installation.parseVersion(stdout)).toMatch(/^\d+\.\d+\.\d+/);
  });
});
