import {splitPrefix} from './log-prefix.ts';

/** Lines after the report of a signal that may name the place: a native stack, then that of Python. */
const MAX_LINES = 80;

/** Forms of a stack: glog's and Abseil's, UCX's, PyTorch's, and that of Python's own handler. */
const frames: readonly RegExp[] = [
  /^\s*(?:PC: )?@\s+0x[\da-f]{1,16}\s+(?:\d+|\(unknown\))\s+(\S.{0,200})/,
  /^\s*#?\d{1,3}\s+0x[\da-f]{1,16} (?:in )?([\w:~<>*&, ]{1,200}\()/,
  /^\s*frame #\d{1,3}: ([\w:~<>*&, ]{1,200}\()/,
  /^\s*File "[^"]{1,400}", line \d+ in (\w{1,100})/,
];
/** Frames of the handler and of the system, which are not the place. */
const handler =
  /^(?:\(unknown\)|_*sigaction|__restore_rt|gsignal|raise|abort|__pthread_kill|_*kill|killpg|clone|start_thread|<unknown>)/;
const nccl = /\bp?nccl[A-Z]\w{1,60}\(?|[\\/_]nccl[\\/._]|\baddProxyOpIfNeeded\b|\bpynccl\b/;

/** The function at the top of the stack, whether the stack leads through NCCL, and the process as the log names it. */
export type CrashPlace = {readonly name: string | null; readonly isInNccl: boolean; readonly process: string | null};

/** Finds out where native code crashed: the function at the top of the stack, the library, and the process. */
export class CrashSite {
  readonly #process: string;
  #name: string | null = null;
  #isInNccl = false;
  #lineCount = 0;

  constructor(text: string) {
    this.#process = splitPrefix(text).process;
    this.#isInNccl = nccl.test(text);
  }

  /** Takes a line after the report. */
  take(text: string): void {
    if (this.#lineCount >= MAX_LINES) return;
    const {process, rest} = splitPrefix(text);
    if (process !== this.#process) return;
    this.#lineCount += 1;
    if (/Traceback \(most recent call last\)/.test(rest)) this.#lineCount = MAX_LINES;
    const name = nameIn(rest);
    if (name === null) return;
    this.#name ??= name;
    this.#isInNccl ||= nccl.test(rest);
  }

  /** What is known of the place. */
  get place(): CrashPlace {
    return {name: this.#name, isInNccl: this.#isInNccl, process: this.#process === '' ? null : this.#process};
  }
}

function nameIn(rest: string): string | null {
  for (const frame of frames) {
    const name = frame.exec(rest)?.[1]?.trim();
    if (name !== undefined && !handler.test(name))
      return name.includes('(') ? `${name.slice(0, name.indexOf('(')).trim()}()` : name;
  }
  return null;
}
