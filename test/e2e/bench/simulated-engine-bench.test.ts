import {expect, test} from 'vitest';
import {z} from 'zod';
import {benchDocumentSchema} from '../../../src/api/bench/bench-document.ts';
import {benchListSchema} from '../../../src/api/bench/bench-requests.ts';
import {createHome, type GantryHome} from '../../harness/gantry-home.ts';

/** The fewest requests that have percentiles, small ones. */
const load = ['--concurrency', '2', '--requests', '1', '--prompt-tokens', '200', '--answer-tokens', '8'];
const REQUESTS = 8;
/** Gantry finds with two requests how long text has to be: 16 and 256 words, and one token as answer to each. */
const LEAST_SCALE_TOKENS = 16 + 256;
const MOST_OTHER_TOKENS = 1_024 + 200;

async function printed(home: GantryHome, words: readonly string[]): Promise<string> {
  const {exitCode, stdout, stderr} = await home.run(words);
  if (exitCode !== 0) throw new Error(`gantry ${words.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
  return stdout;
}

const countsSchema = z.object({input: z.number(), cached: z.number(), output: z.number()});
const costSchema = z.object({
  total: z.object({tokens: z.object({client: countsSchema, bench: countsSchema})}),
});

test.concurrent.for(['vllm', 'sglang', 'llamacpp'])(
  'gantry bench loads simulated %s to its end, keeps and compares the result, and its tokens are no traffic',
  async (engine, {onTestFinished}) => {
    const home = await createHome();
    onTestFinished(home.close);
    await home.demo(['--engine', engine, '--scenario', 'idle', '--speed', '400']);
    await home.waitForState('ready');
    const bench = benchDocumentSchema.parse(JSON.parse(await printed(home, ['bench', '--json', ...load])));
    expect(bench).toMatchObject({
      end: 'complete',
      endDetail: null,
      simulated: true,
      tool: {name: 'gantry', isOwn: true},
    });
    expect(bench).toMatchObject({engine: {name: engine}, points: [{concurrency: 2, completed: REQUESTS, failed: 0}]});
    expect(bench.points[0]?.generatedTokens).toBe(REQUESTS * 8);

    const text = await printed(home, ['bench', ...load]);
    expect(text).toMatch(/^Sustains [\d,]+ tok\/s with 2 concurrent requests/);
    expect(text.replaceAll('\n', ' ')).toMatch(/of the [\d,]+ tok\/s that break even with moonshot/);
    expect(text).toMatch(/^earlier +by +load +total\/s +now$/m);

    await home.stopSupervisor();
    const {benches} = benchListSchema.parse(JSON.parse(await printed(home, ['bench', 'list', '--json'])));
    expect(benches).toHaveLength(2);
    expect(benches[1]).toEqual(bench);
    const {client, bench: booked} = costSchema.parse(JSON.parse(await printed(home, ['cost', '--json']))).total.tokens;
    expect(client).toEqual({input: 0, cached: 0, output: 0});
    const [prompts, answers] = measuredTokens(benches);
    // Where the node has seen cached prompts, one more answer, to the prompt that brings the shared part into the cache.
    expect(booked.output - answers - 2 * 2).toBeGreaterThanOrEqual(0);
    expect(booked.output - answers - 2 * 2).toBeLessThanOrEqual(1);
    expect(booked.input + booked.cached).toBeGreaterThan(prompts + 2 * LEAST_SCALE_TOKENS);
  },
);

test('tokens of clients that are served at the same time stay theirs', async ({onTestFinished}) => {
  const home = await createHome();
  onTestFinished(home.close);
  await home.demo(['--scenario', 'steady', '--speed', '400']);
  await home.until('clients to be served', ({traffic}) => Number(traffic.generationTokensPerSecond) > 0);
  const refused = await home.run(['bench', ...load]);
  expect(refused).toMatchObject({exitCode: 1, stderr: expect.stringContaining('Clients use this node')});
  const bench = benchDocumentSchema.parse(JSON.parse(await printed(home, ['bench', '--json', '--force', ...load])));
  await home.stopSupervisor();
  const [prompts, answers] = measuredTokens([bench]);
  const {client, bench: booked} = costSchema.parse(JSON.parse(await printed(home, ['cost', '--json']))).total.tokens;
  expect(booked.output).toBeGreaterThanOrEqual(answers);
  expect(booked.output).toBeLessThanOrEqual(answers + 3);
  expect(Math.abs(booked.input + booked.cached - prompts)).toBeLessThan(0.1 * prompts + MOST_OTHER_TOKENS);
  expect(client.output).toBeGreaterThan(0);
});

function measuredTokens(
  benches: z.infer<typeof benchListSchema>['benches'],
): readonly [prompts: number, answers: number] {
  const points = benches.flatMap((bench) => bench.points);
  const sumOf = (tokens: readonly number[]): number => tokens.reduce((sum, one) => sum + one, 0);
  return [sumOf(points.map((one) => one.promptTokens)), sumOf(points.map((one) => one.generatedTokens))];
}
