import type {ConfigurationRow} from '../../api/configuration-view.ts';
import {type ShownValue, shownValueText} from '../../domain/configuration/configured-value.ts';
import {originText, type ValueOrigin} from '../../domain/configuration/value-origin.ts';
import {withDetails} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {versionsText} from '../../domain/settings/setting-text.ts';
import {settingOfPath, settingsTable} from '../../domain/settings/settings-table.ts';
import {limitedList} from '../../shared/quantities/counts.ts';
import type {ActiveConfiguration, ConfigurationTrouble} from './active-configuration.ts';

/** Most keys named in one message; the details have all. */
const MOST_NAMED = 4;

/**
 * The configuration says other settings than the engine runs with; none where they agree. Whether a restart with them
 * would be accepted is judged later.
 */
export function differsFindings(rows: readonly ConfigurationRow[]): Finding[] {
  const differences = rows.flatMap(({key, value, configured, isPending}) =>
    isPending && configured !== null
      ? [{key, current: value, requested: configured.value, place: placeOf(configured.origin)}]
      : [],
  );
  if (differences.length === 0) return [];
  const texts = differences.map(({key, current, requested, place}) => {
    const values = versionsText(shownValueText(key, current), shownValueText(key, requested), ', not ');
    return `${key} ${values}${place === null ? '' : ` (${place})`}`;
  });
  return [
    {
      ...withDetails('configuration.differs', {differences, restart: {verdict: 'unchecked'}}),
      severity: 'warning',
      message: `The engine runs with other settings than the configuration has: ${limitedList(texts, MOST_NAMED)}.`,
      evidence: null,
      remedy: 'Run gantry restart --dry-run to see the effect of a restart with the configuration.',
      settingsChange: null,
    },
  ];
}

function placeOf(origin: ValueOrigin): string | null {
  return origin.from === 'default' ? null : originText(origin);
}

/** Keys whose edit in the file has no effect, because something else comes before the file. */
export function overriddenFindings(rows: readonly ConfigurationRow[], edited: ReadonlySet<string>): Finding[] {
  const without = rows.flatMap((row) => (edited.has(row.key) ? withoutEffect(row) : []));
  if (without.length === 0) return [];
  const overridden = without.map(({origin, ...facts}) => ({...facts, overriddenBy: originText(origin)}));
  const texts = overridden.map(
    ({key, requested, place, overriddenBy}) =>
      `${key} is ${shownValueText(key, requested)} in ${place}, but ${overriddenBy} overrides it`,
  );
  return [
    {
      ...withDetails('configuration.overridden', {overridden}),
      severity: 'info',
      message: `The configuration file was edited without effect: ${limitedList(texts, MOST_NAMED)}.`,
      evidence: null,
      remedy: [...new Set(without.map(remedyOf))].join(' '),
      settingsChange: null,
    },
  ];
}

type WithoutEffect = {
  readonly key: string;
  /** In force, or about to be. */
  readonly current: ShownValue;
  readonly origin: ValueOrigin;
  /** Of the file. */
  readonly requested: ShownValue;
  readonly place: string;
};

function withoutEffect({key, value, origin, configured, isPending, overridden}: ConfigurationRow): WithoutEffect[] {
  const first = isPending && configured !== null ? configured : {value, origin};
  if (overridden === null || JSON.stringify(overridden.value) === JSON.stringify(first.value)) return [];
  return [{key, current: first.value, origin: first.origin, requested: overridden.value, place: overridden.place}];
}

/** What leads back to the value of the file. */
function remedyOf({key, origin, requested}: WithoutEffect): string {
  if (origin.from === 'environment') {
    return `Unset ${origin.variable} where the supervisor is started, and restart the supervisor.`;
  }
  if (origin.from === 'simulated-node') return 'It applies to a real node.';
  const name = settingOfPath.get(key);
  const flag = name === undefined ? null : settingsTable[name].flag;
  const canBeTyped = typeof requested === 'string' || typeof requested === 'number';
  return flag === null || flag.value === null || !canBeTyped
    ? 'Run gantry down, then gantry up: the engine is started as configured.'
    : `Run gantry restart ${flag.flag} ${requested} to use the value of the file.`;
}

/** The file cannot be used; the last valid version of it stays in force. */
export function troubleFindings(trouble: ConfigurationTrouble | null, file: string): Finding[] {
  if (trouble === null) return [];
  return [
    {
      ...withDetails('configuration.not-in-force', unusableFile(trouble, file)),
      severity: 'warning',
      message: `The configuration file cannot be used; its last valid version stays in force. ${trouble.message}`,
      evidence: null,
      remedy: trouble.remedy,
      settingsChange: null,
    },
  ];
}

/** What is wrong with prices: the operator's file of them, and a bill that begins later. `file` is the configuration. */
export function priceFindings(
  {pricesTrouble, billedLater}: Pick<ActiveConfiguration, 'pricesTrouble' | 'billedLater'>,
  file: string,
): Finding[] {
  const trouble: Finding[] =
    pricesTrouble === null
      ? []
      : [
          {
            ...withDetails('configuration.prices-not-in-force', unusableFile(pricesTrouble, file)),
            severity: 'warning',
            message: `The file of prices cannot be used; its last valid version, or the prices of the package, stay in force. ${pricesTrouble.message}`,
            evidence: null,
            remedy: pricesTrouble.remedy,
            settingsChange: null,
          },
        ];
  if (billedLater === null) return trouble;
  return [
    ...trouble,
    {
      ...withDetails('configuration.billed-later', billedLater),
      severity: 'warning',
      message: `cost.billedSince is ${billedLater.billedSince}, later than now by the clock of this host: until then the node costs nothing${billedLater.place === null ? '' : ` (${billedLater.place})`}.`,
      evidence: null,
      remedy: 'Correct cost.billedSince, or the clock of this host.',
      settingsChange: null,
    },
  ];
}

function unusableFile({code, place}: ConfigurationTrouble, file: string) {
  const {line, column} = place ?? {line: null, column: null};
  return {reason: code, file: place?.file ?? file, line, column};
}
