import type {NumberedLine} from '../log-interpreter.ts';
import {type CrashPlace, CrashSite} from './crash-site.ts';
import {
  type ErrorForm,
  type ErrorLine,
  errorForms,
  exceptionForm,
  isNativeFrame,
  mayBeError,
  readErrorLine,
} from './error-line.ts';
import {isEngineProcessLine} from './exception-line.ts';
import {type PrefixedLine, splitPrefix, withoutGroupMark} from './log-prefix.ts';
import {continuesMessage, isUnfinished, isWrapper} from './message-lines.ts';

/** The line that says why a program ended, as far as the text shows it. */
export type FinalError = {
  readonly form: ErrorForm | 'cut-traceback' | 'cut-stack';
  /** The line without its prefix; of a cut traceback its last frame, of a part of one the first. */
  readonly text: string;
  readonly line: NumberedLine;
  /** Of a crash: where it happened, in which process. */
  readonly place?: CrashPlace;
};

type Noted = FinalError & {readonly form: ErrorForm; readonly process: string; readonly phaseCount: number};

/** What is known of one process: the traceback that it prints, and whether the next one belongs to the same failure. */
type ProcessState = {
  frame: NumberedLine | null;
  isIndented: boolean;
  isChained: boolean;
  isOfRequest: boolean;
  /** Of a C++ exception: its type, until its message follows. */
  thrown: string | null;
  /** The condition of the last frame, if that frame asserts one. */
  asserted: string | null;
  /** The last exception only wraps the one whose traceback follows. */
  isWrapped: boolean;
};

/** Phases after which an error was survived: ranks are at most one phase apart. */
const SURVIVED_PHASES = 2;
/** Processes that are kept apart; further ones are read as one. */
const MAX_PROCESSES = 256;

/** Longest condition of an assertion that is put together from several lines, in characters. */
const MAX_CONDITION_LENGTH = 400;

const tracebackStart = /Traceback \(most recent call last\)/;
const frameLine = /^\s*File "[^"]{1,1000}", line \d+/;
const chained = /^(?:The above exception was the direct cause|During handling of the above exception)/;
/** What announces the traceback of a client's request. */
const requestError = /Exception in ASGI application|Error in (?:handling|processing) request|Exception on \/\S* \[/;
const exceptionName = /^[A-Za-z_][\w.]{1,200}(?=: |:?$)/;
const thrownLine = /^terminate called after throwing an instance of '([^']{1,200})'/;
const whatLine = /^what\(\): +(.*)/;
const assertion = /^\s+(assert\b.{1,400})/;

/** Forms that give a reason, which a traceback that is cut after it does not take away. */
const namesReason: ReadonlySet<ErrorForm> = new Set(['exception', 'library-error']);

/** Finds the error that ended a program, of any kind, in lines taken one by one. */
export class FinalErrorFinder {
  #isServing = false;
  readonly #found = new Map<ErrorForm, Noted>();
  readonly #processes = new Map<string, ProcessState>();
  #phaseCount = 0;
  /** The process that began the last traceback: lines without a prefix continue it. */
  #speaker = '';
  /** While it serves: the traceback of an unnamed process, which is the end only if nothing follows it. */
  #unfollowed: FinalError | null = null;
  /** A line of a stack trace, which may have its error above or below it. */
  #stack: FinalError | null = null;
  /** The last line that belongs to the exception that was found, to tell whether its message continues. */
  #lastMessage: {readonly prefix: string; readonly number: number} | null = null;
  #crash: CrashSite | null = null;

