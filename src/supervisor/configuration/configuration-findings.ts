import type {ConfigurationRow} from '../../api/configuration-view.ts';
import {shownValueText} from '../../domain/configuration/configured-value.ts';
import {originText, type ValueOrigin} from '../../domain/configuration/value-origin.ts';
import {withDetails} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {ConfigurationTrouble} from './active-configuration.ts';

/** Most keys named in one message; the details have all. */
const MOST_NAMED = 4;

/** The configuration says other settings than the engine runs with; none where they agree. */
export function differsFindings(rows: readonly ConfigurationRow[]): Finding[] {
  const differences = rows.flatMap(({key, value, configured, isPending}) =>
    isPending && configured !== null
      ? [{key, current: value, requested: configured.value, place: placeOf(configured.origin)}]
      : [],
  );
  if (differences.length === 0) return [];
  const texts = differences.map(({key, current, requested, place}) => {
    const [is, wanted] = [shownValueText(current), shownValueText(requested)];
    const values = is === wanted ? `changed (${wanted})` : `${is}, not ${wanted}`;
    return `${key} ${values}${place === null ? '' : ` (${place})`}`;
  });
  return [
    {
      ...withDetails('configuration.differs', {differences}),
      severity: 'warning',
      message: `The engine runs with other settings than the configuration has: ${listed(texts)}.`,
      evidence: null,
      remedy: 'Run gantry restart to use the configuration; gantry restart --dry-run shows the effect.',
      settingsChange: null,
    },
  ];
}

function placeOf(origin: ValueOrigin): string | null {
  return origin.from === 'default' ? null : originText(origin);
}

/** Keys whose edit in the file has no effect, because something else comes before the file. */
export function overriddenFindings(rows: readonly ConfigurationRow[], edited: ReadonlySet<string>): Finding[] {
  const overridden = rows.flatMap(({key, value, origin, overridden: other}) =>
    other === null || !edited.has(key) || JSON.stringify(other.value) === JSON.stringify(value)
      ? []
      : [{key, current: value, requested: other.value, place: other.place, overriddenBy: originText(origin)}],
  );
  if (overridden.length === 0) return [];
  const texts = overridden.map(
    ({key, requested, place, overriddenBy}) =>
      `${key} is ${shownValueText(requested)} in ${place}, but ${overriddenBy} overrides it`,
  );
  return [
    {
      ...withDetails('configuration.overridden', {overridden}),
      severity: 'info',
      message: `The configuration file was edited without effect: ${listed(texts)}.`,
      evidence: null,
      remedy: 'Change it where it is set, or remove it there.',
      settingsChange: null,
    },
  ];
}

/** The file cannot be used; the last valid version of it stays in force. */
export function troubleFindings(trouble: ConfigurationTrouble | null, file: string): Finding[] {
  if (trouble === null) return [];
  const {code, message, remedy, place} = trouble;
  const {line, column} = place ?? {line: null, column: null};
  return [
    {
      ...withDetails('configuration.not-in-force', {reason: code, file, line, column}),
      severity: 'warning',
      message: `The configuration file cannot be used; its last valid version stays in force. ${message}`,
      evidence: null,
      remedy,
      settingsChange: null,
    },
  ];
}

function listed(texts: readonly string[]): string {
  const hidden = texts.length - MOST_NAMED;
  return [...texts.slice(0, MOST_NAMED), ...(hidden > 0 ? [`${hidden} more`] : [])].join('; ');
}
