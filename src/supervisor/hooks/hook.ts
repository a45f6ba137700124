/** Something of the operator's that runs when events happen. */
export type Hook = {
  /** Event codes, or patterns with `*` for any characters. */
  readonly on: readonly string[];
  /** Program and its words, run without a shell; the event comes as JSON on its standard input. */
  readonly command: readonly string[] | null;
  /** Where the event is sent as the body of a POST. */
  readonly url: string | null;
  readonly timeoutMs: number;
};

/** How a run of a hook ended: null, or why it failed. */
export type HookOutcome = string | null;

/** True when a hook wants events of this code. */
export function wantsEvent({on}: Pick<Hook, 'on'>, code: string): boolean {
  return on.some((pattern) => matches(pattern, code));
}

function matches(pattern: string, code: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(code);
}

/** A hook as an operator knows it: its program, or the host it sends to; the rest of an address may be a secret. */
export function hookName({command, url}: Pick<Hook, 'command' | 'url'>): string {
  if (url !== null) return URL.parse(url)?.origin ?? 'the address';
  return command?.[0] ?? 'nothing';
}
