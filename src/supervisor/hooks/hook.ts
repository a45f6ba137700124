import {matchesWildcard} from '../../shared/wildcard.ts';

/** A command or webhook of the operator, run on events. */
export type Hook = {
  /** Event codes, or patterns with `*` for any characters. */
  readonly on: readonly string[];
  /** Program and arguments, run without a shell; the event is JSON on standard input. */
  readonly command: readonly string[] | null;
  /** URL for a POST with the event as body. */
  readonly url: string | null;
  readonly timeoutMs: number;
};

/** The result of a hook run: null, or why it failed. */
export type HookOutcome = string | null;

/** True when a hook wants events of this code. */
export function wantsEvent({on}: Pick<Hook, 'on'>, code: string): boolean {
  return on.some((pattern) => matchesWildcard(pattern, code));
}

/** The display name of a hook: its program, or its URL's host; the rest of a URL may be a secret. */
export function hookName({command, url}: Pick<Hook, 'command' | 'url'>): string {
  if (url !== null) return URL.parse(url)?.origin ?? 'the URL';
  return command?.[0] ?? 'nothing';
}
