import type {ConfigurationRow} from '../../src/api/configuration-view.ts';
import {type ConfigurationInput, configurationSchema} from '../../src/config/configuration.ts';
import {noFile} from '../../src/config/configuration-file.ts';
import {configuredValues as valuesOf} from '../../src/config/configured-values.ts';
import {effectOf} from '../../src/domain/configuration/configured-value.ts';

type Origin = ConfigurationRow['origin'];

const configuration: ConfigurationInput = {
  engine: {
    model: 'moonshotai/Kimi-K2.7-Code',
    contextLengthTokens: 262_144,
    memoryFraction: 0.92,
    maxRunningRequests: 64,
    extraArguments: ['--mm-encoder-tp-mode', 'data'],
  },
  findings: {timeToFirstTokenSeconds: 2, timeToFirstTokenQuantile: 0.95},
};

/** The configuration of the loaded node as a supervisor has it: some of this file, a variable, a flag, a fix, the others defaults. */
export function configuredValues(file: string): ConfigurationRow[] {
  const fromFile = (line: number): Origin => ({from: 'file', place: `${file}:${line}:3`});
  const origins: ReadonlyMap<string, Origin> = new Map([
    ['engine.model', fromFile(2)],
    ['engine.port', {from: 'environment', variable: 'GANTRY_ENGINE_PORT'}],
    ['engine.contextLengthTokens', {from: 'flag', flag: '--context'}],
    ['engine.memoryFraction', {from: 'fix', finding: 'vllm.kv-cache-too-small'}],
    ['engine.maxRunningRequests', fromFile(5)],
    ['engine.extraArguments', fromFile(6)],
  ]);
  const values = valuesOf(configurationSchema.parse(configuration), {file: noFile(file), environment: {}});
  return values.map(({key, value}) => ({
    ...{key, value, origin: origins.get(key) ?? {from: 'default'}},
    ...{configured: null, isPending: false, overridden: null, effect: effectOf(key)},
  }));
}
