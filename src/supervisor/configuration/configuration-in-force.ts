import type {Command} from '../../api/commands.ts';
import type {ConfigurationView} from '../../api/configuration-view.ts';
import type {NewEvent} from '../../api/event-schema.ts';
import {
  type ConfigurationChange,
  changeSentence,
  configurationChanges,
} from '../../domain/configuration/configuration-changes.ts';
import {recordedValueText} from '../../domain/configuration/configured-value.ts';
import {type ChosenLaunch, originOf} from '../../domain/configuration/launch-base.ts';
import {originText} from '../../domain/configuration/value-origin.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {withoutSecrets} from '../../domain/settings/settings-difference.ts';
import {settingOfPath} from '../../domain/settings/settings-table.ts';
import {createListeners} from '../../shared/listeners.ts';
import {limitedList} from '../../shared/quantities/counts.ts';
import type {Result} from '../../shared/result.ts';
import type {ValueDigests} from '../access/value-digests.ts';
import type {JournalEntry} from '../state-dir/journal-entry.ts';
import type {ActiveConfiguration, ConfigurationSource, ConfigurationTrouble} from './active-configuration.ts';
import {differsFindings, overriddenFindings, priceFindings, troubleFindings} from './configuration-findings.ts';
import {rowsInState} from './configuration-rows.ts';
import {type CommandOrigin, LaunchBook} from './launch-book.ts';
import type {LaunchRecord} from './launch-record.ts';
import {keepRecordedLaunches} from './recorded-launches.ts';

/** Most changes named in one event. */
const MOST_NAMED = 6;

type Parts = {
  readonly record: (event: Omit<NewEvent, 'atMs'>) => void;
  /** The engine's state. */
  readonly state: () => LifecycleState;
  /** Of the journal: launches of earlier supervisors. */
  readonly entries: readonly JournalEntry[];
  readonly digests: ValueDigests;
};

type DescribedConfiguration = {
  readonly view: ConfigurationView;
  readonly findings: readonly Finding[];
  readonly nextSettings: LaunchSettings;
};

/** The configuration that a supervisor uses now. Follows the file; the last valid version stays in force. */
export class ConfigurationInForce {
  readonly #source: ConfigurationSource;
  readonly #parts: Parts;
  readonly #listeners = createListeners<[ActiveConfiguration, ActiveConfiguration]>();
  readonly #following: ReturnType<ConfigurationSource['follow']>;
  readonly launches: LaunchBook;
  #current: ActiveConfiguration;
  #trouble: ConfigurationTrouble | null = null;
  /** Keys whose edit in the file had no effect. */
  #edited: ReadonlySet<string> = new Set();
  #described: {readonly of: readonly unknown[]; readonly described: DescribedConfiguration} | null = null;

  constructor(source: ConfigurationSource, parts: Parts) {
    this.#source = source;
    this.#parts = parts;
    this.#current = source.initial;
    this.launches = new LaunchBook(parts.digests);
    keepRecordedLaunches(this.launches, parts.entries, source.initial.launch);
    this.#following = source.follow((next) => this.#onReading(next));
  }

  get current(): ActiveConfiguration {
    return this.#current;
  }

  /** Called with each new version, after it is in force. */
  subscribe(listener: (now: ActiveConfiguration, before: ActiveConfiguration) => void): void {
    this.#listeners.subscribe(listener);
  }

  /** Reads the file now: a command counts on what was saved a moment before it. */
  check(): Promise<void> {
    return this.#following.check();
  }

  /** Stamp of the file whose text is in force; null where that is unknown or the file cannot be used. */
  fileStamp(): string | null {
    return this.#trouble === null ? (this.#following.stamp?.() ?? null) : null;
  }

  close(): void {
    this.#following.stop();
  }

  /** The settings of a start that names none. */
  readonly nextSettings = (state: Pick<LifecycleState, 'settings' | 'lastGoodSettings'>): LaunchSettings =>
    this.launches.next(state, this.#current.launch).settings;

  /** The settings that a plan is for: of the running engine, else of the next start. */
  plannedSettings(state: LifecycleState): LaunchSettings {
    return state.run !== null && state.settings !== null ? state.settings : this.nextSettings(state);
  }

  /** The launch that a command leads to; null for one that starts nothing. */
  launchOf(command: Command, state: LifecycleState, origin: CommandOrigin): ChosenLaunch | null {
    return this.launches.ofCommand(command, state, this.#current.launch, origin);
  }

  /** What to record of a launch that begins now. */
  readonly beginLaunch = (settings: LaunchSettings): LaunchRecord =>
    this.launches.begin(settings, this.#current.launch, this.#current.values);

  /**
   * Every key for the snapshot, the findings about the file, and the settings of the next start without secrets. Asked every
   * second, and the same object until something of it changes.
   */
  describe(state: LifecycleState): DescribedConfiguration {
    const {file} = this.#source;
    const [current, trouble, edited] = [this.#current, this.#trouble, this.#edited];
    const {settings, lastGoodSettings} = state;
    const of = [file, current, trouble, edited, this.launches.changes, state.run === null, settings, lastGoodSettings];
    const known = this.#described;
    if (known?.of.every((input, index) => input === of[index]) === true) return known.described;
    const rows = rowsInState(this.launches, current, state);
    const described = {
      view: {file, isInForce: trouble === null, values: rows},
      findings: [
        ...troubleFindings(trouble, file),
        ...priceFindings(current, file),
        ...differsFindings(rows),
        ...overriddenFindings(rows, edited),
      ],
      nextSettings: withoutSecrets(this.nextSettings(state)),
    };
    this.#described = {of, described};
    return described;
  }

  #onReading(next: Result<ActiveConfiguration, ConfigurationTrouble>): void {
    this.#trouble = next.ok ? null : next.error;
    if (!next.ok) return;
    const before = this.#current;
    this.#current = next.value;
    const changes = configurationChanges(before.values, next.value.values).map((change) => this.#withLaunch(change));
    if (changes.length === 0) return;
    const without = changes.filter(({effect}) => effect === 'none').map(({key}) => key);
    this.#edited = new Set([...this.#edited, ...without]);
    this.#parts.record(changedEvent(changes, this.#parts.state().run?.runId ?? null));
    this.#listeners.notify(next.value, before);
  }

  /** A setting that was set for the last launch, and is now configured again as it was then, has no effect. */
  #withLaunch(change: ConfigurationChange): ConfigurationChange {
    const name = settingOfPath.get(change.key);
    if (change.effect !== 'restart' || name === undefined) return change;
    const {launch} = this.#current;
    const next = this.launches.next(this.#parts.state(), launch);
    if (JSON.stringify(next.settings[name]) === JSON.stringify(launch.settings[name])) return change;
    return {...change, effect: 'none', overriddenBy: originText(originOf(next, name))};
  }
}

function changedEvent(changes: readonly ConfigurationChange[], runId: string | null): Omit<NewEvent, 'atMs'> {
  return {
    code: 'configuration.changed',
    severity: 'info',
    actor: 'operator',
    message: `Configuration changed: ${limitedList(changes.map(changeSentence), MOST_NAMED)}.`,
    runId,
    details: Object.fromEntries(
      changes.map(({key, before, after, effect}) => [
        key,
        {from: recordedValueText(before), to: recordedValueText(after), effect},
      ]),
    ),
  };
}
