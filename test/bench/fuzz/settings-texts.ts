import {Command, CommanderError} from 'commander';
import {addSettingFlags, withSettings} from '../../../src/cli/launch-options.ts';
import {parseConfigurationText} from '../../../src/config/configuration-file.ts';
import {combineConfiguration} from '../../../src/config/load-configuration.ts';
import {parseNodeSpec} from '../../../src/domain/memory/node-spec.ts';
import {settingNames, settingsTable} from '../../../src/domain/settings/settings-table.ts';
import {parseTokenCount} from '../../../src/domain/settings/token-count.ts';
import {builtInLayout, builtInLayoutNames} from '../../../src/layout/load-layout.ts';
import {parseLayout} from '../../../src/layout/parse-layout.ts';
import {solveLayout} from '../../../src/layout/solve-layout.ts';
import type {FuzzKind} from './fuzz-kind.ts';
import {mutateText} from './mutate-text.ts';

const configurations = [
  `engine:
  name: vllm
  model: moonshotai/Kimi-K2.7-Code
  port: 8000
  tensorParallelSize: 8
  contextLengthTokens: 128K
  memoryFraction: 0.92
  extraArguments: [--seed, "0", '--served-model-name=a b']
cost:
  nodeUsdPerHour: 28.8
findings:
  waitingRequests: 20
  waitingSeconds: 60
hooks:
  - on: [engine.failed, lifecycle.*]
    command: [notify-send, "gantry: failed"]
  - {on: ['*'], url: 'https://example.org/hook'}
`,
  `# defaults
engine: &defaults {name: sglang, host: 127.0.0.1}
restart: {hangMinutes: 5, isAutomatic: true}
nvidiaSmi: {path: /usr/bin/nvidia-smi}
engineLog: {rotateMib: 256}
`,
  'engine:\n  model: |\n    several\n    lines\n  port: !!int "8000"\n---\n',
];

/** gantry.yaml. */
export const configurationFiles: FuzzKind = {
  name: 'configuration',
  run: (random) => {
    const file = parseConfigurationText(mutateText(random, random.pick(configurations)), 'gantry.yaml');
    if (!file.ok) return file.error.code;
    const combined = combineConfiguration(file.value, 'gantry.yaml', {});
    return combined.ok ? 'read' : combined.error.code;
  },
};

/** Environment variables: any name with our prefix, any value. */
export const environments: FuzzKind = {
  name: 'environment',
  run: (random) => {
    const name = random.pick([
      'GANTRY_ENGINE_PORT',
      'GANTRY_ENGINE_MODEL',
      'GANTRY_ENGINE_EXTRA_ARGUMENTS',
      'GANTRY_COST',
    ]);
    const value = mutateText(random, random.pick(['8000', '128K', '[a, b]', 'moonshotai/Kimi-K2.7-Code', '0.9']));
    const file = parseConfigurationText('{}', 'gantry.yaml');
    if (!file.ok) throw new Error(file.error.message);
    const combined = combineConfiguration(file.value, 'gantry.yaml', {[name]: value});
    return combined.ok ? 'read' : combined.error.code;
  },
};

const layoutTexts = builtInLayoutNames.map((name) => JSON.stringify(builtInLayout(name), null, 2));

/** Dashboards; one that is accepted is arranged too. */
export const layouts: FuzzKind = {
  name: 'layouts',
  run: (random) => {
    const whole: unknown = JSON.parse(random.pick(layoutTexts));
    const text = typeof whole === 'object' && whole !== null && 'value' in whole ? JSON.stringify(whole.value) : '';
    const parsed = parseLayout(mutateText(random, text), 'layout.json');
    if (!parsed.ok) return parsed.error.code;
    solveLayout(parsed.value, {columns: random.below(300), rows: random.below(100)});
    return 'read';
  },
};

const words = [
  '128K',
  '131,072',
  '1M',
  '8xH200',
  '2x8xH100',
  '0.92',
  'int4',
  'fp8',
  'auto',
  'vllm',
  '8000',
  '--model',
  '-',
];

/** The words of a command line, each by the grammar of its setting, and all together by the parser of commands. */
export const commandLines: FuzzKind = {
  name: 'arguments',
  run: (random) => {
    // The system ends an argument at a NUL.
    const word = mutateText(random, random.pick(words)).replaceAll('\u0000', '');
    const name = random.pick(settingNames);
    const parsed = settingsTable[name].text.parse(word);
    if (!parsed.ok && parsed.error === '') throw new Error(`${name} does not say what it expects`);
    parseTokenCount(word);
    parseNodeSpec(word);
    const command = addSettingFlags(new Command('plan'))
      .exitOverride()
      .configureOutput({writeErr: () => undefined});
    const flag = settingsTable[name].flag?.flag ?? '--model';
    try {
      command.parse([`${flag}=${word}`, flag, word], {from: 'user'});
      withSettings(command.opts());
      return 'read';
    } catch (error) {
      if (error instanceof CommanderError) return error.code;
      throw error;
    }
  },
};
