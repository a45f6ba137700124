import {constants, lstat, open} from 'node:fs/promises';
import {isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, visit, type YAMLParseError} from 'yaml';
import {errorCode} from '../shared/error-code.ts';
import {kibText} from '../shared/quantities/bytes.ts';
import {countText} from '../shared/quantities/counts.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {structureBeyond} from '../shared/structure-characters.ts';
import type {ConfigurationError, FilePlace} from './configuration-error.ts';
import {foreignEncoding} from './text-encoding.ts';
import {depthBeyond, MOST_STRUCTURE} from './yaml-bounds.ts';

/** A larger file is not a configuration: probably a log or a model. */
const LARGEST_FILE_BYTES = 256 * 1024;
const CORRECT_YAML = 'Correct the YAML there: keys as "name: value", sections indented with spaces.';

/** Keys from the root to a value. */
export type KeyPath = readonly PropertyKey[];

/** A configuration file as read: plain values, and the position of each. */
export type ConfigurationFile = {
  readonly values: Readonly<Record<string, unknown>>;
  /** `FILE:LINE:COLUMN` of a key's value, or of the key itself; as exact as the file allows. */
  readonly placeOf: (path: KeyPath, what: 'key' | 'value') => FilePlace;
  /** The characters of a value as written, `1e5` for the number 100,000; null for a list, a section or no value. */
  readonly sourceOf: (path: KeyPath) => string | null;
};

/** `FILE:LINE:COLUMN`. */
export function placeText({file, line, column}: FilePlace): string {
  return `${file}:${line}:${column}`;
}

/** The file where there is none: everything has its default. */
export function noFile(filePath: string): ConfigurationFile {
  return {values: {}, placeOf: () => ({file: filePath, line: 1, column: 1}), sourceOf: () => null};
}

/** Reads a YAML file. A missing file is an error only if the operator named it; otherwise the defaults apply. */
export async function readConfigurationFile(
  filePath: string,
  options: {readonly isRequired: boolean},
): Promise<Result<ConfigurationFile, ConfigurationError>> {
  const text = await readConfigurationText(filePath);
  if (text.ok) return parseConfigurationText(text.value, filePath);
  if (text.error.code === 'configuration.file-missing' && !options.isRequired) {
    return ok(noFile(filePath));
  }
  return text;
}

/** The text of the file, up to its largest size. */
export async function readConfigurationText(filePath: string): Promise<Result<string, ConfigurationError>> {
  try {
    // Without waiting: a pipe that nobody writes to would never open.
    const file = await open(filePath, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (status.isFIFO() || status.isSocket()) return err(unreadableFile(filePath, 'it is a pipe'));
      const {bytesRead, buffer} = await file.read(Buffer.alloc(LARGEST_FILE_BYTES + 1), 0, LARGEST_FILE_BYTES + 1, 0);
      if (bytesRead > LARGEST_FILE_BYTES) return err(tooLarge(filePath));
      const bytes = buffer.subarray(0, bytesRead);
      const encoding = foreignEncoding(bytes);
      return encoding === null ? ok(bytes.toString('utf8')) : err(notUtf8(filePath, encoding));
    } finally {
      await file.close();
    }
  } catch (error) {
    // Whoever made it wants what it names: it is not the same as no file.
    const isLink = errorCode(error) === 'ENOENT' && (await isSymbolicLink(filePath));
    return err(unreadableFile(filePath, isLink ? 'it is a link to a file that does not exist' : error));
  }
}

async function isSymbolicLink(filePath: string): Promise<boolean> {
  try {
    return (await lstat(filePath)).isSymbolicLink();
  } catch {
    return false;
  }
}

function notUtf8(filePath: string, encoding: string): ConfigurationError {
  return {
    code: 'configuration.file-unreadable',
    message: `${filePath} is encoded in ${encoding}, but UTF-8 was expected.`,
    remedy: `Save it as UTF-8: iconv -f ${encoding} -t UTF-8 writes such a copy.`,
  };
}

function tooLarge(filePath: string): ConfigurationError {
  return {
    code: 'configuration.file-too-large',
    message: `${filePath} is larger than ${kibText(LARGEST_FILE_BYTES)}.`,
    remedy: 'Use the YAML file of the configuration.',
  };
}

/** The place of an offset in a text that is not parsed. */
function placeIn(text: string, offset: number, file: string): FilePlace {
  const before = text.slice(0, offset).split('\n');
  return {file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1};
}

function tooDeep(place: FilePlace): ConfigurationError {
  return {
    code: 'configuration.yaml-syntax',
    message: `${placeText(place)}: too many nested levels.`,
    place,
    remedy: CORRECT_YAML,
  };
}

