import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {isAboutHost} from '../../domain/preflight/host-checks.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {findEngine} from '../../engines/registry.ts';
import type {Reading} from '../../samples/reading.ts';
import {ok} from '../../shared/result.ts';
import type {Observer} from '../snapshot/observer.ts';
import {warningOf} from '../snapshot/own-findings.ts';
import {checkHost} from './checks/check-host.ts';
import {modelCheck} from './checks/check-model.ts';
import {guarded, UNCHECKED} from './checks/guarded-check.ts';
import type {PlanKnowledge} from './plan-knowledge.ts';
import type {JudgementWorld} from './world/judgement-world.ts';

/** How often the host is checked again while something is wrong with it. */
const HOST_CHECK_INTERVAL_MS = 60_000;
/** How often the installed version is read: an engine may be upgraded while it is stopped. */
const ENGINE_READ_INTERVAL_MS = 60_000;

type Parts = {
  readonly knowledge: Pick<PlanKnowledge, 'lookUpModel' | 'hasLooked' | 'problemOf' | 'onDisk' | 'noteVersion'>;
  readonly world: JudgementWorld;
  readonly observer: Observer;
  readonly clock: {readonly monotonicMs: () => number};
  /** Of the engine that runs, or would be started. */
  readonly settings: () => LaunchSettings;
  readonly plan: () => Reading<MemoryPlan>;
  /** What the plan of the next start rests on was read: the model's files, or another version of the engine. */
  readonly onRead: (settings: LaunchSettings) => void;
};

/**
 * What an engine is started from, after the checks of its start: the files of its model, and the host. Findings about
 * them end when it is put right, not when the engine serves.
 */
export class StartConditions {
  readonly #parts: Parts;
  #hostCheckedAtMs = Number.NEGATIVE_INFINITY;
  #engineRead: {readonly name: string; readonly atMs: number} | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** About the files of the model in these settings, and of no other; null if nothing is wrong. */
  modelFinding(): Finding | null {
    const {knowledge, settings, world} = this.#parts;
    const {model} = settings();
    const problem = knowledge.problemOf(model);
    if (problem !== null) return warningOf(problem);
    const onDisk = knowledge.onDisk(model);
    // An engine may serve without them, with generated weights.
    const missing = onDisk === null ? null : modelCheck(model, ok(onDisk), world).finding;
    return missing === null ? null : {...missing, severity: 'warning'};
  }

  /** Called every few seconds: reads the model's files if they were not read, could not be, or are incomplete. */
  async checkModel(): Promise<void> {
    const {knowledge, settings, onRead} = this.#parts;
    const looked = settings();
    if (knowledge.hasLooked(looked.model) && this.modelFinding() === null) return;
    await knowledge.lookUpModel(looked.model);
    onRead(settings());
  }

  /** Called every few seconds: reads once a minute which version of the engine is installed. */
  async checkEngine(): Promise<void> {
    const {knowledge, settings, world, clock, onRead} = this.#parts;
    const engine = findEngine(settings().engine);
    const read = this.#engineRead;
    const nowMs = clock.monotonicMs();
    if (engine === undefined) return;
    if (read?.name === engine.name && nowMs - read.atMs < ENGINE_READ_INTERVAL_MS) return;
    this.#engineRead = {name: engine.name, atMs: nowMs};
    if (knowledge.noteVersion(engine.name, await world.readInstalledVersion(engine))) onRead(settings());
  }

  /** Called every second: checks the host again while something is wrong with it. */
  async checkHost(): Promise<void> {
    const {world, observer, clock, settings, plan, knowledge} = this.#parts;
    const nowMs = clock.monotonicMs();
    const isDue = nowMs - this.#hostCheckedAtMs >= HOST_CHECK_INTERVAL_MS;
    if (world.simulated || !isDue || observer.get().hostFindings.length === 0) return;
    this.#hostCheckedAtMs = nowMs;
    const looked = settings();
    const model = await knowledge.lookUpModel(looked.model);
    const checks = await guarded('host', () => checkHost({settings: looked, plan: plan(), model}, world));
    // Checks that failed do not end findings.
    if (checks.some(({finding}) => finding?.code === UNCHECKED)) return;
    const findings = checks.flatMap(({finding}) => (finding !== null && isAboutHost(finding) ? [finding] : []));
    observer.observe({type: 'host', findings});
  }
}
