import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {execa} from 'execa';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {z} from 'zod';
import type {InstalledNode} from '../../../src/simulator/install.ts';
import {pauseFile} from '../../../src/simulator/process/start-clock.ts';
import {eventually} from '../../harness/eventually.ts';
import {reservePort} from '../../harness/ports.ts';
import {untilGone} from '../../harness/processes.ts';
import {type BuiltSimulator, buildSimulator} from '../build-simulator.ts';
import {chat, type RunningEngine, readMetric, runEngine, usedMib} from '../run-engine.ts';

const flags =
  '--tensor-parallel-size 8 --mm-encoder-tp-mode data --trust-remote-code --reasoning-parser kimi_k2 --host 127.0.0.1';

const usageSchema = z.object({usage: z.object({prompt_tokens_details: z.object({cached_tokens: z.number()})})});
const chunkSchema = z.object({
  choices: z.array(z.object({delta: z.object({reasoning: z.string().optional(), content: z.string().optional()})})),
  usage: z.object({prompt_tokens: z.number(), completion_tokens: z.number()}).optional(),
});

let simulator: BuiltSimulator;
const engines: RunningEngine[] = [];
beforeAll(async () => {
  simulator = await buildSimulator();
});
afterEach(() => {
  for (const engine of engines.splice(0)) engine.kill();
});
afterAll(() => simulator.remove());

function start(node: InstalledNode, port: number, more = '', environment: Record<string, string> = {}): RunningEngine {
  const argv = `serve moonshotai/Kimi-K2.7-Code ${flags} --port ${port} ${more}`.trim().split(/\s+/);
  const engine = runEngine(node, 'vllm', argv, port, environment);
  engines.push(engine);
  return engine;
}

async function ready(engine: RunningEngine): Promise<RunningEngine> {
  await eventually(
    () => expect(engine.output()).toContain('Application startup complete.'),
    'Application startup complete. in the output',
  );
  return engine;
}

