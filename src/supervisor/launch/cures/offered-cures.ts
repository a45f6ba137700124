import {type ApiError, restartCommandSchema} from '../../../api/commands.ts';
import type {Preview, PreviewRequest} from '../../../api/preview.ts';
import {cureCandidates} from '../../../domain/diagnosis/cure-candidates.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {LifecycleState} from '../../../domain/lifecycle/lifecycle.ts';
import type {LaunchSettings, SettingsChange} from '../../../domain/settings/launch-settings.ts';
import type {Result} from '../../../shared/result.ts';
import type {Clock} from '../../loop/clock.ts';
import type {LaunchRequest} from '../judgement.ts';
import {MEMORY_PATIENCE_MS} from '../preflight.ts';
import {beforeChecks, type PreviewChange, vetCures, withNothingToCheck} from './vet-cures.ts';
import {endsWithRestart, vetRestart} from './vet-restart.ts';

/** Ports, memory and disks change without notice: a judgement is repeated after this time. */
const JUDGED_FOR_MS = 10_000;

/** What a judgement decides of a finding. */
type Verdict = {readonly offer: Partial<Finding>; readonly atMs: number};

/** How a fix is tried. */
export type FixTrial = Pick<LaunchRequest, 'isCandidate'> & Partial<Pick<LaunchRequest, 'memoryPatienceMs'>>;

export type OfferedCuresParts = {
  readonly preview: (request: PreviewRequest, trial: FixTrial) => Promise<Result<Preview, ApiError>>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** The settings of a start that names none. */
  readonly nextSettings: (state: Pick<LifecycleState, 'settings' | 'lastGoodSettings'>) => LaunchSettings;
  /** Called when there is something new to show. */
  readonly onChange: () => void;
  /** A cure could not be judged; it is tried again. */
  readonly onTrouble: (error: ApiError) => void;
  /** Cures can be judged. */
  readonly onTroubleOver: () => void;
};

/**
 * Findings for snapshots: a cure, or a restart with the configuration, is offered once it was judged, and as long as it
 * would be accepted. Judges in the background, one finding after the other.
 */
export class OfferedCures {
  readonly #parts: OfferedCuresParts;
  #subject = '';
  #verdicts: ReadonlyMap<string, Verdict> = new Map();
  #isJudging = false;
  #hasTrouble = false;

  constructor(parts: OfferedCuresParts) {
    this.#parts = parts;
  }

  /**
   * The findings with the cures that were judged so far; new or old ones are judged in the background. With other
   * settings, or another run to be stopped first, all are new.
   */
  of(
    findings: readonly Finding[],
    {run, ...state}: Pick<LifecycleState, 'run' | 'settings' | 'lastGoodSettings'>,
  ): Finding[] {
    const next = this.#parts.nextSettings(state);
    const settings = state.settings ?? state.lastGoodSettings ?? next;
    const subject = JSON.stringify([settings, next, run?.runId]);
    const known = subject === this.#subject ? this.#verdicts : new Map<string, Verdict>();
    const present = new Map<string, Verdict>();
    const due: Finding[] = [];
    const offered = findings.map((finding) => {
      if (!isJudged(finding, settings)) return withNothingToCheck(finding);
      const key = keyOf(finding, settings);
      const verdict = known.get(key);
      if (verdict !== undefined) present.set(key, verdict);
      if (verdict === undefined || this.#isOld(verdict)) due.push(finding);
      return verdict === undefined ? unjudged(finding) : {...finding, ...verdict.offer};
    });
    this.#subject = subject;
    this.#verdicts = present;
    if (due.length > 0 && !this.#isJudging) void this.#judge(due, settings, subject);
    // Nothing is left whose cures could not be judged.
    if (due.length === 0 && present.size === 0) this.#noteTroubleOver();
    return offered;
  }

  #noteTrouble(error: ApiError): void {
    this.#hasTrouble = true;
    this.#parts.onTrouble(error);
  }

  #noteTroubleOver(): void {
    if (!this.#hasTrouble) return;
    this.#hasTrouble = false;
    this.#parts.onTroubleOver();
  }

  #isOld({atMs}: Verdict): boolean {
    return this.#parts.clock.monotonicMs() - atMs > JUDGED_FOR_MS;
  }

  async #judge(due: readonly Finding[], settings: LaunchSettings, subject: string): Promise<void> {
    const {clock, onChange} = this.#parts;
    let hasFailed = false;
    // Memory that the driver is still freeing is waited for once, not once for each fix.
    const untilMs = clock.monotonicMs() + MEMORY_PATIENCE_MS;
    const preview: PreviewChange = (change) => this.#previewChange(change, Math.max(0, untilMs - clock.monotonicMs()));
    this.#isJudging = true;
    for (const finding of due) {
      const vetted = await vet(finding, settings, preview).catch((error: unknown) => {
        hasFailed = true;
        this.#noteTrouble(unchecked(error));
        return unjudged(finding);
      });
      // Settings or run have changed: this judgement is outdated.
      if (subject !== this.#subject) break;
      const key = keyOf(finding, settings);
      this.#verdicts = new Map([...this.#verdicts, [key, {offer: offerOf(vetted), atMs: clock.monotonicMs()}]]);
    }
    this.#isJudging = false;
    if (!hasFailed) this.#noteTroubleOver();
    onChange();
  }

  async #previewChange(change: SettingsChange, memoryPatienceMs: number): Promise<Preview | null> {
    const command = restartCommandSchema.parse({type: 'restart', change});
    const preview = await this.#parts.preview({command, gpus: null}, {isCandidate: true, memoryPatienceMs});
    return preview.ok ? preview.value : null;
  }
}

/** The code of a finding about cures that could not be judged. */
export const CURES_UNCHECKED = 'supervisor.cures-unchecked';

function unchecked(error: unknown): ApiError {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: CURES_UNCHECKED,
    message: `Settings that may fix a problem could not be checked: ${reason}.`,
    remedy: 'They are checked again; gantry restart --dry-run checks settings immediately.',
  };
}

function isJudged(finding: Finding, settings: LaunchSettings): boolean {
  return endsWithRestart(finding) || cureCandidates(finding, settings).length > 0;
}

function unjudged(finding: Finding): Finding {
  return endsWithRestart(finding) ? finding : beforeChecks(finding);
}

function vet(finding: Finding, settings: LaunchSettings, preview: PreviewChange): Promise<Finding> {
  return endsWithRestart(finding) ? vetRestart(finding, preview) : vetCures(finding, settings, preview);
}

/** What the judgement has decided; the rest of a finding changes every second. */
function offerOf(vetted: Finding): Verdict['offer'] {
  const {settingsChange, remedy, cure, details} = vetted;
  if (endsWithRestart(vetted)) return {remedy, ...(details === undefined ? {} : {details})};
  return {settingsChange, remedy, ...(cure === undefined ? {} : {cure})};
}

/** What a judgement depends on: numbers in the message and in the facts change every second. */
function keyOf(finding: Finding, settings: LaunchSettings): string {
  const {code, remedy, cure, details} = finding;
  const facts = endsWithRestart(finding) ? details : null;
  return JSON.stringify([code, remedy, cure?.by, facts, cureCandidates(finding, settings)]);
}
