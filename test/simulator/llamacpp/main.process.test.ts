import {execa} from 'execa';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {z} from 'zod';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {readRequestLine} from '../../../src/engines/llamacpp/request-lines.ts';
import {readSlotUsage} from '../../../src/engines/llamacpp/slot-usage.ts';
import type {LoggedRequest} from '../../../src/samples/logged-request.ts';
import type {InstalledNode} from '../../../src/simulator/install.ts';
import {ggufSettings} from '../../engines/llamacpp/test-settings.ts';
import {eventually} from '../../harness/eventually.ts';
import {reservePort} from '../../harness/ports.ts';
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

/** Starts it with the very command line that Gantry starts llama-server with. */
function start(
  node: InstalledNode,
  port: number,
  change: Partial<LaunchSettings> = {},
  apiKey: string | null = null,
): RunningEngine {
  const settings = ggufSettings({host: '127.0.0.1', port, ...change});
  const launch = llamacpp.buildLaunch(settings, {version: null, isModelOnDisk: false, apiKey, runDirectory: '/tmp'});
  const argv = launch.arguments.flatMap((argument) => argument.argv);
  const variables = Object.fromEntries(launch.environment.map(({name, value}) => [name, value]));
  const engine = runEngine(node, 'llama-server', argv, port, variables);
  engines.push(engine);
  return engine;
}

async function ready(engine: RunningEngine): Promise<RunningEngine> {
  await eventually(
    () => expect(engine.output()).toContain('listening on http://'),
    'listening on http:// in the output',
  );
  return engine;
}

describe('simulated llama-server', () => {
  test('answers 503 while it loads, then serves the request', async () => {
    const node = await simulator.install('idle', {speed: 100});
    const engine = start(node, await reservePort());
    await eventually(
      () => expect(engine.output()).toContain('loading model tensors'),
      'loading model tensors in the output',
    );
    expect((await fetch(`${engine.url}/health`)).status).toBe(503);
    expect((await chat(engine, {max_tokens: 1})).status).toBe(503);
    await ready(engine);
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
    const told = diagnose(engine, 'llamacpp');
    expect(told).toMatchObject({exit: 'serving', findings: []});
    expect(told.facts).toMatchObject({contextLengthTokens: 262_144, kvCapacityTokens: 262_144, maxRunningRequests: 4});
    for (const used of await usedMib(node)) expect(used).toBeGreaterThan(70_000);
  });

  test('answers a chat and counts its tokens when it ends', async () => {
    const engine = await ready(start(await simulator.install('idle'), await reservePort()));
    const body = await (await chat(engine, {max_tokens: 30})).json();
    expect(body).toMatchObject({usage: {completion_tokens: 30}});
    expect(await readMetric(engine, 'llamacpp:tokens_predicted_total')).toBe(30);
    expect(await readMetric(engine, 'llamacpp:n_decode_total')).toBeGreaterThan(0);
  });

  test('logs the times of a request when it ends, and shows its tokens in /slots while it runs', async () => {
    const engine = await ready(start(await simulator.install('idle'), await reservePort()));
    const slots = async (): Promise<unknown> => (await fetch(`${engine.url}/slots`)).json();
    const settings = {contextLengthTokens: 262_144};
    expect(readSlotUsage(await slots(), settings)).toBe(0);
    const answer = chat(engine, {max_tokens: 400});
    await eventually(async () => expect(readSlotUsage(await slots(), settings)).toBeGreaterThan(0), 'a slot in use');
    const {usage} = z.object({usage: z.object({completion_tokens: z.number()})}).parse(await (await answer).json());
    const logged = (): LoggedRequest[] =>
      engine
        .output()
        .split('\n')
        .map(readRequestLine)
        .filter((line) => line !== null);
    await eventually(() => expect(logged().at(-1)?.part).toBe('released'), 'the release of the slot in the log');
    expect(logged()).toMatchObject([
      {part: 'started', task: '0'},
      {part: 'prefill'},
      {part: 'decode', generatedTokens: usage.completion_tokens},
      {part: 'complete', task: '0'},
      {part: 'released', task: '0'},
    ]);
    expect(readSlotUsage(await slots(), settings)).toBe(0);
  });

  test('refuses requests without the key, also to /metrics, and never prints it completely', async () => {
    const engine = await ready(start(await simulator.install('idle'), await reservePort(), {}, 'secret-of-mine'));
    expect((await chat(engine, {max_tokens: 1})).status).toBe(401);
    expect((await fetch(`${engine.url}/metrics`)).status).toBe(401);
    expect((await chat(engine, {max_tokens: 1}, {authorization: 'Bearer secret-of-mine'})).status).toBe(200);
    expect(engine.output()).not.toContain('secret-of-mine');
  });

  test('when it hangs, what the decoding loop answers gets no answer, and /health says ok', async () => {
    const engine = await ready(start(await simulator.install('hang', {speed: 400}), await reservePort()));
    await chat(engine, {max_tokens: 1});
    await eventually(async () => {
      const signal = AbortSignal.timeout(1_000);
      await expect(fetch(`${engine.url}/metrics`, {signal})).rejects.toThrow('timeout');
    }, 'metrics without an answer');
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
  });

  test('stops cleanly on SIGTERM with status 0 and frees the cards', async () => {
    const node = await simulator.install('idle');
    const engine = await ready(start(node, await reservePort()));
    engine.child.kill('SIGTERM');
    expect(await engine.ended).toEqual({code: 0, signal: null});
    expect(diagnose(engine, 'llamacpp').exit).toBe('stopped');
    await eventually(async () => expect(Math.max(...(await usedMib(node)))).toBe(0), 'free cards');
  });

  test.each<[string, Partial<LaunchSettings>, string]>([
    ['oom-at-start', {}, 'llamacpp.out-of-memory-loading'],
    ['kv-too-small', {}, 'llamacpp.out-of-memory-kv-cache'],
    ['idle', {model: '/models/nothing-here.bin', format: 'auto'}, 'llamacpp.model-missing'],
  ])('fails in %s with lines that Gantry recognizes', async (scenario, change, code) => {
    const engine = start(await simulator.install(scenario), await reservePort(), change);
    expect(await engine.ended).toEqual({code: 1, signal: null});
    const {exit, findings} = diagnose(engine, 'llamacpp');
    expect({exit, first: findings[0]?.code}).toEqual({exit: 'failed', first: code});
  });

  test('dies after a while in crash-loop with the CUDA error', async () => {
    const engine = await ready(start(await simulator.install('crash-loop'), await reservePort()));
    // It dies a while after its first answer: one that does not come is the failure to report.
    expect((await chat(engine, {max_tokens: 1})).status).toBe(200);
    expect(await engine.ended).toEqual({code: null, signal: 'SIGABRT'});
    expect(diagnose(engine, 'llamacpp')).toMatchObject({exit: 'failed', findings: [{severity: 'critical'}]});
  });

  test('refuses a port in use', async () => {
    const node = await simulator.install('idle');
    const port = await reservePort();
    await ready(start(node, port));
    const second = start(node, port);
    expect((await second.ended).code).toBe(1);
    expect(diagnose(second, 'llamacpp').findings[0]?.code).toBe('llamacpp.port-in-use');
  });

  test('prints its version in the format that Gantry parses', async () => {
    const node = await simulator.install('idle');
    const {stdout, stderr} = await execa(`${node.engineDirectory}/llama-server`, [
      ...llamacpp.installation.versionArguments,
    ]);
    expect(llamacpp.installation.parseVersion(`${stdout}\n${stderr}`)).not.toBeNull();
  });
});
