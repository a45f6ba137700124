import type {ApiError} from '../../api/commands.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Result} from '../../shared/result.ts';
import type {ValueDigests} from '../access/value-digests.ts';
import type {ActiveConfiguration} from '../configuration/active-configuration.ts';
import type {CurrentPlan} from '../launch/current-plan.ts';
import type {LaunchWorld} from '../launch/launch-engine.ts';
import type {JudgementWorld} from '../launch/world/judgement-world.ts';
import type {RecalledRun} from '../snapshot/observations.ts';
import type {Observer} from '../snapshot/observer.ts';
import type {RecordedEnvironments} from '../state-dir/find-intention.ts';
import type {EarlierRuns} from '../state-dir/journal.ts';
import type {Journal} from '../state-dir/open-journal.ts';
import type {Clock} from './clock.ts';
import type {ResumedRun} from './snapshot-records.ts';

/** What the control of an engine is made of. */
export type EngineControllerOptions = {
  readonly world: LaunchWorld;
  /** The world for judging starts. */
  readonly judging: JudgementWorld;
  readonly plan: CurrentPlan;
  readonly observer: Observer;
  readonly journal: Journal;
  readonly environments: RecordedEnvironments;
  readonly digests: ValueDigests;
  readonly clock: Clock;
  /** The settings of a start that names none. */
  readonly nextSettings: (state: LifecycleState) => LaunchSettings;
  readonly configured: () => Pick<ActiveConfiguration, 'restartPolicy' | 'logLimits' | 'hooks' | 'findingThresholds'>;
  /** What the journal says of runs before. */
  readonly earlierRuns: EarlierRuns;
  /** The model's files; null if there are none. */
  readonly modelOnDisk: (model: string) => ModelOnDisk | null;
  /** What an earlier supervisor remembered of a run; `resumed` if it served before. */
  readonly recallRun: (runId: string, resumed: ResumedRun | null) => RecalledRun;
  /** Called when the journal could not be written. */
  readonly onJournalResult: (result: Result<null, ApiError>) => void;
  readonly onStateChange: (state: LifecycleState, before: LifecycleState) => void;
};
