import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {benchDocumentSchema} from '../../src/api/bench/bench-document.ts';
import {benchListSchema} from '../../src/api/bench/bench-requests.ts';
import {isPresent} from '../../src/samples/reading.ts';
import {llamaServerOnCpu, vllmOnCpu} from './engines-on-cpu.ts';
import {type FoundEngine, findEngine} from './install/find-engine.ts';
import {installLlamaServer} from './install/install-llama-server.ts';
import {installVllm} from './install/install-vllm.ts';
import {openRealHome, type RealEngine, type RealHome, untilIdle} from './real-engine.ts';

const ANSWER_TOKENS = 16;
/** The fewest that have percentiles. */
const REQUESTS = 8;
const load = [
  '--concurrency',
  '2',
  '--requests',
  '1',
  '--prompt-tokens',
  '128',
  '--answer-tokens',
  String(ANSWER_TOKENS),
];

const countsSchema = z.object({input: z.number(), cached: z.number(), output: z.number()});
const costSchema = z.object({total: z.object({tokens: z.object({client: countsSchema, bench: countsSchema})})});

describeBench('vLLM by vllm bench serve', findEngine('venv/bin/vllm', installVllm), vllmOnCpu, {
  tool: 'engine',
  name: 'vllm bench serve',
});
describeBench('vLLM by our own generator', findEngine('venv/bin/vllm', installVllm), vllmOnCpu, {
  tool: 'own',
  name: 'gantry',
});
describeBench(
  'llama-server by our own generator',
  findEngine('bin/llama-server', installLlamaServer),
  llamaServerOnCpu,
  {
    tool: 'own',
    name: 'gantry',
  },
);

function describeBench(
  title: string,
  found: FoundEngine,
  engine: (executable: string, directory: string) => RealEngine,
  {tool, name}: {readonly tool: string; readonly name: string},
): void {
  if ('missing' in found) {
    console.warn(`NOT TESTED: ${title}: ${found.missing}`);
    test.skipIf(true)(`${title} cannot be had here: ${found.missing}`, () => undefined);
    return;
  }
  describe(title, () => {
    let home: RealHome;
    beforeAll(async () => {
      home = await openRealHome((directory) => engine(found.executable, directory));
    });
    afterAll(() => home.close());

    test('gantry bench runs to its end, its result is kept, and none of its tokens are of clients', async () => {
      await home.command(['up', '--force', '--wait']);
      await untilIdle(home, Date.now());
      const bench = benchDocumentSchema.parse(await home.command(['bench', '--tool', tool, ...load]));
      console.info(JSON.stringify({tool: bench.tool, points: bench.points}));
      expect(bench).toMatchObject({end: 'complete', endDetail: null, simulated: false, tool: {name}});
      const [point] = bench.points;
      expect(point).toMatchObject({concurrency: 2, completed: REQUESTS, failed: 0});
      expect(point?.generatedTokens).toBe(REQUESTS * ANSWER_TOKENS);
      for (const {p50Ms, p99Ms} of [point?.timeToFirstToken, point?.endToEnd].filter((one) => one !== undefined)) {
        expect(Number(p50Ms)).toBeGreaterThan(0);
        expect(Number(p99Ms)).toBeGreaterThanOrEqual(Number(p50Ms));
      }
      const cached = point?.cachedPromptTokens;
      expect(cached !== undefined && isPresent(cached)).toBe(true);
      await untilIdle(home, Date.now());
      await home.stopSupervisor();
      const {benches} = benchListSchema.parse(await home.command(['bench', 'list']));
      expect(benches).toEqual([bench]);
      const {client, bench: booked} = costSchema.parse(await home.command(['cost'])).total.tokens;
      expect(client).toEqual({input: 0, cached: 0, output: 0});
      expect(booked.output).toBeGreaterThanOrEqual(point?.generatedTokens ?? 0);
      expect(booked.input + booked.cached).toBeGreaterThanOrEqual(point?.promptTokens ?? 0);
    });
  });
}