function tooComplex(place: FilePlace): ConfigurationError {
  return {
    code: 'configuration.file-too-large',
    message: `${placeText(place)}: more than ${countText(MOST_STRUCTURE)} line ends, brackets, quotes and separators up to here.`,
    place,
    remedy: 'Use the YAML file of the configuration.',
  };
}

/** Why a file cannot be read, from what the system said. */
export function unreadableFile(filePath: string, error: unknown): ConfigurationError {
  const systemCode = errorCode(error) ?? String(error);
  if (systemCode === 'ENOENT') {
    return {
      code: 'configuration.file-missing',
      message: `${filePath} does not exist.`,
      remedy: 'Use an existing file with --config, or omit --config to use the defaults.',
    };
  }
  return {
    code: 'configuration.file-unreadable',
    message: `${filePath} cannot be read (${systemCode}).`,
    remedy: 'Make it a regular file that your user can read.',
  };
}

/** Reads the text of a configuration file; `filePath` is for messages. */
export function parseConfigurationText(text: string, filePath: string): Result<ConfigurationFile, ConfigurationError> {
  const beyond = structureBeyond(text, MOST_STRUCTURE);
  if (beyond !== null) return err(tooComplex(placeIn(text, beyond, filePath)));
  const deep = depthBeyond(text);
  if (deep !== null) return err(tooDeep(placeIn(text, deep, filePath)));
  const lines = new LineCounter();
  const document = parseDocument(text, {lineCounter: lines, prettyErrors: false, logLevel: 'error'});
  const placeAt = (offset: number): FilePlace => {
    const {line, col} = lines.linePos(offset);
    // An empty document has no lines.
    return {file: filePath, line: Math.max(1, line), column: Math.max(1, col)};
  };
  const syntax = (problem: string, offset: number): Result<never, ConfigurationError> =>
    err({
      code: 'configuration.yaml-syntax',
      message: `${placeText(placeAt(offset))}: ${withoutSource(problem).replace(/\.?$/, '.')}`,
      place: placeAt(offset),
      remedy: CORRECT_YAML,
    });
  const [problem] = document.errors;
  if (problem !== undefined) return syntax(problemText(problem), problem.pos[0]);
  const values: unknown = toValues(document);
  if (values instanceof Error) {
    const offset = unknownAliasOffset(document);
    return offset === null
      ? syntax('its aliases (*name) expand to too many values.', 0)
      : syntax(values.message, offset);
  }
  if (values === null || values === undefined) return ok(noFile(filePath));
  if (!isMap(document.contents) || typeof values !== 'object') {
    return syntax('a list of sections ("engine:", "cost:") was expected.', document.contents?.range?.[0] ?? 0);
  }
  return ok({
    values: Object.fromEntries(Object.entries(values)),
    placeOf: (path, what) => placeAt(offsetOf(document, path, what)),
    sourceOf: (path) => sourceOf(document, path),
  });
}

/** A problem in the terms of a file; the parser names its own functions in some. */
function problemText({code, message}: YAMLParseError): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here ("---"); one was expected.';
  if (code === 'RESOURCE_EXHAUSTION') return 'too many nested levels.';
  return message;
}

/** The position of the first alias without an anchor before it; null if there is none. */
function unknownAliasOffset(document: ReturnType<typeof parseDocument>): number | null {
  let offset: number | null = null;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0] ?? null;
      return visit.BREAK;
    },
  });
  return offset;
}

/** A parser's message without the quoted piece of the file, which may be a secret. */
function withoutSource(problem: string): string {
  const quote = problem.endsWith('"') ? problem.indexOf('"') : -1;
  return quote < 0 || quote === problem.length - 1 ? problem : problem.slice(0, quote).replace(/:? ?$/, '');
}

/** The plain values; an error if aliases are undefined or expand without limit. */
function toValues(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({maxAliasCount: 100});
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function sourceOf(document: ReturnType<typeof parseDocument>, path: KeyPath): string | null {
  const behindAlias = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  let node: unknown = document.contents;
  for (const key of path) {
    const parent = behindAlias(node);
    node = isMap(parent) ? parent.get(key, true) : undefined;
  }
  const value = behindAlias(node);
  return isScalar(value) ? (value.source ?? null) : null;
}

function offsetOf(document: ReturnType<typeof parseDocument>, path: KeyPath, what: 'key' | 'value'): number {
  const parent: unknown = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const name = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({key}) => isScalar(key) && key.value === name);
    const node = what === 'key' ? pair?.key : (pair?.value ?? pair?.key);
    if (isNode(node) && node.range) return node.range[0];
  }
  const node: unknown = document.getIn(path, true);
  if (isNode(node) && node.range) return node.range[0];
  return path.length > 1 ? offsetOf(document, path.slice(0, -1), 'key') : 0;
}
