import {beforeEach, describe, expect, test} from 'vitest';
import {snapshotSchema} from '../../src/api/snapshot.ts';
import {isPresent} from '../../src/samples/reading.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

describe('the demo with another engine', () => {
  test.each([
    ['sglang', 'SGLang'],
    ['llamacpp', 'llama.cpp'],
  ])('%s becomes ready, is compared with its plan, and generates', async (engine, displayName) => {
    const {exitCode, stdout} = await home.run(['demo', '--once', '--json', '--engine', engine, '--speed', '200']);
    expect(exitCode).toBe(0);
    const snapshot = snapshotSchema.parse(JSON.parse(stdout));
    expect(snapshot.engine).toMatchObject({state: 'ready', name: engine, displayName});
    expect(snapshot.findings.filter(({severity}) => severity !== 'info')).toEqual([]);
    expect(snapshot.traffic.generationTokensPerSecond).toBeGreaterThan(0);
    const {plan} = snapshot;
    if (!isPresent(plan)) throw new Error(`not planned: ${plan.absent}`);
    const pool = snapshot.engine.facts['kvCachePoolBytesPerGpu'] ?? 0;
    expect(Math.abs(pool - plan.perGpu.kvCachePoolBytes) / plan.perGpu.kvCachePoolBytes).toBeLessThan(0.12);
  });

  test.each([
    ['sglang', 'oom-at-start', 'sglang.out-of-memory-loading', false],
    ['sglang', 'kv-too-small', 'sglang.no-kv-cache-memory', true],
    ['llamacpp', 'oom-at-start', 'llamacpp.out-of-memory-loading', false],
    ['llamacpp', 'kv-too-small', 'llamacpp.out-of-memory-kv-cache', false],
  ])('%s in %s ends with the reason, and a fix that R can apply, if any', async (...row) => {
    const [engine, scenario, code, isCurable] = row;
    const words = ['demo', '--once', '--json', '--engine', engine, '--scenario', scenario, '--speed', '200'];
    const {exitCode, stdout} = await home.run(words);
    expect(exitCode).toBe(1);
    const {engine: ended, findings} = snapshotSchema.parse(JSON.parse(stdout));
    expect(ended.state).toBe('failed');
    const finding = findings.find((one) => one.code === code);
    expect(finding).toMatchObject({severity: 'critical', evidence: expect.any(String)});
    expect(finding?.remedy).not.toBe('');
    expect(finding?.settingsChange !== null).toBe(isCurable);
  });
});
