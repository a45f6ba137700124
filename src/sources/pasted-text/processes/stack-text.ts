import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../../engines/engine.ts';
import {countedText, limitedList} from '../../../shared/quantities/counts.ts';
import {kernelWaitOf} from './kernel-waits.ts';
import {type Frame, readStackLine} from './stack-lines.ts';
import {
  type Classified,
  classifyThread,
  type ThreadWait,
  threadRemedies,
  threadTexts,
  threadWaits,
} from './thread-waits.ts';

const MAX_THREADS = 4_000;
/** Calls that are kept of a thread, the innermost ones. */
const MAX_FRAMES = 80;
const MAX_NAMED = 4;
const MAX_SUMMARY = 24;

type Thread = {
  readonly process: Process;
  readonly isMain: boolean;
  readonly isActive: boolean;
  readonly frames: Frame[];
  readonly text: string;
};
type Process = {readonly pid: number | null; name: string | null};
type Waiting = Classified & {readonly thread: Thread};

/** A function of the kernel on a line of its own, as /proc/PID/wchan has it. */
const bareName = /^[a-z_][a-z\d_.]{3,60}$/;

/** Reads where threads are: /proc/PID/stack and wchan, py-spy dump, gdb and pstack, from the lines of any text. */
export class StackText {
  readonly #engines: readonly Engine[];
  readonly #threads: Thread[] = [];
  readonly #processes = new Map<number, Process>();
  #process: Process = {pid: null, name: null};
  #thread: Thread | null = null;
  /** The next line is the content of wchan. */
  #expectsName = false;
  #isOfWatchdog = false;
  #count = 0;

  constructor(engines: readonly Engine[]) {
    this.#engines = engines;
  }

  /** Takes a line; true if it is of a stack. */
  take(text: string): boolean {
    const line = readStackLine(text);
    if (line === null) return this.#takeName(text);
    this.#expectsName = false;
    this.#count += 1;
    switch (line.type) {
      case 'process':
        this.#process = this.#processOf(line.pid, line.name);
        this.#thread = null;
        break;
      case 'wait-place':
        this.#process = this.#processOf(line.pid, null);
        this.#thread = null;
        this.#expectsName = line.name === null;
        if (line.name !== null) this.#addFrame({layer: 'kernel', name: line.name, place: null}, text);
        break;
      case 'thread':
        this.#open(line.isMain || (line.id !== null && line.id === this.#process.pid), text, line.isActive);
        break;
      case 'watchdog':
        this.#isOfWatchdog = true;
        break;
      case 'frame':
        this.#addFrame(line.frame, text);
        break;
      case 'note':
        break;
    }
    return true;
  }

  /** Number of threads with a known place. */
  get count(): number {
    return this.#threads.filter(({frames}) => frames.length > 0).length;
  }

  /** Number of lines that are of stacks. */
  get lineCount(): number {
    return this.#count;
  }

  /** True for a text that is nothing but functions of the kernel in which processes wait. */
  static isBareList(lines: readonly string[]): boolean {
    const full = lines.filter((line) => line.trim() !== '');
    return (
      full.length > 0 &&
      full.every((line) => bareName.test(line.trim()) && line.includes('_') && kernelWaitOf(line.trim()) !== 'unknown')
    );
  }

