import {BYTES_PER_KIB} from '../../shared/units.ts';
import {cleanLogText} from '../log/clean-log-text.ts';

/** Of the lines that are kept, the last ones, up to twice as much; and of one line, its start. */
const MAX_KEPT_CHARACTERS = 64 * BYTES_PER_KIB;
const MAX_LINE_CHARACTERS = 2_000;

/** tqdm's: ` 25%|██▌       | 2/8 [00:00<00:00,  8.51it/s]`; before it, a bar that is not of the requests has its name. */
const bar = /^ {0,3}\d{1,3}%\|[^|]*\| *(?<completed>\d{1,9})\/(?<total>\d{1,9}) \[/;
const namedBar = /%\|[^|]*\| *\d/;

/** How many of how many requests a bar says are completed. */
export type BarCount = {readonly completed: number; readonly total: number};

/** What a tool prints: its bars are read, and the last of its lines kept without control characters. */
export class ToolOutput {
  readonly #onCount: (count: BarCount) => void;
  #kept = '';
  #line = '';

  constructor(onCount: (count: BarCount) => void) {
    this.#onCount = onCount;
  }

  /** The next part of it, of any length; a bar is drawn in place of itself, and ends with no line. */
  add(text: string): void {
    const parts = text.split(/[\r\n]/);
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.#endLine();
      this.#line = (this.#line + part).slice(0, MAX_LINE_CHARACTERS);
    }
    this.#count(this.#line);
  }

  get text(): string {
    return this.#kept + (isBar(this.#line) ? '' : cleanLogText(this.#line));
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = '';
    this.#count(line);
    if (line === '' || isBar(line)) return;
    this.#kept += `${cleanLogText(line)}\n`;
    if (this.#kept.length > 2 * MAX_KEPT_CHARACTERS) this.#kept = this.#kept.slice(-MAX_KEPT_CHARACTERS);
  }

  #count(line: string): void {
    const groups = bar.exec(line)?.groups;
    if (groups !== undefined) this.#onCount({completed: Number(groups['completed']), total: Number(groups['total'])});
  }
}

function isBar(line: string): boolean {
  return namedBar.test(line);
}
