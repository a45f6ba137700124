import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import type {LaunchHost} from '../../../src/engines/engine.ts';

/** The published guide's node: eight cards, the whole context, the name its clients use. */
export function guideSettings(change: Partial<LaunchSettings> = {}): LaunchSettings {
  return {
    engine: 'vllm',
    model: 'moonshotai/Kimi-K2.7-Code',
    format: 'int4',
    servedModelName: 'kimi-k2.7-code',
    host: '0.0.0.0',
    port: 8000,
    tensorParallelSize: 8,
    pipelineParallelSize: 1,
    dataParallelSize: 1,
    decodeContextParallelSize: 1,
    expertParallel: false,
    visionMode: 'data',
    contextLengthTokens: 262_144,
    memoryFraction: 0.9,
    kvCacheDtype: 'auto',
    maxRunningRequests: null,
    extraArguments: [],
    ...change,
  };
}

/** A host of which nothing is known. */
export const plainHost: LaunchHost = {version: null, isModelOnDisk: false, apiKey: null, runDirectory: '/tmp/run'};