  /** Takes a line; `isKnown` if it means something to the engine's rules, and thus is no unknown error. */
  take(line: NumberedLine, isKnown: boolean): void {
    if (isKnown) this.#unfollowed = null;
    const {text} = line;
    this.#crash?.take(text);
    const isTraceback = text.includes('File "') || text.includes('Traceback (');
    if (!isTraceback && this.#processes.size === 0 && !mayBeError(text)) return;
    const prefixed = this.#withSpeaker(withoutGroupMark(splitPrefix(text)));
    const {rest} = prefixed;
    if (!this.#isServing && (isNativeFrame(rest) || isCodeOfError(prefixed)))
      this.#stack ??= {form: 'cut-stack', text: rest.trim(), line};
    const state = this.#stateOf(prefixed.process);
    if (requestError.test(rest)) state.isOfRequest = true;
    if (chained.test(rest)) state.isChained = true;
    if (tracebackStart.test(rest) || frameLine.test(rest)) {
      state.frame = line;
      state.isIndented = /^\s/.test(rest);
      state.asserted = null;
    } else if (isKnown) {
      if (!/^\s/.test(rest)) close(state);
    } else if (state.frame === null || !isWithin(rest, state)) this.#takeMessage(line, prefixed, state);
    else noteCondition(rest, state);
  }

  /** It is ready: from now on errors of clients' requests are in the log too. */
  serve(): void {
    this.#isServing = true;
    this.#found.clear();
    this.#processes.clear();
    this.#speaker = '';
    this.#stack = null;
    this.#phaseCount = 0;
    this.#unfollowed = null;
    this.#lastMessage = null;
    this.#crash = null;
  }

  /** True if a process died of a signal. */
  get hasCrashed(): boolean {
    return this.#found.has('crash') || this.#found.has('death');
  }

  /** The engine generates text long after that: another process died. */
  outlive(): void {
    this.#found.delete('crash');
    this.#found.delete('death');
    this.#crash = null;
  }

  /** It still works: with the next phase of the start, or with generated tokens. An error long before did not end it. */
  advance(): void {
    this.#phaseCount += 1;
  }

  /** The error that ended it, or null. With `isServing` it serves, though no line says so: then no request's error did. */
  result(isServing = false): FinalError | null {
    const errors = errorForms
      .flatMap((form) => this.#found.get(form) ?? [])
      .filter((error) => !this.#isSurvived(error));
    const crash = errors.find(({form}) => form === 'crash');
    const [best = null] = errors;
    // What the others report after a process crashed is that they lost it.
    if (crash !== undefined && crash.line.number <= (best?.line.number ?? 0)) return this.#withPlace(crash);
    if (best !== null && namesReason.has(best.form)) return best;
    return this.#unfollowed ?? cutTraceback(this.#processes, this.#isServing || isServing) ?? best ?? this.#stack;
  }

  /** A logger writes its prefix in front of the first line of a traceback only. */
  #withSpeaker(prefixed: PrefixedLine): PrefixedLine {
    const {process, level, rest} = prefixed;
    if (tracebackStart.test(rest)) this.#speaker = process;
    return process === '' && level === null ? {...prefixed, process: this.#speaker} : prefixed;
  }

  #withPlace(crash: FinalError): FinalError {
    return this.#crash === null ? crash : {...crash, place: this.#crash.place};
  }

  #takeMessage(line: NumberedLine, prefixed: PrefixedLine, state: ProcessState): void {
    const {level, rest} = prefixed;
    this.#finish(line, prefixed);
    const error = readThrown(rest.trim(), state) ?? readError(prefixed, state);
    if (error !== null) this.#note({...error, line}, prefixed, state);
    const isOver = error !== null || state.isIndented || level === 'info' || level === 'warning';
    if (isOver && rest.trim() !== '' && !chained.test(rest)) close(state);
  }

  #note(error: ErrorLine & FinalError, {process, level, rest}: PrefixedLine, state: ProcessState): void {
    // What a server logs of a request, it has survived.
    const isUnlogged = process === '' && level === null;
    if (this.#isServing && !isEnd(error)) {
      if (error.form === 'exception' && isUnlogged && state.frame !== null && !state.isOfRequest)
        this.#unfollowed ??= error;
      return;
    }
    const known = this.#found.get(error.form);
    const isSame = (state.isChained || (state.isWrapped && state.frame !== null)) && known?.process === process;
    if (error.form === 'exception') state.isWrapped = isWrapper(error.text);
    if (known !== undefined && !isSame && !this.#isSurvived(known)) return;
    this.#found.set(error.form, {...error, process, phaseCount: this.#phaseCount});
    if (error.form === 'exception') this.#lastMessage = {prefix: prefixOf(error.line, rest), number: error.line.number};
    if (error.form === 'crash') this.#crash = new CrashSite(error.line.text);
  }

  /** Adds this line to an exception whose message it continues. */
  #finish(line: NumberedLine, {process, rest}: PrefixedLine): void {
    const last = this.#found.get('exception');
    if (last === undefined || this.#lastMessage === null || rest.trim() === '') return;
    const prefix = prefixOf(line, rest);
    const isNext = line.number === this.#lastMessage.number + 1;
    // A line that was broken on its way has its prefix once.
    const isOfLine = prefix === '' || (prefix === this.#lastMessage.prefix && process === last.process);
    const isAwaited = process === last.process && isUnfinished(last.text);
    if (!isAwaited && !(isNext && isOfLine && continuesMessage(last.text, prefix, rest))) return;
    this.#found.set('exception', {...last, text: `${last.text} ${rest.trim()}`});
    this.#lastMessage = {prefix, number: line.number};
  }

  #isSurvived(error: Noted): boolean {
    // Other processes of a start log their phases after one has crashed.
    if (error.form === 'crash' && !this.#isServing) return false;
    return this.#phaseCount - error.phaseCount >= SURVIVED_PHASES;
  }

  #stateOf(process: string): ProcessState {
    const key = this.#processes.has(process) || this.#processes.size < MAX_PROCESSES ? process : '';
    const known = this.#processes.get(key);
    if (known !== undefined) return known;
    const state = {
      frame: null,
      isIndented: false,
      isChained: false,
      isOfRequest: false,
      thrown: null,
      asserted: null,
      isWrapped: false,
    };
    this.#processes.set(key, state);
    return state;
  }
}

/** While a server runs, only some errors can be its end: others are those of requests. */
function isEnd({form, line, text}: FinalError): boolean {
  if (form === 'death' || form === 'crash' || form === 'stopped') return true;
  const isException = form === 'exception' || form === 'peer-lost';
  return isException && (isEngineProcessLine(line.text) || isOfNativeCode(text));
}

function isOfNativeCode(text: string): boolean {
  return !/^(?:[A-Za-z_]\w*\.)*\w*(?:Error|Exception|Interrupt|Exit)\b/.test(text);
}

function close(state: ProcessState): void {
  state.frame = null;
  state.isChained = state.thrown !== null;
  state.isOfRequest = false;
}

/** What a logger writes as an error, and indented, is the code or the frame of a traceback. */
function isCodeOfError({level, rest}: PrefixedLine): boolean {
  return level === 'error' && /^\s{2,}\S/.test(rest);
}

/** A line of code, of marks or of nothing between the frames of a traceback. */
function isWithin(rest: string, {isIndented}: ProcessState): boolean {
  return isIndented && (/^\s/.test(rest) || rest === '');
}

/** Keeps what the last frame of a traceback asserts: its exception may have no message. */
function noteCondition(rest: string, state: ProcessState): void {
  const condition = assertion.exec(rest)?.[1];
  if (condition !== undefined) state.asserted = condition;
  else if (state.asserted !== null && isOpen(state.asserted) && !/^[\s^~]*$/.test(rest))
    state.asserted = `${state.asserted} ${rest.trim()}`;
}

/** True for code with a parenthesis that the next line closes; bounded, as a file of code has no such condition. */
function isOpen(code: string): boolean {
  return code.length < MAX_CONDITION_LENGTH && code.split('(').length > code.split(')').length;
}

/** What stands in front of a message, which all of its lines have in common. */
function prefixOf({text}: NumberedLine, rest: string): string {
  return text.slice(0, text.length - rest.length);
}

/** `terminate called ...`, then its message as the same error. */
function readThrown(text: string, state: ProcessState): ErrorLine | null {
  const type = thrownLine.exec(text)?.[1];
  if (type !== undefined) {
    state.thrown = type;
    return {form: exceptionForm('', text.trim()), text};
  }
  const said = whatLine.exec(text)?.[1];
  if (said === undefined) return null;
  const whole = state.thrown === null ? said : `${state.thrown}: ${said}`;
  const error: ErrorLine = {form: exceptionForm(state.thrown ?? '', said), text: whole};
  state.thrown = null;
  return error;
}

/** An error of any kind; the last line of a traceback may have any name, with or without a message. */
function readError(prefixed: PrefixedLine, {frame, isIndented, asserted}: ProcessState): ErrorLine | null {
  const text = prefixed.rest.trim();
  const name = exceptionName.exec(text)?.[0];
  // Without indentation the code of a frame looks alike: then only what is certainly an exception counts.
  if (frame === null || name === undefined || !isIndented) return readErrorLine(prefixed);
  if (text === 'AssertionError' && asserted !== null) return {form: 'exception', text: `${text} (${asserted})`};
  return {form: exceptionForm(name, text.slice(name.length)), text};
}

/** A traceback whose end is not in the text. Of a server that runs, only one of its engine: others are of requests. */
function cutTraceback(processes: ReadonlyMap<string, ProcessState>, isServing: boolean): FinalError | null {
  for (const {frame} of processes.values()) {
    if (frame !== null && (!isServing || isEngineProcessLine(frame.text)))
      return {form: 'cut-traceback', text: splitPrefix(frame.text).rest.trim(), line: frame};
  }
  return null;
}
