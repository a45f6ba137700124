import type {ConfigurationRow} from '../../api/configuration-view.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ConsoleData, ConsoleSession} from '../../client/console-data.ts';
import {type ConfiguredValue, shownValueText} from '../../domain/configuration/configured-value.ts';
import {originText} from '../../domain/configuration/value-origin.ts';
import {explainFindings} from '../../domain/diagnosis/cause-chains.ts';
import {withDetails} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {limitedList} from '../../shared/quantities/counts.ts';
import {type Output, printProgress} from '../output.ts';
import type {Wiring} from '../wiring.ts';

/** The configuration of a command, as its file is now. */
export type CommandConfiguration = Pick<Wiring, 'loaded' | 'configurationFile' | 'configurationError'>;

type ComparedParts = Pick<Snapshot, 'configuration' | 'supervisor'>;

/** Most keys named in the message; the details have all. */
const MOST_NAMED = 3;

/**
 * What is wrong with the configuration of this command: it cannot be read, or the running supervisor uses another one.
 *
 * @param takes - keys that this command uses itself, for example the settings of a start
 */
export function commandFindings(
  {loaded, configurationFile, configurationError}: CommandConfiguration,
  {configuration, supervisor}: ComparedParts,
  takes: (key: string) => boolean = () => false,
): readonly Finding[] {
  if (configurationError !== null) return [unusable(configurationError, configurationFile)];
  const isOtherFile = configurationFile !== configuration.file;
  const rows = new Map(configuration.values.map((row) => [row.key, row]));
  const unused = loaded.values.flatMap((here) => {
    const row = rows.get(here.key);
    // The supervisor follows its own file: only another file, or the environment, can say something else for long.
    const canDiffer = isOtherFile || here.origin.from === 'environment';
    return row === undefined || !canDiffer || takes(here.key) ? [] : difference(here, row);
  });
  if (unused.length === 0) return [];
  const texts = unused.map(({key, current, requested, place}) => {
    const [is, wanted] = [shownValueText(key, current), shownValueText(key, requested)];
    const values = is === wanted ? 'is another' : `is ${is}, not ${wanted}`;
    return `${key} ${values} (${place ?? 'the default'})`;
  });
  const {file: supervisorFile} = configuration;
  const {pid: supervisorPid} = supervisor;
  const other = isOtherFile ? `uses ${supervisorFile}` : 'was started with other variables';
  return [
    {
      ...withDetails('configuration.unused', {file: configurationFile, supervisorFile, supervisorPid, unused}),
      severity: 'warning',
      message: `The configuration of this command is not in force: the supervisor ${other}. ${limitedList(texts, MOST_NAMED)}.`,
      evidence: null,
      remedy: `Edit ${supervisorFile}, or start a new supervisor: kill ${supervisorPid}, then run the command again. The engine keeps serving.`,
      settingsChange: null,
    },
  ];
}

function difference(here: ConfiguredValue, row: ConfigurationRow) {
  const {value: current, origin} = row.configured ?? row;
  const {key, value: requested} = here;
  // A simulated node has its own programs, and a price where none is set.
  if (origin.from === 'simulated-node' && !(key.startsWith('cost.') && requested !== null)) return [];
  if (row.origin.from === 'simulated-node' && key.startsWith('engine.')) return [];
  if (JSON.stringify(current) === JSON.stringify(requested)) return [];
  return [{key, current, requested, place: here.origin.from === 'default' ? null : originText(here.origin)}];
}

function unusable(
  {code, message, remedy, place}: NonNullable<Wiring['configurationError']>,
  configurationFile: string,
): Finding {
  const {line, column} = place ?? {line: null, column: null};
  return {
    ...withDetails('configuration.not-in-force', {reason: code, file: configurationFile, line, column}),
    severity: 'warning',
    message: `The configuration of this command cannot be used; that of the supervisor stays in force. ${message}`,
    evidence: null,
    remedy,
    settingsChange: null,
  };
}

/** Prints them next to the result, in text mode. */
export function printCommandFindings(output: Output, findings: readonly Finding[]): void {
  for (const {message, remedy} of findings) printProgress(output, `warning: ${message} ${remedy}`);
}

/**
 * The session, with what is wrong with this command's own configuration among the findings of its snapshots.
 *
 * @param configuration - as it is now: its file may be corrected while the console is open
 */
export function withCommandFindings(
  session: ConsoleSession,
  configuration: () => CommandConfiguration,
): ConsoleSession {
  let seen: {readonly of: ConsoleData; readonly by: CommandConfiguration; readonly data: ConsoleData} | null = null;
  const findingsOf = keepingLast(commandFindings);
  return {
    ...session,
    getData() {
      const of = session.getData();
      const by = configuration();
      // Its readers take the same object for the same data.
      if (seen?.of !== of || seen.by !== by) seen = {of, by, data: completed(of, by, findingsOf)};
      return seen.data;
    },
  };
}

function completed(data: ConsoleData, by: CommandConfiguration, findingsOf: typeof commandFindings): ConsoleData {
  const {snapshot} = data;
  if (snapshot === null) return data;
  const known = new Set(snapshot.findings.map(({code}) => code));
  const own = findingsOf(by, snapshot).filter(({code}) => !known.has(code));
  if (own.length === 0) return data;
  return {...data, snapshot: {...snapshot, findings: [...explainFindings([...snapshot.findings, ...own])]}};
}

/** The same findings until what they are about is another one: parts of a snapshot that did not change stay the same objects. */
function keepingLast(
  find: typeof commandFindings,
): (by: CommandConfiguration, about: ComparedParts) => readonly Finding[] {
  let last: {readonly of: readonly unknown[]; readonly findings: readonly Finding[]} | null = null;
  return (by, about) => {
    const of = [by, about.configuration, about.supervisor];
    if (last === null || of.some((part, index) => part !== last?.of[index])) last = {of, findings: find(by, about)};
    return last.findings;
  };
}
