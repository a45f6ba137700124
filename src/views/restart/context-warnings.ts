import type {Snapshot} from '../../api/snapshot.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

/** Who a shorter context hits. */
export type ContextWarning = {
  readonly code: 'below-large-requests' | 'below-connected-agent' | 'below-agents' | 'below-configured-clients';
  readonly severity: 'critical' | 'warning';
  readonly message: string;
};

type WarnedOf = Pick<Snapshot, 'latency' | 'requestSizes' | 'agents'>;

const MAX_ROWS = 3;

/**
 * Who a restart from a context of `beforeTokens` to one of `afterTokens` hits: requests as large as those that were
 * observed, agents that need more, and clients that are configured for the old context. The worst first.
 */
export function contextWarnings(
  snapshot: WarnedOf,
  beforeTokens: number,
  afterTokens: number,
): readonly ContextWarning[] {
  return [
    ...largeRequestWarning(snapshot, afterTokens),
    ...agentWarnings(snapshot, afterTokens),
    ...(afterTokens < beforeTokens ? [oldWindowWarning(beforeTokens)] : []),
  ];
}

/** The same as rows, each with the mark of its severity: the sentence says what happens. */
export function contextWarningRows(
  snapshot: WarnedOf,
  {beforeTokens, afterTokens}: {readonly beforeTokens: number; readonly afterTokens: number},
  {columns, glyphs}: {readonly columns: number; readonly glyphs: GlyphSet},
): Row[] {
  return contextWarnings(snapshot, beforeTokens, afterTokens).flatMap(({message, severity}) =>
    wrapText(`${glyphs.severity[severity]} ${message}`, severity, columns, MAX_ROWS, glyphs),
  );
}

/**
 * The engine counts prompt and output against the context. Their p99 are known apart, so their sum is an estimate of the
 * p99 of whole requests; where only prompts are known, they alone.
 */
function largeRequestWarning(
  {latency: {windowMs}, requestSizes: {prompt, generation}}: Pick<Snapshot, 'latency' | 'requestSizes'>,
  afterTokens: number,
): ContextWarning[] {
  if (isAbsent(prompt.p99Tokens)) return [];
  const outputTokens = isPresent(generation.p99Tokens) ? provenTokens(generation.p99Tokens) : 0;
  const promptTokens = provenTokens(prompt.p99Tokens);
  const tokens = Math.round(promptTokens + outputTokens);
  if (tokens <= afterTokens) return [];
  // The longest prompt need not have the longest answer.
  const outcome = promptTokens > afterTokens ? 'will be refused' : 'may be refused or cut off';
  const message = `The p99 request, ~${countText(tokens)} tokens (last ${durationText(windowMs)}), ${outcome}.`;
  return [{code: 'below-large-requests', severity: 'critical', message}];
}

/** An upper limit proves no size. */
function provenTokens({kind, value}: Quantile): number {
  return kind === 'below' ? 0 : value;
}

/** Connected agents with the file that says so. Without one, agents on other hosts may still use this engine. */
function agentWarnings({agents}: Pick<Snapshot, 'agents'>, afterTokens: number): ContextWarning[] {
  const needing = agents.filter(({neededContextTokens}) => neededContextTokens > afterTokens);
  const connected = needing.filter(({isConnected}) => isConnected === true);
  if (connected.length > 0) {
    return connected.map(({name, file, neededContextTokens}) => ({
      code: 'below-connected-agent',
      severity: 'critical',
      message: `${name} (${file}) needs ${countText(neededContextTokens)} tokens and will not work.`,
    }));
  }
  return needing.map(({name, neededContextTokens}) => ({
    code: 'below-agents',
    severity: 'critical',
    message: `Agents such as ${name} need at least ${countText(neededContextTokens)} tokens, or they fail.`,
  }));
}

function oldWindowWarning(beforeTokens: number): ContextWarning {
  const message = `Longer requests of clients set up for ${countText(beforeTokens)} tokens will be refused.`;
  return {code: 'below-configured-clients', severity: 'warning', message};
}
