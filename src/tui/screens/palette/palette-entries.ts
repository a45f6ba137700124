import {seriesChoices, seriesText} from '../../../api/series-choice.ts';
import type {Snapshot} from '../../../api/snapshot.ts';
import {displaySetting, settingNames, settingPath, settingsTable} from '../../../domain/settings/settings-table.ts';
import {initialHistory} from '../../../views/history-screen/history-choice.ts';
import {planFields} from '../../../views/plan-screen/plan-fields.ts';
import {withoutSupervisor} from '../../keys/engine-availability.ts';
import {historyScreen} from '../history-screen.ts';
import {openPlan} from '../plan/plan-actions.ts';
import {planScreen} from '../plan/plan-screen.ts';
import {type OfferedAction, type Reaction, refuse, type ScreenContext} from '../screen.ts';
import {type FuzzyMatch, fuzzyMatch, wordsOf} from './fuzzy-match.ts';

/** One line of the palette. */
export type PaletteEntry = {
  /** `engine.restart`, `gpu.powerDrawWatts`, `engine.contextLengthTokens`: what is searched first. */
  readonly name: string;
  readonly kind: 'action' | 'series' | 'setting';
  readonly description: string;
  /** The keys that do the same; empty for none. */
  readonly keys: string;
  /** True if it acts on the engine, or opens the dialog that does. */
  readonly isDangerous: boolean;
  /** Why it is disabled now; null when it works. */
  readonly reason: string | null;
  /** What Enter does. */
  readonly react: () => Reaction<never>;
};

/** An entry with the matched characters of its name. */
export type FoundEntry = PaletteEntry & {readonly places: readonly number[]};

/** A word in the description counts less than every match in the name. */
const IN_DESCRIPTION: FuzzyMatch = {score: -100, places: []};

/** The entries that fit the query, the best first; all of them, in the order of the key table, for an empty one. */
export function foundEntries(query: string, context: ScreenContext): readonly FoundEntry[] {
  const found = allEntries(context).flatMap((entry) => {
    const match = matchOf(query, entry);
    return match === null ? [] : [{...entry, ...match}];
  });
  return wordsOf(query).length === 0 ? found : found.toSorted((a, b) => b.score - a.score);
}

function matchOf(query: string, {name, description}: PaletteEntry): FuzzyMatch | null {
  const inName = fuzzyMatch(query, name);
  if (inName !== null) return inName;
  const searched = `${name} ${description}`.toLowerCase();
  return wordsOf(query).every((word) => searched.includes(word)) ? IN_DESCRIPTION : null;
}

function allEntries(context: ScreenContext): readonly PaletteEntry[] {
  return [...context.actionsBelow().map(actionEntry), ...seriesEntries(context), ...settingEntries(context)];
}

function actionEntry({line, reason}: OfferedAction): PaletteEntry {
  return {
    name: line.id,
    kind: 'action',
    description: line.description,
    keys: line.shown,
    isDangerous: line.isDangerous,
    reason,
    react: () => ({kind: 'do', id: line.id}),
  };
}

function seriesEntries({data}: ScreenContext): readonly PaletteEntry[] {
  const reason = withoutSupervisor(data);
  return seriesChoices.map((choice, series) => ({
    name: seriesText(choice),
    kind: 'series',
    description: choice.of === 'gpu' ? 'plot on the History screen, of every GPU' : 'plot on the History screen',
    keys: '',
    isDangerous: false,
    reason,
    react: () => ({kind: 'show', screen: historyScreen.opened({...initialHistory, series})}),
  }));
}

/** Those that the Plan screen has are changed there; the others are shown where they came from. */
function settingEntries({data: {snapshot}}: ScreenContext): readonly PaletteEntry[] {
  return settingNames.map((name) => {
    const isPlanned = planFields.includes(name);
    const {settings} = snapshot?.engine ?? {settings: null};
    const value = settings == null ? '' : ` (${displaySetting(name, settings[name])})`;
    return {
      name: settingPath(name),
      kind: 'setting',
      description: `${settingsTable[name].label}${value}: ${isPlanned ? 'try other values on the Plan screen' : 'see the Engine screen'}`,
      keys: '',
      isDangerous: false,
      reason: null,
      react: () => (isPlanned ? planAt(name, snapshot) : {kind: 'do', id: 'screen.engine'}),
    };
  });
}

function planAt(field: (typeof planFields)[number], snapshot: Snapshot | null): Reaction<never> {
  const state = openPlan(snapshot);
  return state === null
    ? refuse('no settings known yet to plan with')
    : {kind: 'show', screen: planScreen.opened({...state, field})};
}
