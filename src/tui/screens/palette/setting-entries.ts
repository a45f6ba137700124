import type {ConfigurationRow} from '../../../api/configuration-view.ts';
import type {Snapshot} from '../../../api/snapshot.ts';
import {effectOf} from '../../../domain/configuration/configured-value.ts';
import {commandOf} from '../../../domain/configuration/setting-commands.ts';
import {settingNames, settingOfPath, settingPath} from '../../../domain/settings/settings-table.ts';
import {howToChange, meaningOf, settingSentences} from '../../../views/details/setting-details.ts';
import {type PlanField, planFields} from '../../../views/plan-screen/plan-fields.ts';
import {withoutSupervisor} from '../../keys/engine-availability.ts';
import {openPlan} from '../plan/plan-actions.ts';
import {planScreen} from '../plan/plan-screen.ts';
import {type Reaction, refuse, type ScreenContext} from '../screen.ts';
import type {PaletteEntry} from './palette-entry.ts';

/** Every key of the configuration. Those that the Plan screen has are tried there; of the others Enter says where they are changed. */
export function settingEntries({data, keymap}: ScreenContext): readonly PaletteEntry[] {
  const {snapshot} = data;
  if (snapshot === null) return [];
  const {file} = snapshot.configuration;
  const unreachable = withoutSupervisor(data);
  return settingsOf(snapshot).map((row) => {
    const {key} = row;
    const field = settingOfPath.get(key);
    const isPlanned = field !== undefined && planFields.includes(field);
    const how = howToChange(row, file);
    const enter = `${keymap.shown('palette.do')} tries other values on the Plan screen.`;
    return {
      name: key,
      kind: 'setting',
      description: [meaningOf(key), commandOf(key)].filter((text) => text !== null).join(' '),
      keys: '',
      isDangerous: false,
      reason: null,
      setting: {row, file, sentences: () => [...settingSentences(row, file), isPlanned ? `${enter} ${how}` : how]},
      refusal: !isPlanned
        ? refuse(`${key} is not changed in the console`, how)
        : unreachable === null
          ? null
          : refuse(`cannot try ${key} on the Plan screen: ${unreachable}`),
      react: () => (isPlanned ? planAt(field, snapshot) : refuse(how)),
    };
  });
}

/** The configuration; of a supervisor that has not read it yet, the settings of the engine. */
function settingsOf({configuration, engine}: Snapshot): readonly ConfigurationRow[] {
  if (configuration.values.length > 0 || engine.settings === null) return configuration.values;
  const {settings} = engine;
  return settingNames.map((name) => ({
    ...{key: settingPath(name), value: settings[name], origin: {from: 'unknown'}},
    ...{configured: null, isPending: false, overridden: null, effect: effectOf(settingPath(name))},
  }));
}

function planAt(field: PlanField, snapshot: Snapshot): Reaction<never> {
  const state = openPlan(snapshot);
  return state === null
    ? refuse('no settings known yet to plan with')
    : {kind: 'show', screen: planScreen.opened({...state, field})};
}
