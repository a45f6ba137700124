import {createHash} from 'node:crypto';
import type {LedgerRun, TokenTotals} from '../../domain/cost/ledger/entries.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {withoutSecrets} from '../../domain/settings/settings-difference.ts';
import {displaySetting, type SettingName, settingNames, settingsTable} from '../../domain/settings/settings-table.ts';

/** Settings that change neither speed nor memory, or have a column of their own. */
const others: ReadonlySet<SettingName> = new Set(['engine', 'model', 'servedModelName', 'host', 'port']);
const DIGEST_CHARACTERS = 12;

/** A run as the ledger describes it, with these tokens booked. */
export function ledgerRunOf(
  runId: string,
  settings: LaunchSettings,
  {isWholeRun, isCachedKnown, booked}: Pick<LedgerRun, 'isWholeRun' | 'isCachedKnown'> & {readonly booked: TokenTotals},
): LedgerRun {
  const shown = withoutSecrets(settings);
  const text = settingNames
    .filter((name) => !others.has(name))
    .map((name) => `${settingsTable[name].label} ${displaySetting(name, shown[name])}`)
    .join(', ');
  return {
    runId,
    engine: settings.engine,
    model: settings.model,
    settings: text,
    settingsDigest: createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARACTERS),
    isWholeRun,
    isCachedKnown,
    booked,
  };
}
