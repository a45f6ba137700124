import type {ConfigurationRow} from '../../api/configuration-view.ts';
import type {Effect} from '../../domain/configuration/configured-value.ts';
import {commandOf} from '../../domain/configuration/setting-commands.ts';
import type {ValueOrigin} from '../../domain/configuration/value-origin.ts';
import {settingOfPath, settingsTable} from '../../domain/settings/settings-table.ts';
import {originPlace, settingText, shortPlace} from '../format/origins.ts';

/** What a setting is and where its value came from, in sentences; `file` is that of the configuration. */
export function settingSentences(row: ConfigurationRow, file: string): readonly string[] {
  const {key, value, origin, configured, isPending, overridden} = row;
  const text = settingText(key, value);
  const next =
    configured === null || !isPending
      ? []
      : [`The next start uses ${settingText(key, configured.value)}, ${originWords(configured.origin, file)}.`];
  const unused =
    overridden === null || settingText(key, overridden.value) === text
      ? []
      : [`Not used: ${settingText(key, overridden.value)}, from ${shortPlace(overridden.place, file)}.`];
  const meaning = meaningOf(key);
  return [
    ...(meaning === null ? [] : [meaning]),
    [`In force: ${text}, ${originWords(origin, file)}.`, ...next, ...unused].join(' '),
  ];
}

/** `context: The longest request in tokens, ...`; null for what is no setting of a launch. */
export function meaningOf(key: string): string | null {
  const name = settingOfPath.get(key);
  return name === undefined ? null : `${settingsTable[name].label}: ${settingsTable[name].description}`;
}

/** Where a setting is changed, and when that takes effect. */
export function howToChange({key, origin, effect}: ConfigurationRow, file: string): string {
  if (origin.from === 'simulated-node') return 'The simulated node runs only with this value.';
  if (origin.from === 'environment') {
    return `${origin.variable} overrides the file: change it where the supervisor is started, then run gantry supervisor restart.`;
  }
  const command = commandOf(key);
  const once = command === null ? '' : `, or run ${command}`;
  return `Edit ${key} in ${file}, ${effects[effect]}${once}.`;
}

const effects: Readonly<Record<Effect, string>> = {
  now: 'which takes effect immediately',
  restart: 'which takes effect at the next start of the engine',
  console: 'which takes effect in the next console',
};

function originWords(origin: ValueOrigin, file: string): string {
  return origin.from === 'default' ? 'the default' : `from ${originPlace(origin, file)}`;
}
