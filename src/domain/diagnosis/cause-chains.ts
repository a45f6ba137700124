import {type CauseRule, causeRules} from './cause-rules.ts';
import {isCode} from './code-pattern.ts';
import {detailsOf} from './details/details.ts';
import type {Finding} from './finding.ts';

type Severity = Finding['severity'];

/** A finding that nothing explains, and what it explains, directly or in steps. */
export type Chain = {
  readonly cause: Finding;
  readonly effects: readonly Finding[];
  /** Of the worst of them: a warning that explains a failure is as urgent as the failure. */
  readonly severity: Severity;
  /** The finding whose settings fix it: the cause, or else the first effect that has any; null if none has. */
  readonly fix: Finding | null;
};

const severities: readonly Severity[] = ['critical', 'warning', 'info'];

/**
 * The findings in chains: each effect follows its cause and names it as `explainedBy`, a position in the result. Chains
 * with the worst finding come first, otherwise the order stays. Pure: the same findings give the same chains.
 */
export function explainFindings(findings: readonly Finding[]): Finding[] {
  const causes = findings.map((finding) => causeOf(finding, findings));
  const trees = findings.flatMap((finding, index) =>
    causes[index] === null ? [treeOf(finding, findings, causes)] : [],
  );
  const order = trees.toSorted((one, other) => worstRank(one) - worstRank(other)).flat();
  return order.map((finding) => {
    const cause = causes[findings.indexOf(finding)] ?? null;
    return cause === null ? finding : {...finding, explainedBy: order.indexOf(cause)};
  });
}

/** The finding of these that explains `effect`, in as many steps as there are; null if none does. */
export function explainedBy(effect: Finding, others: readonly Finding[]): Finding | null {
  const cause = causeOf(effect, others);
  return cause === null ? null : (explainedBy(cause, others) ?? cause);
}

/** The chains of findings that `explainFindings` gave, the most urgent first. */
export function chainsOf(findings: readonly Finding[]): readonly Chain[] {
  return findings.flatMap((cause) => (directCauseOf(cause, findings) === undefined ? [chainOf(cause, findings)] : []));
}

/** A finding with all that it explains: a chain, or the part of one that begins with it. */
export function chainOf(cause: Finding, findings: readonly Finding[]): Chain {
  const effects = findings.filter((effect) => effect !== cause && isExplainedBy(effect, cause, findings));
  const all = [cause, ...effects];
  const fix = all.find(({settingsChange}) => settingsChange !== null) ?? null;
  return {cause, effects, severity: severities[worstRank(all)] ?? cause.severity, fix};
}

function isExplainedBy(effect: Finding, cause: Finding, findings: readonly Finding[]): boolean {
  const direct = directCauseOf(effect, findings);
  return direct !== undefined && (direct === cause || isExplainedBy(direct, cause, findings));
}

/** What a finding names as its cause; undefined where that does not stand before it, as `explainFindings` orders them. */
function directCauseOf(effect: Finding, findings: readonly Finding[]): Finding | undefined {
  const {explainedBy: position} = effect;
  return position !== undefined && position < findings.indexOf(effect) ? findings[position] : undefined;
}

/**
 * The chain whose fix one key applies: the first of the most urgent ones that settings fix. Advice is not a fix, and
 * fixing a minor problem does not bring an engine back.
 */
export function fixedChain(chains: readonly Chain[]): Chain | undefined {
  const urgent = chains.some(({severity}) => severity === 'critical') ? 'critical' : 'warning';
  return chains.find(({severity, fix}) => severity === urgent && fix !== null);
}

/** The finding that explains this one according to the first rule that applies; null if none does. */
function causeOf(effect: Finding, findings: readonly Finding[]): Finding | null {
  const code = explainedCode(effect);
  const same = code === effect.code ? undefined : findings.find((candidate) => candidate.code === code);
  if (same !== undefined) return same;
  for (const rule of causeRules) {
    if (!rule.effects.some((pattern) => isCode(code, pattern))) continue;
    const cause = findings.find((candidate) => candidate !== effect && explains(rule, candidate, effect));
    if (cause !== undefined) return cause;
  }
  return null;
}

/** What explains crashes is what explains the last of them. */
function explainedCode(effect: Finding): string {
  return detailsOf(effect, 'lifecycle.crash-loop')?.cause.code ?? effect.code;
}

function explains({causes, given}: CauseRule, cause: Finding, effect: Finding): boolean {
  return causes.some((pattern) => isCode(cause.code, pattern)) && given?.(cause, effect) !== false;
}

function treeOf(root: Finding, findings: readonly Finding[], causes: readonly (Finding | null)[]): Finding[] {
  const effects = findings.filter((_, index) => causes[index] === root);
  return [root, ...effects.flatMap((effect) => treeOf(effect, findings, causes))];
}

function worstRank(findings: readonly Finding[]): number {
  return Math.min(...findings.map(({severity}) => severities.indexOf(severity)));
}
