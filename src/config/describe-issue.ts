import type {z} from 'zod';
import {nearestName} from '../domain/settings/nearest-name.ts';
import {parseTokenCount, tokenCountForm} from '../domain/settings/token-count.ts';
import {dayStartMs} from '../shared/quantities/moments.ts';
import type {ConfigurationError} from './configuration-error.ts';
import type {KeyPath} from './configuration-file.ts';
import {configurationKeys} from './configuration-keys.ts';
import {valueIn} from './configured-values.ts';
import {HOOK_FORM} from './schema/hook-schema.ts';

/** A time with its zone, whether or not such a time exists: its day, hours, minutes with seconds, and zone. */
const MOMENT_FORM = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)$/;

/** One problem at one key. */
export type Problem = {
  readonly code: Extract<ConfigurationError['code'], 'configuration.unknown-key' | 'configuration.invalid-value'>;
  readonly path: KeyPath;
  /** Continues the key's name: `is "abc", but a whole number was expected`. */
  readonly text: string;
  readonly remedy: string;
};

type Issue = z.core.$ZodIssue;

/** The problems for the issues of a failed parse. `values` is the input. */
export function problemsOf(issues: readonly Issue[], values: unknown): readonly Problem[] {
  const problems = issues.flatMap((issue) => problemsOfIssue(issue, values, []));
  // One value may break several rules: the first says what it should be.
  return [
    ...new Map(problems.toReversed().map((problem) => [JSON.stringify(problem.path), problem])).values(),
  ].reverse();
}

function problemsOfIssue(issue: Issue, values: unknown, prefix: KeyPath): readonly Problem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key]));
  if (issue.code === 'invalid_union' && !isTokenCount(path)) {
    // Only the branch of what was written is useful: a name, a list, or an object.
    const branch = issue.errors.find((issues) => !issues.some(isOtherType)) ?? issue.errors[0] ?? [];
    if (branch.length > 0) return branch.flatMap((inner) => problemsOfIssue(inner, values, path));
  }
  return [
    {
      code: 'configuration.invalid-value',
      path,
      text: `is ${valueText(path, valueIn(values, path))}, but ${expectedAt(path, issue, valueIn(values, path))} was expected`,
      remedy: remedyFor(path),
    },
  ];
}

function isOtherType({code, path}: Issue): boolean {
  return code === 'invalid_type' && path.length === 0;
}

function expectedAt(path: KeyPath, issue: Issue, value: unknown): string {
  if (isTokenCount(path)) return expectedTokens(value);
  const isMoment = issue.code === 'invalid_format' && issue.format === 'datetime';
  return (isMoment ? impossiblePartOf(value) : null) ?? expectation(issue);
}

/** What of a time that is written in the right form no calendar or clock has; null for a time in another form. */
function impossiblePartOf(value: unknown): string | null {
  const [, day, hours, rest, zone] = (typeof value === 'string' ? MOMENT_FORM.exec(value) : null) ?? [];
  if (day === undefined || hours === undefined) return null;
  if (dayStartMs(day) === null) return `a day of the calendar, which ${day} is not,`;
  const isOfClock = Number(hours) < 24 && (rest ?? '').split(':').every((part) => Number(part) < 60);
  return isOfClock
    ? `a zone within +-23:59, which ${zone ?? ''} is not,`
    : 'a time of day from 00:00 to 23:59, with up to 59 seconds,';
}

function expectedTokens(value: unknown): string {
  const parsed = typeof value === 'string' ? parseTokenCount(value) : null;
  return parsed === null || parsed.ok ? tokenCountForm : parsed.error;
}

function isTokenCount(path: KeyPath): boolean {
  return configurationKeys.some((key) => key.isTokenCount && key.section === path[0] && key.name === path[1]);
}

function unknownKey(path: KeyPath): Problem {
  const name = String(path.at(-1));
  const siblings = configurationKeys.filter(({section}) => path.length === 2 && section === path[0]);
  const sections = path.length === 1 ? [...new Set(configurationKeys.map(({section}) => section)), 'hooks'] : [];
  const nearSibling = nearestName(name, [...siblings.map((key) => key.name), ...sections]);
  const elsewhere = configurationKeys.find(
    (key) =>
      key.name ===
      nearestName(
        name,
        configurationKeys.map((k) => k.name),
      ),
  );
  const known = siblings.length > 0 ? siblings.map((key) => key.name) : sections;
  return {
    code: 'configuration.unknown-key',
    path,
    text: 'is not a valid key',
    remedy:
      nearSibling !== undefined
        ? `Did you mean ${[...path.slice(0, -1), nearSibling].join('.')}?`
        : elsewhere !== undefined
          ? `Did you mean ${elsewhere.path}?`
          : `Remove it${known.length > 0 ? `, or use one of ${known.join(', ')}` : ''}.`,
  };
}

function remedyFor(path: KeyPath): string {
  const key = configurationKeys.find(({section, name}) => section === path[0] && name === path[1]);
  if (key !== undefined) return `${key.path}: ${key.description}`;
  if (path[0] === 'hooks') return HOOK_FORM;
  return `Write ${path.join('.')} as a section, with its keys indented below it.`;
}

/** What an issue says that was expected, as a noun: `a number of at least 0`. */
export function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? `a value of type ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array') return `a list of at least ${issue.minimum}`;
      return issue.origin === 'string'
        ? 'non-empty text'
        : `a number ${issue.inclusive === true ? 'of at least' : 'above'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return `a list of at most ${issue.maximum}`;
      if (issue.origin === 'string') return `text of at most ${issue.maximum} characters`;
      return `a number ${issue.inclusive === true ? 'of at most' : 'below'} ${issue.maximum}`;
    case 'invalid_format':
      if (issue.format === 'datetime') return 'a time with its zone, such as 2026-11-01T00:00:00+01:00,';
      // For a pattern with its own message.
      return issue.format === 'regex' || issue.format === 'url' ? issue.message : `text in the form of ${issue.format}`;
    default:
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section',
  record: 'a section',
};

/** The value as it is written; only its kind where it may contain a secret. */
function valueText(path: KeyPath, value: unknown): string {
  const kind = Array.isArray(value) ? 'a list' : (kinds[typeof value] ?? 'empty');
  return value !== undefined && mayHoldSecrets(path) ? kind : plainValueText(value);
}

/** A value without secrets as it is written. */
export function plainValueText(value: unknown): string {
  if (value === undefined) return 'missing';
  // JSON has neither infinity nor NaN.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Arguments of programs, and addresses of webhooks. */
function mayHoldSecrets([section, name]: KeyPath): boolean {
  return section === 'hooks' || (section === 'engine' && (name === 'extraArguments' || name === 'container'));
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  object: 'a section',
};
