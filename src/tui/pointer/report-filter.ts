/** What a pointer did, and in which cell of the terminal, both from 0. */
export type PointerReport = {
  readonly kind: 'click' | 'wheel-up' | 'wheel-down';
  readonly column: number;
  readonly row: number;
};

/** What was read of a terminal, apart from what it says by itself. */
export type FilteredInput = {
  /** What was typed or pasted, a character for each byte. */
  readonly text: string;
  readonly reports: readonly PointerReport[];
  /** Answers to status requests. */
  readonly answers: number;
  /** True if any report or answer was in it, one without a meaning too. */
  readonly hasReport: boolean;
};

export type ReportFilter = {
  readonly push: (bytes: string) => FilteredInput;
  /** True while something is kept back that is a key if nothing follows. */
  readonly isHolding: () => boolean;
  /** Nothing followed for a while: what may be a key is one. */
  readonly flush: () => FilteredInput;
};

const NOTHING_REPORTED = {reports: [], answers: 0, hasReport: false};
const ESCAPE = '\u001b';
/** Mouse reports in their form with decimal numbers (xterm mode 1006). */
const POINTER = /^\u001b\[<(\d{1,4});(\d{1,5});(\d{1,5})([Mm])/;
/** Three bytes follow: the form of terminals that do not know mode 1006. */
const OLD_POINTER = '\u001b[M';
const OLD_POINTER_BYTES = 6;
/** The answer to a status request. */
const STATUS_ANSWER = '\u001b[0n';
/** What may become a report, and nothing else. */
const REPORT_BEGUN = /^\u001b\[<[\d;]{0,16}$/;
/** What may become a report, or be the key Esc or the beginning of another one. */
const KEY_OR_REPORT = /^\u001b(?:\[0?)?$/;

/**
 * Takes out of a terminal's bytes what it reports, wherever one read ends and the next begins: none of it is ever typed text. Bytes come
 * as characters of the same number. `hasPointer`: whether the terminal reports what the pointer does.
 */
export function createReportFilter(hasPointer: () => boolean): ReportFilter {
  let held = '';
  /** What was given out as a key because nothing had followed; a report that it began is still one. */
  let passed = '';

  function push(bytes: string): FilteredInput {
    const begun = passed;
    const taken = takeReports(passed + held + bytes, hasPointer());
    // What was given out is not given out again; where it began a report, that is gone with it.
    const text = taken.text.startsWith(begun) ? taken.text.slice(begun.length) : taken.text;
    passed = '';
    held = taken.rest;
    if (begun !== '' && held.startsWith(begun) && taken.text === '') {
      passed = begun;
      held = held.slice(begun.length);
    }
    return {...taken, text};
  }

  return {
    push,
    isHolding: () => held !== '' && KEY_OR_REPORT.test(passed + held),
    flush() {
      // The rest of what can only be a report is waited for, however long it takes.
      if (!KEY_OR_REPORT.test(passed + held)) return {text: '', ...NOTHING_REPORTED};
      const text = held;
      passed += held;
      held = '';
      return {text, ...NOTHING_REPORTED};
    },
  };
}

type Taken = FilteredInput & {
  /** The end of the bytes that may be the beginning of a report. */
  readonly rest: string;
};

function takeReports(bytes: string, hasPointer: boolean): Taken {
  const reports: PointerReport[] = [];
  let text = '';
  let answers = 0;
  let hasReport = false;
  let at = 0;
  while (at < bytes.length) {
    const start = bytes.indexOf(ESCAPE, at);
    if (start === -1) break;
    text += bytes.slice(at, start);
    const found = reportAt(bytes.slice(start, start + LONGEST_REPORT), hasPointer);
    if (found === 'unfinished') return {text, reports, answers, hasReport, rest: bytes.slice(start)};
    if (found.report !== null) reports.push(found.report);
    answers += found.isAnswer ? 1 : 0;
    // Everything else is typed with its Esc.
    hasReport ||= found.typed === 0;
    text += bytes.slice(start, start + found.typed);
    at = start + found.length;
  }
  return {text: text + bytes.slice(at), reports, answers, hasReport, rest: ''};
}

const LONGEST_REPORT = 32;

/** What an escape begins: so many bytes of it are typed, and so many are read. */
type Found = {
  readonly length: number;
  readonly typed: number;
  readonly report: PointerReport | null;
  readonly isAnswer: boolean;
};

function reportAt(bytes: string, hasPointer: boolean): Found | 'unfinished' {
  const found = {report: null, isAnswer: false, typed: 0};
  const pointer = POINTER.exec(bytes);
  if (pointer !== null) {
    const [whole, button = '', column = '', row = '', end = ''] = pointer;
    return {...found, length: whole.length, report: reportOf(Number(button), Number(column), Number(row), end === 'M')};
  }
  if (bytes.startsWith(STATUS_ANSWER)) return {...found, length: STATUS_ANSWER.length, isAnswer: true};
  if (KEY_OR_REPORT.test(bytes) || REPORT_BEGUN.test(bytes)) return 'unfinished';
  if (hasPointer && bytes.startsWith(OLD_POINTER)) {
    if (bytes.length < OLD_POINTER_BYTES) return 'unfinished';
    const [button = 0, column = 0, row = 0] = [3, 4, 5].map((index) => bytes.charCodeAt(index) - 32);
    return {
      ...found,
      length: OLD_POINTER_BYTES,
      report: reportOf(button, column, row, (button & 3) !== 3 || button >= 64),
    };
  }
  // A report that something else interrupts is no text either.
  const broken = /^\u001b\[<[\d;]{0,16}/.exec(bytes);
  if (broken !== null) return {...found, length: broken[0].length};
  return {...found, length: 1, typed: 1};
}

/** Shift, Alt and Ctrl held while the button is pressed. */
const MODIFIERS = 4 + 8 + 16;
const WHEEL = 64;

/** A press of the first button, or a step of the wheel; null for all else that is reported. */
function reportOf(button: number, column: number, row: number, isPress: boolean): PointerReport | null {
  if (!isPress || column < 1 || row < 1) return null;
  const place = {column: column - 1, row: row - 1};
  switch (button & ~MODIFIERS) {
    case 0:
      return {kind: 'click', ...place};
    case WHEEL:
      return {kind: 'wheel-up', ...place};
    case WHEEL + 1:
      return {kind: 'wheel-down', ...place};
    default:
      return null;
  }
}
