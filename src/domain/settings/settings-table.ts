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

/** Everything about one launch setting, for code that shows, reads or changes it. */
export type Setting<T, Preset = T> = {
  /** Its name on screens and in messages. */
  readonly label: string;
  /** One sentence for the help of its flag, the configuration's schema and errors. */
  readonly description: string;
  /** Default value; null for the engine, whose default comes from the engines' folder. */
  readonly preset: Preset;
  /** Null for a setting that only the configuration and the environment can set. */
  readonly flag: SettingFlag | null;
  readonly text: SettingText<T>;
  /** The values that the Plan screen steps through; null for a setting that is not shown there. */
  readonly steps: readonly T[] | null;
};

const powersOfTwo = [1, 2, 4, 8, 16, 32];

/** Every launch setting, in display order. A key of the schema without a row does not compile. */
export const settingsTable: {
  readonly [K in SettingName]: Setting<LaunchSettings[K], K extends 'engine' ? null : LaunchSettings[K]>;
} = {
  model: {
    label: 'model',
    description: 'The model: a Hugging Face id, or a directory that contains it.',
    preset: 'moonshotai/Kimi-K2.7-Code',
    flag: {flag: '--model', value: 'id|dir'},
    text,
    steps: null,
  },
  contextLengthTokens: {
    label: 'context',
    description: 'The longest request in tokens, prompt plus output: 131072, 128K (131,072) or 128k (128,000).',
    preset: 262_144,
    flag: {flag: '--context', value: 'tokens'},
    text: tokens,
    steps: [8_192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576],
  },
  kvCacheDtype: {
    label: 'KV cache',
    description: 'Type of the KV cache: auto, bf16 or fp8 (half the size).',
    preset: 'auto',
    flag: {flag: '--kv-dtype', value: 'type'},
    text: choice(kvCacheDtypes),
    steps: kvCacheDtypes,
  },
  memoryFraction: {
    label: 'memory fraction',
    description:
      "Fraction of each GPU's memory for the engine, above 0 and up to 1; the exact meaning depends on the engine.",
    preset: 0.9,
    flag: {flag: '--memory-fraction', value: 'ratio'},
    text: fraction,
    steps: Array.from({length: 49}, (_, index) => (index + 50) / 100),
  },
  maxRunningRequests: {
    label: 'max running requests',
    description: "Maximum number of concurrent requests; without it, the engine's default.",
    preset: null,
    flag: {flag: '--max-running', value: 'requests'},
    text: countOrOwn,
    steps: [null, 16, 32, 64, 128, 256, 512, 1024],
  },
  tensorParallelSize: {
    label: 'tensor parallel',
    description: 'Number of GPUs that share the model.',
    preset: 8,
    flag: {flag: '--tp', value: 'gpus'},
    text: count,
    steps: powersOfTwo,
  },
  pipelineParallelSize: {
    label: 'pipeline parallel',
    description: 'Number of GPU groups that each hold a part of the layers.',
    preset: plainParallelism.pipelineParallelSize,
    flag: {flag: '--pp', value: 'stages'},
    text: count,
    steps: powersOfTwo,
  },
  dataParallelSize: {
    label: 'data parallel',
    description: 'Number of groups that serve separate requests, each with its own KV cache.',
    preset: plainParallelism.dataParallelSize,
    flag: {flag: '--dp', value: 'replicas'},
    text: count,
    steps: powersOfTwo,
  },
  decodeContextParallelSize: {
    label: 'decode context parallel',
    description: "Number of tensor-parallel ranks that share one sequence's KV cache; multiplies its token capacity.",
    preset: plainParallelism.decodeContextParallelSize,
    flag: {flag: '--dcp', value: 'ranks'},
    text: count,
    steps: powersOfTwo,
  },
  expertParallel: {
    label: 'expert parallel',
    description: 'Keep complete experts on each GPU instead of slicing them.',
    preset: plainParallelism.expertParallel,
    flag: {flag: '--ep', value: null},
    text: yesOrNo,
    steps: [false, true],
  },
  visionMode: {
    label: 'vision tower',
    description: 'The vision tower: data (complete on every GPU), weights (divided) or absent (not loaded).',
    preset: plainParallelism.visionMode,
    flag: {flag: '--vision', value: 'mode'},
    text: choice(visionModes),
    steps: visionModes,
  },
  format: {
    label: 'format',
    description: `Weight format of the checkpoint: ${weightFormats.join(', ')}; ${NATIVE_FORMAT} uses the format on disk or as published.`,
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
    // The supervisor knows which engines can be planned.
    steps: [],
  },
  servedModelName: {
    label: 'served model name',
    description: 'The model name that clients use.',
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
    description: 'Additional arguments for the engine, a list; passed on unchanged.',
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

/** The key of a setting in the configuration: `engine.contextLengthTokens`. */
export function settingPath(name: SettingName): string {
  return name === 'engine' ? 'engine.name' : `engine.${name}`;
}

/** The setting that a key of the configuration sets. */
export const settingOfPath: ReadonlyMap<string, SettingName> = new Map(
  settingNames.map((name) => [settingPath(name), name]),
);

/** A value as it is typed, or stands on a command line, as screens show it; unchanged if the setting cannot be that. */
export function displayTyped<K extends SettingName>(name: K, typed: string): string {
  const {text} = settingsTable[name];
  const value = text.parse(typed);
  return value.ok ? text.display(value.value) : typed;
}

/** A setting's value as screens show it. */
export function displaySetting<K extends SettingName>(name: K, value: LaunchSettings[K]): string {
  return settingsTable[name].text.display(value);
}

/** A setting's value for events and messages: lists by their length. */
export function summarizeSetting<K extends SettingName>(name: K, value: LaunchSettings[K]): string {
  return settingsTable[name].text.summary(value);
}

/** Settings as typed on the command line: `--memory-fraction 0.95 --context 9664`; `engine.host: 0.0.0.0` without a flag. */
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
