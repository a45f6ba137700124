import type {ApiError, CommandReply} from '../../api/commands.ts';
import type {Preview, PreviewRequest} from '../../api/preview.ts';
import type {LifecycleEvent, Refusal} from '../../domain/lifecycle/lifecycle.ts';
import {parseNodeSpec} from '../../domain/memory/node-spec.ts';
import {changeSummary} from '../../domain/settings/settings-difference.ts';
import {changedNames} from '../../domain/settings/settings-table.ts';
import type {Result} from '../../shared/result.ts';
import type {FixTrial} from '../launch/cures/offered-cures.ts';
import {judgeLaunch} from '../launch/judge-launch.ts';
import {refusalFor} from '../launch/judgement.ts';
import {MEMORY_PATIENCE_MS} from '../launch/preflight.ts';
import type {JudgementWorld} from '../launch/world/judgement-world.ts';
import type {WithoutTime} from './clock.ts';
import {cancelled, type EngineCommand, startEvent} from './engine-commands.ts';
import {type CommandContext, commandBlockers, heldBy, intentOf, previewCommand} from './judge-command.ts';
import type {Reply} from './mailbox.ts';

export type CommandDeskOptions = {
  /** The host that starts are judged on. */
  readonly world: JudgementWorld;
  /** The present state. */
  readonly context: () => CommandContext;
  /** Lists the engine's processes again: a worker that has just started must not count as foreign. */
  readonly refreshOwnPids: () => Promise<void>;
  /** Posts an event to the lifecycle. */
  readonly post: (event: WithoutTime<LifecycleEvent>) => Reply<Refusal>;
};

/** What is done with a command when its turn comes. */
type CommandTurn = {
  /** Awaited before it is judged. */
  readonly prepare: () => Promise<void>;
  readonly perform: () => CommandReply;
  readonly refuse: (error: ApiError) => CommandReply;
};

/**
 * Commands about the engine: `refuse` judges, which may take a while and changes nothing; `run` performs immediately.
 */
export class CommandDesk {
  readonly #options: CommandDeskOptions;
  /** Number of accepted stops: one that arrives while a start is judged cancels that start. */
  #stops = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: CommandDeskOptions) {
    this.#options = options;
  }

  /**
   * Why a command is refused, before anything is changed, above all before a serving engine is stopped; null if it is
   * not refused. The start that it leads to is judged in full; `stops` is the number of stops before it.
   */
  async refuse(command: EngineCommand, stops = this.#stops): Promise<ApiError | null> {
    if (command.type === 'stop') return null;
    const {world, context, refreshOwnPids} = this.#options;
    if (stops !== this.#stops) return cancelled();
    await refreshOwnPids();
    const intent = intentOf(command, context());
    if (!intent.ok) return intent.error;
    const {settings, refusal, isStart} = intent.value;
    if (refusal !== null || !isStart) return refusal;
    const {force} = command;
    const endedPids = context().ownPids;
    const held = () => heldBy(context());
    const request = {settings, force, held, endedPids, node: null, memoryPatienceMs: MEMORY_PATIENCE_MS};
    const judgement = await judgeLaunch(request, world);
    if (stops !== this.#stops) return cancelled();
    return refusalFor(commandBlockers(intent.value, judgement));
  }

  /**
   * Judges a command, and performs it if it is not refused. Starts and restarts take turns in the order they came: the
   * later of two is judged on what the earlier one has begun. A stop never waits.
   */
  async handle(command: EngineCommand, {prepare, perform, refuse}: CommandTurn): Promise<CommandReply> {
    if (command.type === 'stop') return perform();
    const stops = this.#stops;
    const turn = this.#turn.then(async () => {
      await prepare();
      const error = await this.refuse(command, stops);
      return error === null ? perform() : refuse(error);
    });
    // A judgement that throws is its own command's error, not the next one's.
    this.#turn = turn.catch(() => null);
    return turn;
  }

  /** Performs a command of `by` that was not refused: accepted means recorded and begun. */
  run(command: EngineCommand, by: string): CommandReply {
    const taken = this.#takenText(command);
    const {refusal, message} = this.#post(command, by);
    if (refusal !== null) return {accepted: false, error: refusal};
    if (command.type === 'stop') this.#stops += 1;
    return {accepted: true, message: `${message ?? 'Accepted.'}${taken}`};
  }

  /**
   * What a command would do, and why it would be refused. An error if the request itself is not valid. `trial` says how
   * to judge a fix that is being tried.
   */
  async preview({command, gpus}: PreviewRequest, trial: FixTrial = {}): Promise<Result<Preview, ApiError>> {
    const {world, context, refreshOwnPids} = this.#options;
    const node = gpus === null ? null : parseNodeSpec(gpus);
    const tried = (): CommandContext => ({...context(), ...trial});
    if (node === null) {
      await refreshOwnPids();
      return previewCommand(command, tried, world);
    }
    return node.ok ? previewCommand(command, tried, world, node.value) : node;
  }

  /** What a start takes from the configuration, as a sentence after the reply. */
  #takenText(command: EngineCommand): string {
    if (command.type === 'stop') return '';
    const intent = intentOf(command, this.#options.context());
    if (!intent.ok || !intent.value.isStart || changedNames(intent.value.taken).length === 0) return '';
    return ` From the configuration: ${changeSummary(intent.value.taken)}.`;
  }

  #post(command: EngineCommand, by: string): Reply<Refusal> {
    const {context, post} = this.#options;
    if (command.type === 'stop') return post({type: 'stop-requested', drainMs: command.drainMs, by});
    const intent = intentOf(command, context());
    if (!intent.ok) return {message: null, refusal: intent.error};
    return post(startEvent(command, intent.value.settings, by));
  }
}
