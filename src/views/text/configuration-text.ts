import type {ConfigurationRow, ConfigurationView} from '../../api/configuration-view.ts';
import type {ShownValue} from '../../domain/configuration/configured-value.ts';
import type {ValueOrigin} from '../../domain/configuration/value-origin.ts';
import {detailsOf} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {textWidth} from '../../shared/text-width.ts';
import {cleanText, padText, span, widthOf} from '../drawing/compose.ts';
import {withHead, wrapIndented} from '../drawing/wrap-text.ts';
import {originPlace, settingText, shortPlace} from '../format/origins.ts';
import {blank, type TextOptions, wrapped} from '../plan/text-lines.ts';
import type {Row, Span, Tone} from '../rows.ts';

/** What is shown: the configuration of a supervisor, or what a new one would use. */
export type ShownConfiguration = {
  /** The supervisor that uses it; null without one: then it is what a new supervisor would use. */
  readonly supervisorPid: number | null;
  readonly simulated: boolean;
  /** True if an engine runs: settings of the engine are those it runs with. */
  readonly isEngineRunning: boolean;
  /** False if there is no such file: then everything has its default, apart from variables and what was set for the engine. */
  readonly fileExists: boolean;
  readonly configuration: ConfigurationView;
  /** About the configuration. */
  readonly findings: readonly Finding[];
};

const INDENT = '  ';
/** Width of the default model. */
const VALUE_COLUMNS = 25;

/** The configuration as a table: key, value in force and its origin, and below what differs from the file. */
export function configurationTextRows(shown: ShownConfiguration, options: TextOptions): Row[] {
  const {values, file} = shown.configuration;
  const keyColumns = Math.max(...values.map(({key}) => INDENT.length + textWidth(nameOf(key)))) + 2;
  const rows: Row[] = [...headRows(shown, options)];
  let section = '';
  for (const row of values) {
    if (sectionOf(row.key) !== section) {
      section = sectionOf(row.key);
      rows.push(blank);
      if (row.key !== section) rows.push([span(section, 'title')]);
    }
    rows.push(...keyRows(row, file, keyColumns, options));
  }
  const pending = values.filter(({isPending}) => isPending).length;
  if (pending > 0) {
    const text = `${countedText(pending, 'value')} will change at the next start of the engine.`;
    rows.push(blank, ...wrapped(`${text} ${restartText(shown.findings)}`, options, 'warning'));
  }
  return rows;
}

/** Whether a restart would be accepted, as the supervisor has judged it. */
function restartText(findings: readonly Finding[]): string {
  const differs = findings.find((finding) => detailsOf(finding, 'configuration.differs') !== null);
  return differs?.remedy ?? 'Run gantry restart --dry-run to see the effect.';
}

/** Completes the file in a sentence: what applies where it does not exist. */
export const NO_FILE = 'does not exist: the defaults apply, then variables of the environment';

function headRows(
  {supervisorPid, simulated, isEngineRunning, fileExists, configuration}: ShownConfiguration,
  options: TextOptions,
): Row[] {
  const {file, isInForce} = configuration;
  const who =
    supervisorPid === null
      ? `No supervisor is running: ${isEngineRunning ? 'settings of the running engine, and ' : ''}what a new one would use.`
      : `In force in the supervisor (pid ${supervisorPid})${isEngineRunning ? '; settings of the engine are those it runs with' : ''}.`;
  return [
    ...(simulated ? [[span('SIMULATED', 'warning')]] : []),
    ...wrapped(fileExists || !isInForce ? file : `${file} ${NO_FILE}.`, options, 'strong'),
    ...(isInForce
      ? []
      : wrapped('The file cannot be used now: its last valid version is in force.', options, 'critical')),
    ...wrapped(who, options, 'dim'),
  ];
}

/** `engine` of `engine.port`; a section that is one list is its own. */
function sectionOf(key: string): string {
  return key.split('.')[0] ?? key;
}

function nameOf(key: string): string {
  return key.slice(key.indexOf('.') + 1);
}

function keyRows(row: ConfigurationRow, file: string, keyColumns: number, options: TextOptions): Row[] {
  const {key, value, origin, configured, isPending, overridden} = row;
  const indent = span(' '.repeat(keyColumns));
  const {columns} = options;
  const tone: Tone = origin.from === 'default' ? 'dim' : 'normal';
  const rows: Row[] = [
    ...valueRows(settingText(key, value), originPlace(origin, file), tone, {indent, columns}),
    ...(configured !== null && isPending
      ? wrapIndented(`next start: ${originOfValue(key, configured, file)}`, 'warning', [indent], columns)
      : []),
    ...(overridden === null || JSON.stringify(overridden.value) === JSON.stringify(value)
      ? []
      : wrapIndented(
          `not used: ${settingText(key, overridden.value)} (${shortPlace(overridden.place, file)})`,
          'dim',
          [indent],
          columns,
        )),
  ];
  const head = span(padText(key === sectionOf(key) ? key : INDENT + nameOf(key), keyColumns), tone);
  return withHead(head, indent, rows);
}

/** The value and its origin in one row, or below each other. */
function valueRows(
  value: string,
  origin: string,
  tone: Tone,
  {indent, columns}: {readonly indent: Span; readonly columns: number},
): Row[] {
  const valueTone: Tone = tone === 'dim' ? 'dim' : 'strong';
  const oneRow: Row = [
    indent,
    span(padText(cleanText(value), VALUE_COLUMNS), valueTone),
    span(`  ${cleanText(origin)}`, 'dim'),
  ];
  if (widthOf(oneRow) <= columns) return [oneRow];
  return [...wrapIndented(value, valueTone, [indent], columns), ...wrapIndented(origin, 'dim', [indent], columns)];
}

function originOfValue(
  key: string,
  {value, origin}: {readonly value: ShownValue; readonly origin: ValueOrigin},
  file: string,
): string {
  return `${settingText(key, value)} (${originPlace(origin, file)})`;
}
