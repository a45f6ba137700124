import type {BenchDocument} from '../../../src/api/bench/bench-document.ts';
import {absent} from '../../../src/samples/reading.ts';
import {buildPoint} from '../../domain/bench/build-point.ts';
import {guideSettings} from '../../engines/vllm/test-settings.ts';
import {findPriceBook} from '../../support/price-books.ts';

/** Loads of 1, 16 and 32 concurrent requests, the last one slower than its target. */
export const benchPoints = [
  buildPoint({concurrency: 1, durationMs: 10_000}),
  buildPoint({concurrency: 16, durationMs: 2_000, firstTokenP99Ms: 1_800}),
  buildPoint({concurrency: 32, durationMs: 1_800, firstTokenP99Ms: 7_000, failed: 2}),
];

/** A benchmark of a node with 8x H200. */
export function buildBench(changes: Partial<BenchDocument> = {}): BenchDocument {
  return {
    schemaVersion: 1,
    atMs: Date.UTC(2026, 10, 28, 10),
    endedAtMs: Date.UTC(2026, 10, 28, 10, 20),
    simulated: false,
    gantryVersion: '0.1.0',
    tool: {name: 'gantry', version: '0.1.0', isOwn: true},
    runId: null,
    engine: {name: 'vllm', displayName: 'vLLM', version: '0.28.0'},
    model: 'kimi-k2.7-code',
    node: {gpuName: 'NVIDIA H200', gpuCount: 8},
    settings: guideSettings({}),
    plan: absent('no plan'),
    workload: {promptTokens: 8_192, answerTokens: 2_048, cachedRatio: 0, sizesFrom: 'default', cachedFrom: 'default'},
    targets: {firstTokenMs: 2_000, perTokenMs: null},
    nodeUsdPerHour: 28.8,
    priceBook: findPriceBook('moonshot'),
    points: benchPoints,
    end: 'complete',
    endDetail: null,
    ...changes,
  };
}
