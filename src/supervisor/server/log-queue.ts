import type {LogLines} from '../../api/log-lines.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';

type QueuedLine = LogLines['lines'][number] & {readonly runId: string | null};

const MAX_QUEUED_LINES = 5_000;
const MAX_QUEUED_CHARACTERS = 4 * BYTES_PER_MIB;
const MAX_EVENT_LINES = 500;
const MAX_EVENT_CHARACTERS = BYTES_PER_MIB / 4;

/** Pending log lines of one client, limited in number and size; the oldest are dropped and counted. */
export class LogQueue {
  #lines: QueuedLine[] = [];
  #head = 0;
  #characters = 0;
  #droppedCount = 0;

  add({runId, lines}: LogLines): void {
    for (const line of lines) {
      this.#lines.push({runId, ...line});
      this.#characters += line.text.length;
    }
    while (this.#length > MAX_QUEUED_LINES || (this.#characters > MAX_QUEUED_CHARACTERS && this.#length > 1)) {
      this.#shift();
      this.#droppedCount += 1;
    }
  }

  /** Takes the oldest lines of one run, as many as fit into one event; null if there are none. */
  take(): LogLines | null {
    const first = this.#peek();
    if (first === null) return null;
    const lines: LogLines['lines'] = [];
    const droppedCount = this.#droppedCount;
    if (droppedCount > 0) {
      // Uses the number of the last dropped line, so that numbers keep increasing.
      const {offsetBytes} = first;
      const place = offsetBytes === undefined ? {} : {offsetBytes: Math.max(0, offsetBytes - 1)};
      lines.push({number: first.number - 1, ...place, text: droppedNotice(droppedCount)});
      this.#droppedCount = 0;
    }
    let characters = 0;
    for (let line: QueuedLine | null = first; line !== null && line.runId === first.runId; line = this.#peek()) {
      if (lines.length >= MAX_EVENT_LINES) break;
      if (characters > 0 && characters + line.text.length > MAX_EVENT_CHARACTERS) break;
      characters += line.text.length;
      const {runId: _, ...shown} = line;
      lines.push(shown);
      this.#shift();
    }
    return {runId: first.runId, lines, ...(droppedCount === 0 ? {} : {droppedCount})};
  }

  get #length(): number {
    return this.#lines.length - this.#head;
  }

  #peek(): QueuedLine | null {
    return this.#lines[this.#head] ?? null;
  }

  #shift(): void {
    this.#characters -= this.#peek()?.text.length ?? 0;
    this.#head += 1;
    if (this.#head < 1_024 && this.#head < this.#lines.length) return;
    this.#lines = this.#lines.slice(this.#head);
    this.#head = 0;
  }
}

function droppedNotice(count: number): string {
  return `… ${count} ${count === 1 ? 'line' : 'lines'} dropped here: the log is faster than this connection`;
}
