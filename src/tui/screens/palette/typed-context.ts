import {settingPath} from '../../../domain/settings/settings-table.ts';
import {parseTokenCount} from '../../../domain/settings/token-count.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {withoutSupervisor} from '../../keys/engine-availability.ts';
import {openPlan} from '../plan/plan-actions.ts';
import {planScreen} from '../plan/plan-screen.ts';
import {refuse, type ScreenContext} from '../screen.ts';
import {fuzzyMatch} from './fuzzy-match.ts';
import type {PaletteEntry} from './palette-entry.ts';

const NAME = settingPath('contextLengthTokens');

/** A context length that was typed, alone or after its name: `128K`, `ctx 64k`. It is planned first, where `R` restarts with it. */
export function typedContext(query: string, {data, keymap, isReadOnly}: ScreenContext): readonly PaletteEntry[] {
  const words = query.split(' ').filter(Boolean);
  const tokens = parseTokenCount(words.pop() ?? '');
  const opened = openPlan(data.snapshot);
  if (!tokens.ok || opened === null || fuzzyMatch(words.join(' '), NAME) === null) return [];
  const contextLengthTokens = tokens.value;
  const {draft} = opened;
  const {settings} = draft;
  const reason = withoutSupervisor(data);
  const planned = {...opened, draft: {...draft, settings: {...settings, contextLengthTokens}}};
  const next = isReadOnly ? '' : `; ${keymap.shown('plan.restart')} there restarts with it`;
  return [
    {
      name: NAME,
      kind: 'setting',
      description: `try ${countText(contextLengthTokens)} on the Plan screen${next}`,
      keys: '',
      isDangerous: false,
      ...{reason, refusal: reason === null ? null : refuse(`cannot try it: ${reason}`), setting: null},
      react: () => ({kind: 'show', screen: planScreen.opened(planned)}),
    },
  ];
}
