import {seriesChoices, seriesText} from '../../../api/series-choice.ts';
import {initialHistory} from '../../../views/history-screen/history-choice.ts';
import {withoutSupervisor} from '../../keys/engine-availability.ts';
import {historyScreen} from '../history-screen.ts';
import {type OfferedAction, type Refused, refuse, type ScreenContext} from '../screen.ts';
import {type FuzzyMatch, fuzzyMatch, wordsOf} from './fuzzy-match.ts';
import type {PaletteEntry} from './palette-entry.ts';
import {settingEntries} from './setting-entries.ts';
import {typedContext} from './typed-context.ts';

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
  if (wordsOf(query).length === 0) return found;
  const typed = typedContext(query, context).map((entry) => ({...entry, places: []}));
  return [...typed, ...found.toSorted((a, b) => b.score - a.score)];
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
    ...{reason, refusal: refusalOf(line.id, reason), setting: null},
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
    ...{reason, refusal: refusalOf(seriesText(choice), reason), setting: null},
    react: () => ({kind: 'show', screen: historyScreen.opened({...initialHistory, series})}),
  }));
}

function refusalOf(name: string, reason: string | null): Refused | null {
  return reason === null ? null : refuse(`cannot do ${name}: ${reason}`);
}
