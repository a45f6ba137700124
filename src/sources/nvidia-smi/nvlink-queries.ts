import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuSample, Nvlinks} from '../../samples/gpu.ts';
import {absent, isPresent, type Reading} from '../../samples/reading.ts';
import {parseNvlinks} from './parse/parse-nvlinks.ts';
import {fewerNvlinks, nvlinksUnreadFinding} from './problems/link-findings.ts';
import {isNoAnswer, type RunOptions, runOnce} from './run-once.ts';

const noNvlink = absent('this GPU has no NVLink');

/** What an answer about NVLinks says is wrong, and whether it was one. */
export type NvlinkAnswer = {readonly findings: readonly Finding[]; readonly isAnswer: boolean};

/**
 * Asks for the NVLinks, apart from all other queries: a driver that is slow with them, or hangs, delays nothing else. At most
 * one question is open; while it hangs in the kernel, no other is asked.
 */
export class NvlinkQueries {
  #hasNvlinks = true;
  /** By UUID, as read last; null before, and after two questions in a row without an answer. */
  #links: ReadonlyMap<string, Reading<Nvlinks>> | null = null;
  #unanswered = 0;
  #isOpen = false;
  #last: Promise<void> = Promise.resolve();

  /** The GPUs with their NVLinks as read last; without them while they are unknown. */
  of(gpus: readonly GpuSample[]): readonly GpuSample[] {
    const known = this.#links;
    if (!this.#hasNvlinks) return gpus.map((gpu) => ({...gpu, nvlinks: noNvlink}));
    if (known !== null)
      return gpus.map((gpu) => ({...gpu, nvlinks: known.get(isPresent(gpu.uuid) ? gpu.uuid : '') ?? noNvlink}));
    if (this.#unanswered === 0) return gpus;
    return gpus.map((gpu) => ({...gpu, nvlinks: absent('nvidia-smi nvlink --status does not answer')}));
  }

  /** Asks for the links of these GPUs, unless the last question is still open or the node has none. */
  ask(
    gpus: readonly GpuSample[],
    executable: string,
    options: RunOptions,
    onAnswer: (answer: NvlinkAnswer) => void,
  ): void {
    if (this.#isOpen || !this.#hasNvlinks) return;
    this.#isOpen = true;
    this.#last = this.#read(gpus, executable, options).then((answer) => {
      if (answer !== null) onAnswer(answer);
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
    if (result.kind === 'stuck' || isNoAnswer(result)) return this.#withoutAnswer(result.kind === 'stuck');
    this.#unanswered = 0;
    const text = result.kind === 'ended' ? result.stdout : '';
    const links = parseNvlinks(text);
    const isOfAll = gpus.every(({uuid}) => isPresent(uuid) && text.includes(`(UUID: ${uuid})`));
    const isEnded = result.kind === 'ended' && result.exitCode === 0;
    // Anything else is a driver that failed: the next answer may have links.
    if (links.size === 0 && !(isEnded && isOfAll)) return {findings: [], isAnswer: false};
    this.#hasNvlinks = links.size > 0;
    this.#links = links;
    return {findings: fewerNvlinks(this.of(gpus)), isAnswer: true};
  }

  /** A busy host is late too: one late answer changes nothing. */
  #withoutAnswer(isStuck: boolean): NvlinkAnswer {
    this.#unanswered += 1;
    if (this.#unanswered > 1 || isStuck) this.#links = null;
    return {findings: [nvlinksUnreadFinding()], isAnswer: isStuck};
  }
}
