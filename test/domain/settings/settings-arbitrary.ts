import fc from 'fast-check';
import {kvCacheDtypes, type LaunchSettings, visionModes} from '../../../src/domain/settings/launch-settings.ts';

const word = fc.string({minLength: 1, maxLength: 40}).filter((text) => !text.startsWith('-'));
const size = fc.integer({min: 1, max: 1024});

/** Values of every setting. */
export const settingValues: {readonly [K in keyof LaunchSettings]: fc.Arbitrary<LaunchSettings[K]>} = {
  engine: word,
  model: word,
  format: word,
  servedModelName: word,
  host: word,
  port: fc.integer({min: 1, max: 65_535}),
  tensorParallelSize: size,
  pipelineParallelSize: size,
  dataParallelSize: size,
  decodeContextParallelSize: size,
  expertParallel: fc.boolean(),
  visionMode: fc.constantFrom(...visionModes),
  contextLengthTokens: fc.integer({min: 1, max: 100_000_000}),
  memoryFraction: fc.double({min: 0, minExcluded: true, max: 1, noNaN: true}),
  kvCacheDtype: fc.constantFrom(...kvCacheDtypes),
  maxRunningRequests: fc.option(size),
  extraArguments: fc.array(fc.string(), {maxLength: 4}),
};

/** Whole settings of a launch. */
export const anySettings: fc.Arbitrary<LaunchSettings> = fc.record(settingValues);
