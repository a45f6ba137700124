import type {EngineLogEvent, LogContext} from '../engine.ts';
import {findFailure} from '../log/failure-catalog.ts';
import {applyRules, fact, type LogRule, number, numberOrNull, phase, progress, traffic} from '../log/log-rules.ts';
import {sglangFailures} from './failures/catalog.ts';
import {loadRules, mentionsStart} from './start-lines.ts';

const servingRules: readonly LogRule[] = [
  {
    // "Application startup complete" comes before the warm-up request, which is too early.
    pattern: /The server is fired up and ready to roll!/,
    events: () => [phase('serve'), progress('serve', 1), {type: 'ready'}],
  },
  {
    pattern: /Started server process \[|Uvicorn running on |Application startup complete\./,
    events: () => [phase('serve')],
  },
  {
    // When the whole process group received the signal, the next lines look like a crash but are not.
    pattern: /\bSIGTERM received\b|Gracefully exiting\.\.\.|Signal SIGTERM received/,
    events: () => [{type: 'shutdown-requested'}],
  },
];

/** Lines with client input or output (--log-requests, watchdog dumps): untrusted text. */
function isClientText(text: string): boolean {
  return (
    text.includes('Receive: obj=') ||
    text.includes('Finish: obj=') ||
    text.includes('"event": "request.') ||
    text.includes('.reqs=[') ||
    text.includes('Req(rid=')
  );
}

/** uvicorn's access log: the path comes from the client. */
const accessLine = /INFO:\s+\S+:\d+ - "/;

/**
 * The meaning of one line of SGLang's log. A progress bar does not end with a line feed: what is logged meanwhile
 * follows it on the same line. After a stop request the engine reports crashed children: that follows a
 * `shutdown-requested` and is not a crash.
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
  const found = mentionsStart(text) ? applyRules(loadRules, text, context) : null;
  const events =
    found ??
    applyRules(servingRules, text, context) ??
    versionEvents(text) ??
    findFailure('sglang', sglangFailures, text, context);
  return bar.length === 0 ? events : [...bar, ...events];
}

const argumentsLine = /(?:^|[\s\]])server_args=(?:ServerArgs\(|\{)/;

/** Of all the arguments (which include keys), those that decide how to fix a failure. */
function argumentEvents(text: string): readonly EngineLogEvent[] {
  const fraction = /\bmem_fraction_static(?:=|': )(\d+(?:\.\d+)?)/.exec(text)?.[1];
  const tensorParallelSize = /\btp_size(?:=|': )(\d+)/.exec(text)?.[1];
  return [
    phase('launch'),
    ...(fraction === undefined ? [] : [fact('memoryFraction', number(fraction))]),
    ...(tensorParallelSize === undefined ? [] : [fact('tensorParallelSize', number(tensorParallelSize))]),
  ];
}

function versionEvents(text: string): readonly EngineLogEvent[] | null {
  if (!text.includes('lang')) return null;
  const match = /\bsglang(?: version:?|==| v)\s?(\d+\.\d+[\w.+]*)/i.exec(text);
  return match === null ? null : [{type: 'version', version: match[1] ?? ''}];
}

/** The last state of the bars on this line: without line feeds, one line holds every state. */
function barEvents(text: string): readonly EngineLogEvent[] {
  const shards = lastBar(text, 'Completed |', /^Completed \| (\d+)\/(\d+)/);
  if (shards !== null && /[Ll]oading [^|]{0,120}$/.test(text.slice(Math.max(0, shards.at - 120), shards.at))) {
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

/** `Prefill batch, `; before version 0.5 with a period instead of the comma. */
const batchLine = /\b(?:Prefill|Decode) batch[,.]/;

function batchEvents(text: string): readonly EngineLogEvent[] {
  const read = (pattern: RegExp): number | null => numberOrNull(pattern.exec(text)?.[1]);
  const found = {
    promptTokensPerSecond: read(/input throughput \(token\/s\): ([\d.]+)/),
    generationTokensPerSecond: read(/gen throughput \(token\/s\): ([\d.]+)/),
    runningRequests: read(/#running-req: (\d+)/),
    waitingRequests: read(/#queue-req: (\d+)/),
    // For hybrid models, the pool of full attention; other pools have a name before it.
    kvUsageRatio: read(/[,.] (?:full )?token usage: ([\d.]+)/),
  };
  return Object.values(found).every((value) => value === null) ? [] : [traffic(found)];
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

/** Days in the Gregorian calendar since March 1 of year 0, so that a leap day is the last day of its year. */
function dayNumber(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leapDays + Math.floor((153 * months + 2) / 5) + day - 1;
}

/** A rank in the prefix, its modules in tracebacks, its arguments, and its command line's errors. */
const ownLine =
  /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d+)?(?: [A-Z_]{2,12}\d{1,4}){1,6}\] |[/\\]sglang[/\\](?:srt|lang|jit_kernel|multimodal_gen|launch_server)\b|\bsglang\.(?:srt|lang|jit_kernel|multimodal_gen)\b|\bserver_args=ServerArgs\(|\bsglang is using nccl|^(?:usage: )?launch_server\.py(?:: error:| \[)|\bsgl_kernel\b/;

/** True for a line that only SGLang prints; a name in passing, such as a process in a list, is none. */
export function recognizesLogLine(text: string): boolean {
  return ownLine.test(text);
}