  /** Takes such a text as what it is. */
  takeBareList(lines: readonly string[]): void {
    for (const line of lines) {
      if (line.trim() === '') continue;
      this.#thread = null;
      this.#count += 1;
      this.#addFrame({layer: 'kernel', name: line.trim(), place: null}, line);
    }
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    const waits = this.#threads
      .filter(({frames}) => frames.length > 0)
      .map((thread): Waiting => ({thread, ...classifyThread(thread.frames)}));
    const telling = waits.filter(({thread}) => thread.isMain || isWorker(thread) || !hasMain(thread, waits));
    const shown = telling.length > 0 ? telling : waits;
    const engine = this.#engineOf();
    return otherText({
      kind: 'stacks',
      engine: engine?.name ?? null,
      displayName: 'Stacks of processes',
      summary: [
        `${countedText(waits.length, 'thread')}, at one moment: take it again some seconds later, and what is in the same place hangs.`,
        ...shown.slice(0, MAX_SUMMARY).map((one) => `${sentenceOf(one)}.`),
      ],
      findings: [...(this.#isOfWatchdog ? [watchdogFinding(shown)] : []), ...findingsOf(waits, shown)],
      lineCount,
    });
  }

  #takeName(text: string): boolean {
    const isName = this.#expectsName && bareName.test(text.trim());
    this.#expectsName = false;
    if (!isName) return false;
    this.#count += 1;
    this.#addFrame({layer: 'kernel', name: text.trim(), place: null}, text);
    return true;
  }

  #open(isMain: boolean, text: string, isActive = false): void {
    const thread: Thread = {process: this.#process, isMain, isActive, frames: [], text: text.trim()};
    if (this.#threads.length < MAX_THREADS) this.#threads.push(thread);
    this.#thread = thread;
  }

  #addFrame(frame: Frame, text: string): void {
    // A stack without a title of its own is that of a process.
    if (this.#thread === null) this.#open(true, text);
    if (this.#thread !== null && this.#thread.frames.length < MAX_FRAMES) this.#thread.frames.push(frame);
  }

  #processOf(pid: number, name: string | null): Process {
    const known = this.#processes.get(pid) ?? {pid, name};
    known.name ??= name;
    if (this.#processes.size < MAX_THREADS) this.#processes.set(pid, known);
    return known;
  }

  #engineOf(): Engine | null {
    const names = [...this.#processes.values()].flatMap(({name}) => name?.toLowerCase() ?? []);
    const places = this.#threads.flatMap(({frames}) => frames.map(({place}) => place ?? ''));
    return (
      this.#engines.find(({name}) => names.some((text) => text.includes(name))) ??
      this.#engines.find(({name}) => places.some((place) => place.includes(`${name}/`))) ??
      null
    );
  }
}

/** A thread that computes while the main one may only wait for it. */
function isWorker({isActive, frames}: Thread): boolean {
  return isActive && frames.length > 0;
}

/** A step of an engine did not end: a thread that is active is where it hangs, otherwise the main one is. */
function watchdogFinding(shown: readonly Waiting[]): Finding {
  const active = shown.filter(({thread}) => thread.isActive);
  const told = active.length > 0 ? active : shown;
  const where = told.map(({thread: {frames, text}}) => {
    const [frame] = frames.filter(({name}) => !/^_{0,2}(?:call|torch_function|wrapped)/.test(name));
    return frame === undefined ? text : `${frame.name}${frame.place === null ? '' : ` in ${frame.place}`}`;
  });
  return {
    code: 'host.watchdog-dump',
    severity: 'critical',
    message: `A watchdog took these stacks, because a step of the engine did not end. ${active.length > 0 ? 'Active at that moment' : 'No thread was active'}: ${limitedList([...new Set(where)], MAX_NAMED)}.`,
    evidence: told[0]?.thread.text ?? null,
    remedy:
      'The step hangs in that call: in a kernel or a collective operation. Compare the stacks of all ranks: the rank that is elsewhere is the one that the others wait for. Look for an Xid, then restart, with another attention backend or without overlapped scheduling if it happens again.',
    settingsChange: null,
  };
}

function hasMain({process}: Thread, waits: readonly Waiting[]): boolean {
  return waits.some(({thread}) => thread.isMain && thread.process === process);
}

/** One finding for each kind of wait that may be a problem. Of helper threads only those that wait for what is broken. */
function findingsOf(waits: readonly Waiting[], main: readonly Waiting[]): readonly Finding[] {
  return threadWaits.flatMap((wait) => {
    const remedy = threadRemedies[wait];
    const among =
      wait === 'driver' || wait === 'network-file-system' || wait === 'import' || wait === 'lock-file' ? waits : main;
    const found = among.filter((one) => one.wait === wait);
    const [first] = found;
    if (remedy === undefined || first === undefined) return [];
    return [waitFinding(wait, found, first, othersText(wait, main), remedy)];
  });
}

/** Others wait in a collective operation: who does something else is the one that they wait for. */
function isWorking(wait: ThreadWait): boolean {
  return wait !== 'collective' && wait !== 'workers' && wait !== 'idle' && wait !== 'message';
}

/** What the processes that are waited for do, if they are in the text too. */
function othersText(wait: ThreadWait, main: readonly Waiting[]): string {
  if (wait === 'workers') {
    const others = main.filter((one) => one.wait !== wait);
    const isMutual = others.length > 0 && others.every((one) => one.wait === 'message');
    return isMutual ? ' Its workers wait for a message at the same time: both sides wait for each other.' : '';
  }
  const odd = wait === 'collective' ? main.filter((one) => isWorking(one.wait)) : [];
  return odd.length === 0 ? '' : ` What they wait for: ${limitedList(odd.map(sentenceOf), MAX_NAMED)}.`;
}

function waitFinding(
  wait: ThreadWait,
  found: readonly Waiting[],
  first: Waiting,
  others: string,
  remedy: string,
): Finding {
  const names = limitedList([...new Set(found.map(({thread}) => nameOf(thread)))], MAX_NAMED);
  return {
    ...withDetails('host.stack-waits', {
      wait,
      threads: found.map(({thread, frame}) => ({
        pid: thread.process.pid,
        process: thread.process.name,
        isMain: thread.isMain,
        function: frame?.name ?? null,
        place: frame?.place ?? null,
      })),
    }),
    severity: 'warning',
    message: `${names} ${threadTexts[wait]}${placeText(first)}.${others}`,
    evidence: first.thread.text,
    remedy,
    settingsChange: null,
  };
}

function sentenceOf(one: Waiting): string {
  return `${nameOf(one.thread)} ${threadTexts[one.wait]}${placeText(one)}`;
}

function nameOf({process: {pid, name}, isMain}: Thread): string {
  if (pid === null) return isMain ? 'The process' : 'A thread';
  const title = name === null ? `Process ${pid}` : `${name.slice(0, 60)} (pid ${pid})`;
  return isMain ? title : `A thread of ${title}`;
}

function placeText({frame}: Classified): string {
  if (frame === null) return '';
  return ` (${frame.name}${frame.place === null ? '' : ` in ${frame.place}`})`;
}