describe('simulated vLLM', () => {
  test('refuses connections until it is ready, then serves, with its memory on every card', async () => {
    const node = await simulator.install('idle');
    const pause = pauseFile(node.engineDirectory);
    writeFileSync(pause, '340000');
    const engine = start(node, await reservePort());
    await eventually(
      () => expect(engine.output()).toContain('Loading safetensors'),
      'Loading safetensors in the output',
    );
    await expect(fetch(`${engine.url}/health`)).rejects.toThrow();
    rmSync(pause);
    await ready(engine);
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
    const models = await (await fetch(`${engine.url}/v1/models`)).json();
    expect(models).toMatchObject({data: [{id: 'moonshotai/Kimi-K2.7-Code', owned_by: 'vllm', max_model_len: 262_144}]});
    for (const used of await usedMib(node)) expect(used).toBeGreaterThan(125_000);
    const apps = await execa(node.nvidiaSmiPath, ['--query-compute-apps=pid,process_name', '--format=csv,noheader']);
    expect(apps.stdout.split('\n').map((row) => row.split(', ')[1])).toContain('VLLM::Worker_TP7');
  });

  test('streams a chat whose usage equals the growth of the counters', async () => {
    const engine = await ready(start(await simulator.install('idle'), await reservePort()));
    const names = [
      'vllm:prompt_tokens_total',
      'vllm:generation_tokens_total',
      'vllm:request_success_total',
      'vllm:time_to_first_token_seconds_count',
      'vllm:request_generation_tokens_sum',
    ];
    const before = await Promise.all(names.map((name) => readMetric(engine, name)));
    const response = await chat(engine, {stream: true, stream_options: {include_usage: true}, max_tokens: 40});
    const events = (await response.text()).split('\n\n').filter((event) => event !== '');
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = events.slice(0, -1).map((event) => chunkSchema.parse(JSON.parse(event.slice('data: '.length))));
    const usage = chunks.at(-1)?.usage;
    const argv = chunks.filter(({choices}) =>
      choices.some(({delta}) => (delta.reasoning ?? delta.content ?? '') !== ''),
    );
    expect(usage?.completion_tokens).toBe(40);
    expect(argv).toHaveLength(40);
    const after = await Promise.all(names.map((name) => readMetric(engine, name)));
    const grown = after.map((value, at) => value - (before[at] ?? 0));
    expect(grown).toEqual([usage?.prompt_tokens, 40, 1, 1, 40]);
    expect(await readMetric(engine, 'vllm:kv_cache_usage_perc')).toBe(0);
    expect(await readMetric(engine, 'vllm:num_requests_running')).toBe(0);
  });

  test('finds a repeated prompt in the prefix cache and reports it on request', async () => {
    const engine = await ready(
      start(await simulator.install('idle'), await reservePort(), '--enable-prompt-tokens-details'),
    );
    const cached = async (): Promise<number> => {
      const body = await (await chat(engine, {max_tokens: 2})).json();
      return usageSchema.parse(body).usage.prompt_tokens_details.cached_tokens;
    };
    expect(await cached()).toBe(0);
    const second = await cached();
    expect(second).toBeGreaterThan(200);
    expect(await readMetric(engine, 'vllm:prompt_tokens_cached_total')).toBe(second);
  });

  test('refuses what exceeds the context length, another model, bad JSON and a missing key', async () => {
    const engine = await ready(
      start(await simulator.install('idle'), await reservePort(), '--max-model-len 8K', {VLLM_API_KEY: 'secret'}),
    );
    const key = {authorization: 'Bearer secret'};
    expect((await chat(engine, {})).status).toBe(401);
    expect((await fetch(`${engine.url}/metrics`)).status).toBe(200);
    const long = await chat(engine, {max_tokens: 8_192}, key);
    expect([long.status, await long.json()]).toMatchObject([
      400,
      {error: {type: 'BadRequestError', param: 'input_tokens'}},
    ]);
    const other = await chat(engine, {model: 'other', max_tokens: 1}, key);
    expect([other.status, await other.json()]).toMatchObject([404, {error: {type: 'NotFoundError'}}]);
    const broken = await fetch(`${engine.url}/v1/completions`, {method: 'POST', headers: key, body: '{'});
    expect(broken.status).toBe(400);
    expect(engine.output()).not.toContain('secret');
  });

  test('counts a client that disconnects as aborted and frees its memory', async () => {
    const engine = await ready(start(await simulator.install('idle'), await reservePort()));
    const client = new AbortController();
    const body = JSON.stringify({prompt: 'a', max_tokens: 20_000, ignore_eos: true, stream: true});
    const response = await fetch(`${engine.url}/v1/completions`, {method: 'POST', body, signal: client.signal});
    expect(response.status).toBe(200);
    client.abort();
    await eventually(
      async () => expect(await readMetric(engine, 'vllm:num_requests_running')).toBe(0),
      'no running request',
    );
    const text = await (await fetch(`${engine.url}/metrics`)).text();
    expect(text).toContain('finished_reason="abort",model_name="moonshotai/Kimi-K2.7-Code"} 1.0');
  });

  test('generates its own traffic', async () => {
    const engine = await ready(start(await simulator.install('steady'), await reservePort()));
    await eventually(
      async () => expect(await readMetric(engine, 'vllm:generation_tokens_total')).toBeGreaterThan(100),
      'generated tokens',
    );
    expect(await readMetric(engine, 'vllm:kv_cache_usage_perc')).toBeGreaterThan(0);
  });

  test('stops cleanly on SIGTERM with status 0, ignores a second one, and frees the cards', async () => {
    const node = await simulator.install('steady');
    const engine = await ready(start(node, await reservePort()));
    await eventually(
      async () => expect(await readMetric(engine, 'vllm:num_requests_running')).toBeGreaterThan(0),
      'running requests',
    );
    engine.child.kill('SIGTERM');
    engine.child.kill('SIGTERM');
    expect(await engine.ended).toEqual({code: 0, signal: null});
    const told = engine.output();
    expect(told.indexOf('[shutdown] API server: shutdown triggered')).toBeLessThan(
      told.indexOf('Application shutdown complete.'),
    );
    expect(Math.max(...(await usedMib(node)))).toBe(0);
  });

  test('leaves an engine core that keeps the memory when its server is killed, and a new start reports it', async () => {
    const node = await simulator.install('idle');
    const port = await reservePort();
    const engine = await ready(start(node, port));
    const group = engine.child.pid ?? 0;
    engine.child.kill('SIGKILL');
    await untilGone(engine.child.pid ?? 0, 'the API server');
    expect(Math.min(...(await usedMib(node)))).toBeGreaterThan(125_000);
    const second = start(node, port);
    expect((await second.ended).code).toBe(1);
    expect(second.output()).toContain('ValueError: Free memory on device cuda:0');
    process.kill(-group, 'SIGKILL');
    await eventually(async () => expect(Math.max(...(await usedMib(node)))).toBe(0), 'free cards');
  });

  test('fails with the cache arithmetic and status 1, and starts with the context that it suggests', async () => {
    const node = await simulator.install('kv-too-small');
    const port = await reservePort();
    const engine = start(node, port);
    expect((await engine.ended).code).toBe(1);
    expect(engine.output()).toContain(
      'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
    );
    const estimate = /estimated maximum model length is (\d+)\./.exec(engine.output())?.[1];
    await ready(start(node, port, `--max-model-len ${estimate}`));
  });

  test('runs out of memory while loading in its scenario', async () => {
    const engine = start(await simulator.install('oom-at-start'), await reservePort());
    expect((await engine.ended).code).toBe(1);
    expect(engine.output()).toContain('Failed to load model - not enough GPU memory.');
    expect(engine.output()).not.toContain('Model loading took');
  });

  test('fails immediately if the port is in use, also by another engine that still loads', async () => {
    const node = await simulator.install('idle', {speed: 40});
    const port = await reservePort();
    const first = start(node, port);
    await eventually(() => expect(first.output()).toContain('non-default args'), 'non-default args in the output');
    const second = start(node, port);
    expect((await second.ended).code).toBe(1);
    expect(second.output()).toContain('OSError: [Errno 98] Address already in use');
  });

  test('dies after a while in crash-loop: the cause first, health 503 or gone, status 0 like the real one', async () => {
    const engine = await ready(start(await simulator.install('crash-loop'), await reservePort()));
    // It dies a while after its first answer: one that does not come is the failure to report.
    expect((await chat(engine, {max_tokens: 1})).status).toBe(200);
    expect((await engine.ended).code).toBe(0);
    const told = engine.output();
    const cause = told.indexOf('torch.AcceleratorError: CUDA error: an illegal memory access was encountered');
    expect(cause).toBeGreaterThan(0);
    expect(told.indexOf('EngineDeadError')).toBeGreaterThan(cause);
  });

  test('answers /health while it generates nothing in hang', async () => {
    const engine = await ready(start(await simulator.install('hang', {speed: 200}), await reservePort()));
    await chat(engine, {max_tokens: 1});
    await eventually(
      async () => expect(await readMetric(engine, 'vllm:num_requests_running')).toBeGreaterThan(0),
      'running requests',
    );
    let last = -1;
    await eventually(
      async () => {
        const before = last;
        last = await readMetric(engine, 'vllm:generation_tokens_total');
        return last === before;
      },
      'half a second without a token',
      {everyMs: 500},
    );
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
  });

  test.each([
    ['--no-such-flag', 2, 'vllm: error: unrecognized arguments: --no-such-flag'],
    ['--tensor-parallel-size 16', 1, 'World size (16) is larger than the number of available GPUs (8)'],
    [
      '--tensor-parallel-size 6',
      1,
      'Total number of attention heads (64) must be divisible by tensor parallel size (6).',
    ],
    ['--max-model-len 512K', 1, 'User-specified max_model_len (524288) is greater than the derived max_model_len'],
  ])('refuses %s with status %i', async (more, code, text) => {
    const engine = start(await simulator.install('idle'), await reservePort(), more);
    expect((await engine.ended).code).toBe(code);
    expect(engine.output()).toContain(text);
  });

  test('prints its version', async () => {
    const node = await simulator.install('idle');
    expect((await execa(`${node.engineDirectory}/vllm`, ['--version'])).stdout).toBe('0.28.0');
    expect(readFileSync(`${node.engineDirectory}/vllm`, 'utf8')).toMatch(/^#!\/bin\/sh\n/);
  });
});
