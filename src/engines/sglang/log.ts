import type {EngineLogEvent, LogContext} from '../engine.ts';
import {findFailure} from '../log/failure-catalog.ts';
import {applyRules, fact, type LogRule, number, numberOrNull, phase, progress, traffic} from '../log/log-rules.ts';
import {sglangFailures} from './failures/catalog.ts';
import {loadRules, mentionsStart} from './start-lines.ts';

const servingRules: readonly LogRule[] = [
  {
    // "Application startup complete" comes before the warm-up request, and is too early.
    pattern: /The server is fired up and ready to roll!/,
    events: () => [phase('serve'), progress('serve', 1), {type: 'ready'}],
  },
  {
    pattern: /Started server process \[|Uvicorn running on |Application startup complete\./,
    events: () => [phase('serve')],
  },
  {
    // What follows, when the whole group got the signal, looks like a crash and is none.
    pattern: /\bSIGTERM received\b|Gracefully exiting\.\.\.|Signal SIGTERM received/,
    events: () => [{type: 'shutdown-requested'}],
  },
];

/** Lines that repeat what a client sent or was given (--log-requests, watchdog dumps): anybody's words. */
function isClientText(text: string): boolean {
  return (
    text.includes('Receive: obj=') ||
    text.includes('Finish: obj=') ||
    text.includes('"event": "request.') ||
    text.includes('.reqs=[') ||
    text.includes('Req(rid=')
  );
}

/** uvicorn's access log: the path is the client's. */
const accessLine = /INFO:\s+\S+:\d+ - "/;

/**
 * What one line of SGLang's log means. A progress bar has no line feed of its own: what is logged meanwhile stands
 * behind it on the same line. An engine that was told to stop goes on to tell of crashed children: that follows a
 * `shutdown-requested` and is no crash.
 */
export function interpretLogLine(text: string, context: LogContext): readonly EngineLogEvent[] {
  if (isClientText(text)) return [];
  if (text.includes('INFO: ')) {
    if (accessLine.test(text)) return [];
    return applyRules(servingRules, text, context) ?? [];
  }
  if (text.includes(' batch') && batchLine.test(text)) return batchEvents(text);
  if (text.includes('server_args=') && argumentsLine.test(text)) return argumentEvents(text);
  const bar = text.includes('%') ? barEvents(text) : [];
  const said = mentionsStart(text) ? applyRules(loadRules, text, context) : null;
  const events = said ?? applyRules(servingRules, text, context) ?? versionEvents(text) ?? failureEvents(text, context);
  return bar.length === 0 ? events : [...bar, ...events];
}

const argumentsLine = /(?:^|[\s\]])server_args=(?:ServerArgs\(|\{)/;

/** Of all the arguments, keys among them, the one that decides how a full card is cured. */
function argumentEvents(text: string): readonly EngineLogEvent[] {
  const fraction = /\bmem_fraction_static(?:=|': )(\d+(?:\.\d+)?)/.exec(text)?.[1];
  return [phase('launch'), ...(fraction === undefined ? [] : [fact('memoryFraction', number(fraction))])];
}

function versionEvents(text: string): readonly EngineLogEvent[] | null {
  if (!text.includes('lang')) return null;
  const match = /\bsglang(?: version:?|==| v)\s?(\d+\.\d+[\w.+]*)/i.exec(text);
  return match === null ? null : [{type: 'version', version: match[1] ?? ''}];
}

/** Words of which every line of the catalog has one: most lines are done with after this. */
const ominous =
  /[Ee]rror|ERROR|[Ff]ail|[Mm]emory|MEMORY|[Ee]xception|crash|died|NCCL|nccl|[Ss][Ii][Gg][Qq]|[Ww]atchdog|Retract|retract|divisible|Errno|CUDA|CUBLAS|gated|restricted|GPU|NVIDIA|trust_remote|folder|support|recogni|connect|context_length|in use|not available|disk|Repository|Health|fit|free|Incorrect/;

function failureEvents(text: string, context: LogContext): readonly EngineLogEvent[] {
  return ominous.test(text) ? findFailure('sglang', sglangFailures, text, context) : [];
}

/** The last state of the bars on this line: without line feeds, one line holds every state there was. */
function barEvents(text: string): readonly EngineLogEvent[] {
  const shards = lastBar(text, 'Completed |', /^Completed \| (\d+)\/(\d+)/);
  if (shards !== null && /[Ll]oading [^|]*$/.test(text.slice(Math.max(0, shards.at - 120), shards.at))) {
    return [progress('load-weights', shards.ratio)];
  }
  const graphs = lastBar(text, 'Capturing ', capturedCount) ?? lastBar(text, 'Compiling num tokens', capturedCount);
  if (graphs !== null) return [phase('capture-graphs'), progress('capture-graphs', graphs.ratio)];
  const files = lastBar(text, 'Fetching ', /^Fetching \d+ files:\s+\d+%\|[^|]*\|\s*(\d+)\/(\d+)/);
  return files === null ? [] : [progress('download', files.ratio)];
}

const capturedCount = /^C(?:apturing|ompiling) (?:batches|num tokens)[^|]{0,100}\|(?:[^|]{0,200}\|)?\s*(\d+)\/(\d+) \[/;

function lastBar(text: string, word: string, pattern: RegExp): {readonly at: number; readonly ratio: number} | null {
  const at = text.lastIndexOf(word);
  const match = at < 0 ? null : pattern.exec(text.slice(at, at + 400));
  return match === null ? null : {at, ratio: number(match[1]) / Math.max(1, number(match[2]))};
}

/** `Prefill batch, `, and with a full stop before version 0.5. */
const batchLine = /\b(?:Prefill|Decode) batch[,.]/;

function batchEvents(text: string): readonly EngineLogEvent[] {
  const read = (pattern: RegExp): number | null => numberOrNull(pattern.exec(text)?.[1]);
  const said = {
    promptTokensPerSecond: read(/input throughput \(token\/s\): ([\d.]+)/),
    generationTokensPerSecond: read(/gen throughput \(token\/s\): ([\d.]+)/),
    runningRequests: read(/#running-req: (\d+)/),
    waitingRequests: read(/#queue-req: (\d+)/),
    // Of hybrid models, the pool of full attention; other pools have names before theirs.
    kvUsageRatio: read(/[,.] (?:full )?token usage: ([\d.]+)/),
  };
  return Object.values(said).every((value) => value === null) ? [] : [traffic(said)];
}

/** `[YYYY-MM-DD HH:MM:SS` of SGLang's prefix, ms; before version 0.3 there was no date. */
export function readLogTimeMs(text: string): number | null {
  const match = /\[(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:[.,](\d{3}))?/.exec(text);
  if (match !== null) {
    const [year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0] = match.slice(1, 7).map(Number);
    const ofDay = (hours * 60 + minutes) * 60 + seconds;
    return (dayNumber(year, month, day) * 86_400 + ofDay) * 1000 + Number(match[7] ?? 0);
  }
  const old = /^\[(\d\d):(\d\d):(\d\d)(?: [A-Z]+\d+)*\] /.exec(text);
  if (old === null) return null;
  const [hours = 0, minutes = 0, seconds = 0] = old.slice(1, 4).map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** Days of the Gregorian calendar since March 1 of the year 0, so that a leap day is the last of its year. */
function dayNumber(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leapDays + Math.floor((153 * months + 2) / 5) + day - 1;
}

/** Lines that SGLang prints and other engines do not. */
export function recognizesLogLine(text: string): boolean {
  return /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d+)?(?: [A-Z_]+\d+)*\] |\bsglang\b|SGLang|SGLANG_/.test(text);
}
