import {NATIVE_FORMAT} from '../memory/model/planned-model.ts';
import {weightFormats} from '../memory/model/quantization.ts';
import {
  kvCacheDtypes,
  type LaunchSettings,
  launchSettingFields,
  plainParallelism,
  type SettingsChange,
  visionModes,
} from './launch-settings.ts';
import {
  argumentList,
  choice,
  count,
  countOrOwn,
  fraction,
  port,
  type SettingText,
  text,
  tokens,
  yesOrNo,
} from './setting-text.ts';

export type SettingName = keyof LaunchSettings;

/** How a setting is given on the command line: `--context <tokens>`. */
export type SettingFlag = {
  readonly flag: `--${string}`;
  /** The value's name in the help; null for a switch, which can only turn the setting on. */
  readonly value: string | null;
};

/** What everybody who shows, reads or changes one launch setting knows of it. */
export type Setting<T, Preset = T> = {
  /** Its name on screens and in messages. */
  readonly label: string;
  /** One sentence for the help of its flag, the configuration's schema and errors. */
  readonly description: string;
  /** What it is where the configuration does not name it; null for the engine, which the engines' folder decides. */
  readonly preset: Preset;
  /** Null for a setting that only the configuration and the environment set. */
  readonly flag: SettingFlag | null;
  readonly text: SettingText<T>;
  /** The values that the Plan screen steps through; null for a setting that is not on it. */
  readonly steps: readonly T[] | null;
};

const powersOfTwo = [1, 2, 4, 8, 16, 32];

/** Every launch setting, in the order in which they are listed. A key of the schema without a row does not compile. */
export const settingsTable: {
  readonly [K in SettingName]: Setting<LaunchSettings[K], K extends 'engine' ? null : LaunchSettings[K]>;
} = {
  model: {
    label: 'model',
    description: 'The model: a Hugging Face id, or a directory that holds it.',
    preset: 'moonshotai/Kimi-K2.7-Code',
    flag: {flag: '--model', value: 'id|dir'},
    text,
    steps: null,
  },
  contextLengthTokens: {
    label: 'context',
    description: 'The longest request in tokens, prompt and answer together: 131072, 128K (131,072) or 128k (128,000).',
    preset: 262_144,
    flag: {flag: '--context', value: 'tokens'},
    text: tokens,
    steps: [8_192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576],
  },
  kvCacheDtype: {
    label: 'KV cache',
    description: 'The type of the KV cache: auto, bf16 or fp8, which halves it.',
    preset: 'auto',
    flag: {flag: '--kv-dtype', value: 'type'},
    text: choice(kvCacheDtypes),
    steps: kvCacheDtypes,
  },
  memoryFraction: {
    label: 'memory fraction',
    description:
      "The engine's share of each card's memory, above 0 and up to 1; each engine counts it by its own rule.",
    preset: 0.9,
    flag: {flag: '--memory-fraction', value: 'ratio'},
    text: fraction,
    steps: Array.from({length: 49}, (_, index) => (index + 50) / 100),
  },
  maxRunningRequests: {
    label: 'running requests at most',
    description: "The most requests that run at once; without it, the engine's own limit.",
    preset: null,
    flag: {flag: '--max-running', value: 'requests'},
    text: countOrOwn,
    steps: [null, 16, 32, 64, 128, 256, 512, 1024],
  },
  tensorParallelSize: {
    label: 'tensor parallel',
    description: 'How many cards share the model.',
    preset: 8,
    flag: {flag: '--tp', value: 'cards'},
    text: count,
    steps: powersOfTwo,
  },
  pipelineParallelSize: {
    label: 'pipeline parallel',
    description: 'Groups of cards that have some of the layers each.',
    preset: plainParallelism.pipelineParallelSize,
    flag: {flag: '--pp', value: 'stages'},
    text: count,
    steps: powersOfTwo,
  },
  dataParallelSize: {
    label: 'data parallel',
    description: 'Groups that serve requests of their own, each with its own KV cache.',
    preset: plainParallelism.dataParallelSize,
    flag: {flag: '--dp', value: 'replicas'},
    text: count,
    steps: powersOfTwo,
  },
  decodeContextParallelSize: {
    label: 'decode context parallel',
    description: "Tensor-parallel ranks that share one sequence's KV cache, which multiplies the tokens it holds.",
    preset: plainParallelism.decodeContextParallelSize,
    flag: {flag: '--dcp', value: 'ranks'},
    text: count,
    steps: powersOfTwo,
  },
  expertParallel: {
    label: 'expert parallel',
    description: 'Keep experts whole, some on each card, instead of slicing them.',
    preset: plainParallelism.expertParallel,
    flag: {flag: '--ep', value: null},
    text: yesOrNo,
    steps: [false, true],
  },
  visionMode: {
    label: 'vision tower',
    description: 'The vision tower: data (whole on every card), weights (divided) or absent (not loaded).',
    preset: plainParallelism.visionMode,
    flag: {flag: '--vision', value: 'mode'},
    text: choice(visionModes),
    steps: visionModes,
  },
  format: {
    label: 'format',
    description: `How the checkpoint stores its weights: ${weightFormats.join(', ')}; ${NATIVE_FORMAT} is as it is on disk or was published.`,
    preset: NATIVE_FORMAT,
    flag: {flag: '--format', value: 'format'},
    text,
    steps: [NATIVE_FORMAT, ...weightFormats],
  },
  engine: {
    label: 'engine',
    description: 'The inference engine.',
    preset: null,
    flag: {flag: '--engine', value: 'name'},
    text,
    // The engines that can be planned for are known to the supervisor.
    steps: [],
  },
  servedModelName: {
    label: 'served model name',
    description: 'The model name that clients of the endpoint ask for.',
    preset: 'kimi-k2.7-code',
    flag: null,
    text,
    steps: null,
  },
  host: {
    label: 'host',
    description: 'The address the engine listens on; 127.0.0.1 keeps it on this machine.',
    preset: '127.0.0.1',
    flag: null,
    text,
    steps: null,
  },
  port: {
    label: 'port',
    description: 'The port the engine listens on, 1 to 65535.',
    preset: 8000,
    flag: {flag: '--port', value: 'port'},
    text: port,
    steps: null,
  },
  extraArguments: {
    label: 'extra arguments',
    description: "More arguments for the engine's command line, passed on as they are: a list.",
    preset: [],
    flag: {flag: '--extra', value: 'arguments...'},
    text: argumentList,
    steps: null,
  },
};

