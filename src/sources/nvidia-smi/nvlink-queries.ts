import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuSample, Nvlinks} from '../../samples/gpu.ts';
import {absent, isPresent, type Reading} from '../../samples/reading.ts';
import {listedUuids, parseNvlinks} from './parse/parse-nvlinks.ts';
import {fewerNvlinks, nvlinksUnreadFinding} from './problems/link-findings.ts';
import {isNoAnswer, type RunOptions, type RunResult, runOnce} from './run-once.ts';

const noNvlink = absent('this GPU has no NVLink');
const notListed = absent('nvidia-smi nvlink --status did not list this GPU');
const NOT_ANSWERING = 'does not answer';

/** What an answer about NVLinks says is wrong, and whether it was one. */
export type NvlinkAnswer = {readonly findings: readonly Finding[]; readonly isAnswer: boolean};

/**
 * Asks for the NVLinks, apart from all other queries: a driver that is slow with them, or hangs, delays nothing else. At most
 * one question is open; while it hangs in the kernel, no other is asked.
 */
export class NvlinkQueries {
  /** By UUID, as read last; null before, and after two questions in a row without a usable answer. */
  #links: ReadonlyMap<string, Reading<Nvlinks>> | null = null;
  /** Of a node that has never named a link, an unusable answer is no problem: drivers differ in what they print there. */
  #hadLinks = false;
  #unanswered = 0;
  #failure = NOT_ANSWERING;
  #isOpen = false;
  #last: Promise<void> = Promise.resolve();

  /** The GPUs with their NVLinks as read last; without them while they are unknown. */
  of(gpus: readonly GpuSample[]): readonly GpuSample[] {
    const known = this.#links;
    if (known !== null) return gpus.map((gpu) => ({...gpu, nvlinks: known.get(uuidOf(gpu)) ?? notListed}));
    if (this.#unanswered === 0) return gpus;
    return gpus.map((gpu) => ({...gpu, nvlinks: absent(`nvidia-smi nvlink --status ${this.#failure}`)}));
  }

  /** Asks for the links of these GPUs, unless the last question is still open or none of them has NVLink. Silent once aborted. */
  ask(
    gpus: readonly GpuSample[],
    executable: string,
    options: RunOptions,
    onAnswer: (answer: NvlinkAnswer) => void,
  ): void {
    const known = this.#links;
    const isKnown = known !== null && gpus.every((gpu) => !isPresent(gpu.uuid) || known.get(uuidOf(gpu)) === noNvlink);
    if (this.#isOpen || isKnown) return;
    this.#isOpen = true;
    this.#last = this.#read(gpus, executable, options).then((answer) => {
      // A child that hangs in the kernel is known to do so only after the stop.
      if (answer !== null && options.signal?.aborted !== true) onAnswer(answer);
    });
  }

  /** Resolves when the last question is answered, or given up. */
  settled(): Promise<void> {
    return this.#last;
  }

  async #read(gpus: readonly GpuSample[], executable: string, options: RunOptions): Promise<NvlinkAnswer | null> {
    const result = await runOnce(executable, ['nvlink', '--status'], options);
    const gone = result.kind === 'stuck' ? result.gone : Promise.resolve();
    void gone.then(() => {
      this.#isOpen = false;
    });
    if (result.kind === 'aborted') return null;
    if (result.kind === 'stuck' || isNoAnswer(result))
      return this.#withoutAnswer(NOT_ANSWERING, result.kind === 'stuck');
    const links =
      result.kind === 'ended' ? readingsOf(result.stdout, result.exitCode === 0) : new Map<string, Reading<Nvlinks>>();
    const hasLinks = [...links.values()].some(isPresent);
    if (!hasLinks && !gpus.every((gpu) => links.has(uuidOf(gpu)))) return this.#withoutLinks(failureOf(result));
    this.#unanswered = 0;
    this.#hadLinks ||= hasLinks;
    this.#links = links;
    return {findings: fewerNvlinks(this.of(gpus)), isAnswer: true};
  }

  /** It ended, and named neither a link nor every GPU: the driver failed, and the next answer may have links. */
  #withoutLinks(failure: string): NvlinkAnswer {
    if (this.#hadLinks) return this.#withoutAnswer(failure, false);
    this.#unanswered = 0;
    return {findings: [], isAnswer: false};
  }

  /** A busy host is late too: one late answer changes nothing. */
  #withoutAnswer(failure: string, isStuck: boolean): NvlinkAnswer {
    this.#failure = failure;
    this.#unanswered += 1;
    if (this.#unanswered > 1 || isStuck) this.#links = null;
    return {findings: [nvlinksUnreadFinding(failure)], isAnswer: isStuck};
  }
}

/** The readings of the GPUs that an answer lists. Only a whole answer says of a GPU that it has no NVLink. */
function readingsOf(text: string, isWhole: boolean): ReadonlyMap<string, Reading<Nvlinks>> {
  const none = isWhole ? listedUuids(text).map((uuid) => [uuid, noNvlink] as const) : [];
  return new Map<string, Reading<Nvlinks>>([...none, ...parseNvlinks(text)]);
}

function failureOf(result: RunResult): string {
  if (result.kind === 'not-started') return `cannot be started (${result.code})`;
  const isFailed = result.kind === 'ended' && result.exitCode !== 0;
  return isFailed ? `failed with exit status ${result.exitCode}` : 'does not list the GPUs';
}

/** Empty for a GPU whose UUID could not be read. */
function uuidOf({uuid}: GpuSample): string {
  return isPresent(uuid) ? uuid : '';
}
