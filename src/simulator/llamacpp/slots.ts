import type {ActiveRequest, FinishReason} from '../traffic/request.ts';
import type {LlamaLog} from './print-log.ts';

/** A slot logs its speed about every three seconds, after its first hundred tokens. */
const SPEED_EVERY_MS = 3_000;
const SPEED_AFTER_TOKENS = 100;

/** What a slot works on, or worked on last: its cache keeps it. */
type Task = {
  readonly requestId: string;
  readonly number: number;
  isProcessing: boolean;
  tokens: number;
  generatedTokens: number;
  saidAtMs: number;
};

/** The slots of the server: which request is in which, /slots, and their lines in the log. */
export class LlamaSlots {
  readonly #tasks: (Task | null)[];
  readonly #contextSize: number;
  readonly #log: LlamaLog;
  #nextTask = 0;

  constructor(count: number, contextSize: number, log: LlamaLog) {
    this.#tasks = Array.from({length: count}, () => null);
    this.#contextSize = contextSize;
    this.#log = log;
  }

  /** After a step: puts new requests into slots, and logs the speed of long ones. */
  follow(running: readonly Readonly<ActiveRequest>[]): void {
    const nowMs = performance.now();
    for (const request of running) {
      const {slot, task} = this.#place(request);
      const decodedMs = (request.lastTokenAtMs ?? 0) - (request.firstTokenAtMs ?? 0);
      if (request.generatedTokens < SPEED_AFTER_TOKENS || nowMs - task.saidAtMs < SPEED_EVERY_MS) continue;
      const speed = ((request.generatedTokens * 1000) / Math.max(1, decodedMs)).toFixed(2).padStart(6);
      this.#say(
        slot,
        task,
        'print_timing',
        `n_gen = ${padded(request.generatedTokens, 6)}, tg = ${speed} t/s, tg_3s = ${speed} t/s`,
      );
      task.saidAtMs = nowMs;
    }
  }

  /** A request ended: the times of a complete one, and its release. One that was never in a slot is not logged. */
  end(request: Readonly<ActiveRequest>, reason: FinishReason): void {
    const {scheduledAtMs, firstTokenAtMs, lastTokenAtMs, generatedTokens, spec, cachedTokens} = request;
    if (scheduledAtMs === null) return;
    const {slot, task} = this.#place(request);
    if (reason !== 'abort' && firstTokenAtMs !== null && lastTokenAtMs !== null) {
      const prefill = {ms: firstTokenAtMs - scheduledAtMs, tokens: spec.promptTokens - cachedTokens};
      const decode = {ms: lastTokenAtMs - firstTokenAtMs, tokens: generatedTokens};
      const say = (text: string): void => this.#say(slot, task, 'print_timing', text);
      say(`prompt eval time = ${timesText(prefill, prefill.tokens)}`);
      say(`       eval time = ${timesText(decode, Math.max(1, generatedTokens))}`);
      const total = padded((prefill.ms + decode.ms).toFixed(2), 10);
      say(`      total time = ${total} ms / ${padded(prefill.tokens + decode.tokens, 5)} tokens`);
      say(`   graphs reused = ${padded(Math.max(0, generatedTokens - 1), 10)}`);
    }
    const tokens = spec.promptTokens + Math.max(0, generatedTokens - 1);
    this.#say(slot, task, 'release', `stop processing: n_tokens = ${tokens}, truncated = 0`);
    Object.assign(task, {isProcessing: false, tokens});
  }

  /** /slots: a slot without a task has no token counts. */
  page(running: readonly Readonly<ActiveRequest>[]): readonly object[] {
    for (const request of running) this.#place(request);
    return this.#tasks.map((task, id) => ({
      id,
      n_ctx: this.#contextSize,
      speculative: false,
      is_processing: task?.isProcessing ?? false,
      ...(task === null
        ? {}
        : {
            id_task: task.number,
            n_prompt_tokens: task.tokens,
            n_prompt_tokens_processed: 0,
            n_prompt_tokens_cache: 0,
            next_token: [{has_next_token: task.isProcessing, n_decoded: task.isProcessing ? task.generatedTokens : 0}],
          }),
    }));
  }

  /** The slot of a request, a free one if it has none yet. */
  #place({spec, generatedTokens}: Readonly<ActiveRequest>): {readonly slot: number; readonly task: Task} {
    const known = this.#tasks.findIndex((task) => task?.requestId === spec.id && task.isProcessing);
    const free = this.#tasks.findIndex((task) => task?.isProcessing !== true);
    const slot = known >= 0 ? known : Math.max(0, free);
    const before = this.#tasks[slot];
    const task: Task =
      known >= 0 && before !== null && before !== undefined ? before : this.#launch(slot, spec.id, spec.promptTokens);
    Object.assign(task, {generatedTokens, tokens: spec.promptTokens + generatedTokens});
    return {slot, task};
  }

  #launch(slot: number, requestId: string, promptTokens: number): Task {
    const task: Task = {
      requestId,
      number: this.#nextTask,
      isProcessing: true,
      tokens: promptTokens,
      generatedTokens: 0,
      saidAtMs: performance.now(),
    };
    this.#nextTask += 1;
    this.#tasks[slot] = task;
    this.#say(slot, task, 'launch_slot_', 'processing task, is_child = 0');
    return task;
  }

  #say(slot: number, task: Task, from: string, text: string): void {
    this.#log.line(3, 'I', `slot ${from.padStart(12)}: id ${padded(slot, 2)} | task ${task.number} | ${text}`);
  }
}

/** `123.45 ms /    44 tokens (    3.93 ms per token,   254.21 tokens per second)`. */
function timesText({ms, tokens}: {readonly ms: number; readonly tokens: number}, steps: number): string {
  const each = padded((ms / Math.max(1, steps)).toFixed(2), 8);
  const speed = padded(((steps * 1000) / Math.max(0.001, ms)).toFixed(2), 8);
  return `${padded(ms.toFixed(2), 10)} ms / ${padded(tokens, 5)} tokens (${each} ms per token, ${speed} tokens per second)`;
}

function padded(value: number | string, columns: number): string {
  return String(value).padStart(columns);
}