/** Whether a name is that of a launch setting. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(launchSettingFields, name);
}

/** Every setting's name, in the order of the table. */
export const settingNames: readonly SettingName[] = Object.keys(settingsTable).filter(isSettingName);

/** The settings that a change names, in its own order. */
export function changedNames(change: SettingsChange): readonly SettingName[] {
  return Object.keys(change)
    .filter(isSettingName)
    .filter((name) => change[name] !== undefined);
}

/** Where the configuration has a setting: `engine.contextLengthTokens`. */
export function settingPath(name: SettingName): string {
  return name === 'engine' ? 'engine.name' : `engine.${name}`;
}

/** A setting's value as screens show it. */
export function displaySetting<K extends SettingName>(name: K, value: LaunchSettings[K]): string {
  return settingsTable[name].text.display(value);
}

/** A setting's value as events and messages tell it: lists by their length. */
export function summarizeSetting<K extends SettingName>(name: K, value: LaunchSettings[K]): string {
  return settingsTable[name].text.summary(value);
}

/** Some settings as they are typed: `--memory-fraction 0.95 --context 9664`; `engine.host: 0.0.0.0` without a flag. */
export function typedSettings(change: SettingsChange): string {
  return changedNames(change)
    .map((name) => typedSetting(name, change[name]))
    .filter((typed) => typed !== null)
    .join(' ');
}

function typedSetting<K extends SettingName>(name: K, value: LaunchSettings[K] | undefined): string | null {
  if (value === undefined) return null;
  const {flag, text} = settingsTable[name];
  if (flag === null || (flag.value === null && value === false)) return `${settingPath(name)}: ${text.format(value)}`;
  return flag.value === null ? flag.flag : `${flag.flag} ${text.format(value)}`;
}
