import {beforeEach, describe, expect, test} from 'vitest';
import {benchListSchema} from '../../../src/api/bench/bench-requests.ts';
import {costDocumentSchema} from '../../../src/api/cost/cost-values.ts';
import {eventually} from '../../harness/eventually.ts';
import {type GantryHome, gantryEntry, openHome} from '../../harness/gantry-home.ts';
import {startProcess} from '../../harness/processes.ts';

const sizes = ['--requests', '1', '--prompt-tokens', '200', '--answer-tokens', '8'];

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
  await home.demo(['--scenario', 'idle', '--speed', '400']);
  await home.waitForState('ready');
});

/** `gantry bench` with a second load, in which it is when this returns. */
async function inSecondLoad() {
  const words = [gantryEntry, 'bench', '--concurrency', '1,8', ...sizes];
  const bench = startProcess(process.execPath, words, {env: home.environment});
  await eventually(
    () => bench.output().includes('[2/2]'),
    () => `the second load; printed was: ${bench.output()}`,
  );
  return bench;
}

async function kept() {
  return benchListSchema.parse(JSON.parse((await home.run(['bench', 'list', '--json'])).stdout)).benches;
}

describe('gantry bench', () => {
  test('that is interrupted, or loses its terminal, keeps and says what it has measured', async () => {
    for (const signal of ['SIGINT', 'SIGHUP'] as const) {
      const bench = await inSecondLoad();
      bench.child.kill(signal);
      expect((await bench.ended).code, bench.output()).toBe(130);
      expect(bench.output()).toContain('Interrupted at 8 concurrent requests.');
      expect(bench.output()).toMatch(/^Sustains /m);
    }
    const partial = {end: 'interrupted', points: [{concurrency: 1, completed: 8}]};
    expect(await kept()).toMatchObject([partial, partial]);
  });

  test('that is killed, or whose supervisor is, leaves no token to clients, and the next one runs', async () => {
    const killed = await inSecondLoad();
    killed.child.kill('SIGKILL');
    await killed.ended;
    const next = await inSecondLoad();
    await home.killSupervisor();
    expect((await next.ended).code, next.output()).toBe(0);
    expect(await kept()).toMatchObject([{end: 'complete', points: [{concurrency: 1}, {concurrency: 8}]}]);
    await home.stopSupervisor();
    const {total} = costDocumentSchema.parse(JSON.parse((await home.run(['cost', '--json'])).stdout));
    expect(total.tokens.client).toEqual({input: 0, cached: 0, output: 0});
    expect(total.tokens.bench.output).toBeGreaterThanOrEqual(3 * 8 * 8);
  });
});
