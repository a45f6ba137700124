import {z} from 'zod';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {withinWords} from '../../../shared/within-words.ts';
import {errorFinding, failureFinding, statusFinding} from './request-failures.ts';

type JsonObject = Readonly<Record<string, unknown>>;
const objectSchema = z.record(z.string(), z.unknown());

/** What clients, gateways and loggers of Node, Go and Python call an error. */
const errorNames = ['error', 'err', 'exception', 'error_message', 'errorMessage', 'error_msg', 'exc_info'];
const messageNames = ['message', 'msg', 'detail', 'reason', 'error', 'event'];
/** The status of an answer, in entries of clients and in access logs. */
const statusNames = [
  'status',
  'status_code',
  'statusCode',
  'code',
  'http_status',
  'response_code',
  'DownstreamStatus',
  'response_status',
];
const levelNames = ['level', 'severity', 'levelname', 'lvl'];
const errorLevel = /^(?:error|err|fatal|critical|crit|panic|emerg|alert)$/i;
/** Of Pino and Bunyan. */
const ERROR_NUMBER = 50;
/** An entry of a container runtime, or of a cloud: what is in it is of a program, whose own reader there is. */
const ofRuntime = ['log', 'MESSAGE', 'textPayload', '_msg', '@message'];

/** Entries that are examined, and the longest one. A whole log of a client has many; the failures of the first ones say what is wrong. */
const MAX_ENTRIES = 20_000;
const MAX_CHARACTERS = 200_000;
const MAX_EVIDENCE = 400;
const MAX_FINDINGS = 6;

/** What the entries of a text say of requests. */
export type ClientEntries = {
  readonly count: number;
  readonly failed: number;
  /** One for each kind of failure, the most frequent first. */
  readonly findings: readonly Finding[];
};

/**
 * Reads a log of a client, or of a proxy, whose entries are JSON objects with the error or the status of a request in a field of its
 * own; null for a text of which an entry is none, and for one without a failure.
 */
export function readClientEntries(lines: readonly string[]): ClientEntries | null {
  const full = lines.filter((line) => line.trim() !== '');
  if (full.length === 0 || !full[0]?.trimStart().match(/^[[{]/)) return null;
  const entries = full.length <= MAX_ENTRIES ? objectsIn(full) : null;
  if (entries === null || entries.some((entry) => ofRuntime.some((name) => typeof entry[name] === 'string')))
    return null;
  const found = entries.flatMap((entry) => failureOf(entry) ?? []);
  if (found.length === 0) return null;
  const counts = new Map<string, {readonly finding: Finding; count: number}>();
  for (const finding of found) {
    const known = counts.get(finding.code) ?? {finding, count: 0};
    known.count += 1;
    counts.set(finding.code, known);
  }
  // Of a proxy that passes on answers, too, a few that fail are no failure of the engine.
  const isServing = entries.some((entry) => /^[23]/.test(anyStatus(entry) ?? ''));
  const findings = [...counts.values()]
    .toSorted((one, other) => other.count - one.count)
    .map(({finding}): Finding => (isServing ? {...finding, severity: 'warning'} : finding));
  return {count: entries.length, failed: found.length, findings: findings.slice(0, MAX_FINDINGS)};
}

/** The text that these entries are, with what is known of the refusal from the words of the engine in it. */
export function clientEntriesText(
  {count, failed, findings}: ClientEntries,
  known: readonly Finding[],
  lineCount: number,
): OtherTextDiagnosis {
  return otherText({
    kind: 'client-log',
    engine: null,
    displayName: 'Log of a client or a proxy, in JSON',
    summary: [
      `${countText(failed)} of ${countedText(count, 'record')} with an error.`,
      'It does not show why the engine fails: for that, give the engine\u2019s own log.',
    ],
    findings: [...findings, ...known],
    lineCount,
  });
}

/** One object in each line, or one document of objects. Null for anything else. */
function objectsIn(lines: readonly string[]): readonly JsonObject[] | null {
  const entries = lines.map(objectIn);
  const known = entries.filter((entry) => entry !== null);
  if (known.length === entries.length) return known;
  const whole = parseJson(lines.join('\n'));
  const list: readonly unknown[] = Array.isArray(whole) ? whole : [whole];
  const objects = list.map(objectOf).filter((object) => object !== null);
  return objects.length === list.length && objects.length > 0 ? objects : null;
}

function objectIn(line: string): JsonObject | null {
  return line.trimStart().startsWith('{') ? objectOf(parseJson(line)) : null;
}

function objectOf(value: unknown): JsonObject | null {
  const object = objectSchema.safeParse(value);
  return object.success ? object.data : null;
}

function parseJson(text: string): unknown {
  if (text.length > MAX_CHARACTERS) return null;
  try {
    return JSON.parse(text);
  } catch {
    // A line of another kind: then the text is none of these.
    return null;
  }
}

function failureOf(entry: JsonObject): Finding | null {
  const error = errorOf(entry);
  const status =
    statusOf(entry) ??
    statusIn(error?.object ?? null) ??
    /\bError code: (\d{3})\b/.exec(error?.said ?? '')?.[1] ??
    null;
  const said = error?.said ?? (isError(entry) ? firstText(entry, messageNames) : null);
  if (said === null && status === null) return null;
  const evidence = withinWords(lastLine(said) ?? JSON.stringify(entry), MAX_EVIDENCE);
  if (status !== null) return statusFinding(status, evidence);
  const known = failureFinding(said ?? '');
  return known === null ? errorFinding(evidence) : {...known, evidence};
}

/** The error in a field of its own; an empty one is none. */
function errorOf(entry: JsonObject): {readonly said: string; readonly object: JsonObject | null} | null {
  const name = errorNames.find((key) => isSaid(entry[key]));
  // The form of an answer that older engines gave.
  const value = name === undefined ? (entry['object'] === 'error' ? entry : null) : entry[name];
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return {said: value, object: null};
  const object = objectOf(value);
  if (object === null) return null;
  const kind = firstText(object, ['type', 'name']);
  const words = [kind, firstText(object, messageNames)].filter((text) => text !== null);
  return {said: words.length === 0 ? JSON.stringify(object) : words.join(': '), object};
}

/** A traceback ends with its error. */
function lastLine(said: string | null): string | null {
  return said?.split('\n').findLast((line) => line.trim() !== '') ?? null;
}

function isSaid(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() !== '' && !/^(?:null|none|-)$/i.test(value.trim());
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function statusOf(entry: JsonObject): string | null {
  const status = anyStatus(entry);
  return status !== null && Number(status) >= 400 ? status : null;
}

function anyStatus(entry: JsonObject): string | null {
  return statusIn(entry) ?? statusIn(objectOf(entry['response'])) ?? statusIn(objectOf(entry['res']));
}

/** A number of three digits, also as a text: other codes are names. */
function statusIn(object: JsonObject | null): string | null {
  if (object === null) return null;
  for (const name of statusNames) {
    const value = object[name];
    const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
    if (/^[1-5]\d\d$/.test(text)) return text;
  }
  return null;
}

function isError(entry: JsonObject): boolean {
  return levelNames.some((name) => {
    const value = entry[name];
    return typeof value === 'number' ? value >= ERROR_NUMBER : typeof value === 'string' && errorLevel.test(value);
  });
}

function firstText(object: JsonObject, names: readonly string[]): string | null {
  for (const name of names) {
    const value = object[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return null;
}
