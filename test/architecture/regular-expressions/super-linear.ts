import {CharSet, type Concatenation, type Element, JS, type NoParent, type Quantifier} from 'refa';
import {analyse} from 'scslre';

/** A place where a pattern can need more time than its input is long. */
export type SlowPart = {readonly part: string; readonly why: string};

type Atom = NoParent<Element>;
type Sequence = NoParent<Concatenation>;
type Repeat = NoParent<Quantifier>;

/**
 * What one start may examine and still count as constant: a pattern examines at most this many characters per character
 * of its input.
 */
const MOST_STEPS_PER_START = 1_000;

/**
 * Every part of a pattern that makes it slower than linear. Two searches, as none sees all: scslre finds what grows with
 * one repeated character (`(a+)+$`, `\s+$`); the other one here finds what grows with a repeated beginning (`a.*b` on
 * `aaaa`, `error: .*failed` on many `error: `), from one start or from every start. Both may report a pattern that is
 * fast after all, never the other way round.
 */
export function slowParts(source: string, flags: string): readonly SlowPart[] {
  const reports = analyse({source, flags}).reports.map(({type, character}) => ({
    part: source,
    why: `${type} of ${character.literal.source}`,
  }));
  const {expression, maxCharacter} = JS.Parser.fromLiteral({source, flags}).parse({
    assertions: 'parse',
    backreferences: 'unknown',
    // All emoji are many sequences.
    maxNodes: Number.POSITIVE_INFINITY,
  });
  const found: SlowPart[] = [...reports];
  const search: Search = {
    isGlobal: flags.includes('g'),
    report: (quantifier, why) => {
      const {start = 0, end = source.length} = quantifier.source ?? {};
      found.push({part: source.slice(start, end), why});
    },
    all: CharSet.all(maxCharacter),
  };
  // A sticky pattern has one start.
  const isSticky = flags.includes('y');
  for (const {elements} of expression.alternatives)
    walk(search, elements, {before: [], isFirst: !isSticky, fails: false});
  return found;
}

type Search = {
  readonly isGlobal: boolean;
  readonly all: CharSet;
  readonly report: (quantifier: Repeat, why: string) => void;
};

type Place = {
  /** All that has matched before, in the order of reading. */
  readonly before: readonly Atom[];
  /** False where a failure is not followed by another start. */
  readonly isFirst: boolean;
  /** What follows can fail. */
  readonly fails: boolean;
};

function walk(search: Search, elements: readonly Atom[], place: Place): void {
  elements.forEach((element, index) => {
    const before = [...place.before, ...elements.slice(0, index)];
    const fails = place.fails || canFail(elements.slice(index + 1), element, search.all);
    switch (element.type) {
      case 'Quantifier': {
        judge(search, element, {...place, before, fails});
        // An optional part that fails is left out, and the match goes on: it fails only if what follows does.
        const restarts = element.min > 0 || fails || search.isGlobal;
        for (const inner of element.alternatives)
          walk(search, inner.elements, {before, isFirst: place.isFirst && restarts, fails});
        break;
      }
      case 'Alternation':
        for (const inner of element.alternatives) walk(search, inner.elements, {...place, before, fails});
        break;
      case 'Assertion':
        for (const {elements: inner} of element.alternatives) {
          if (element.kind === 'ahead') walk(search, inner, {...place, before, fails: true});
          // Read from right to left, wherever the pattern has come to.
          else walk(search, inner.toReversed(), {before: [], isFirst: true, fails: true});
        }
        break;
      default:
        break;
    }
  });
}

function judge({report}: Search, quantifier: Repeat, {before, isFirst, fails}: Place): void {
  if (!fails || quantifier.max <= 1) return;
  const span = charactersOf(quantifier.alternatives);
  if (span === null) return;
  // Earlier repetitions that can end in several places before this one begins.
  const ambiguous = before.filter(
    (earlier, index): earlier is Repeat =>
      earlier.type === 'Quantifier' && isAmbiguous(earlier, before.slice(index + 1), quantifier, span),
  );
  const bounded = ambiguous.reduce((steps, {max}) => (max === Number.POSITIVE_INFINITY ? steps : steps * max), 1);
  const steps = quantifier.max * bounded;
  if (isFirst && steps > MOST_STEPS_PER_START && isRepeatable(before, span, quantifier))
    report(quantifier, 'its beginning fits into it, again and again');
  if (ambiguous.some(({max}) => Math.min(max, quantifier.max) > MOST_STEPS_PER_START))
    report(quantifier, 'what stands before it fits into an earlier repetition, again and again');
}

function isAmbiguous(earlier: Repeat, between: readonly Atom[], quantifier: Repeat, span: CharSet): boolean {
  if (earlier.max === earlier.min) return false;
  const both = charactersOf(earlier.alternatives)?.intersect(span);
  if (both === undefined || !canStandAt('end', earlier, both) || !canStandAt('start', quantifier, both)) return false;
  return isRepeatable(between, both, quantifier);
}

/** True if a repetition of this part can start, or end, at one of these characters. */
function canStandAt(side: 'start' | 'end', {alternatives}: Repeat, span: CharSet): boolean {
  return alternatives.some(({elements}) => {
    const outermost = elements.at(side === 'start' ? 0 : -1);
    return outermost !== undefined && isRepeatable([outermost], span);
  });
}

/** All characters that a repeated part can consume; null if it consumes none. */
function charactersOf(alternatives: readonly Sequence[]): CharSet | null {
  return alternatives
    .flatMap(({elements}) => elements)
    .reduce<CharSet | null>((sum, element) => {
      const more =
        element.type === 'CharacterClass'
          ? element.characters
          : element.type === 'Quantifier' || element.type === 'Alternation'
            ? charactersOf(element.alternatives)
            : null;
      if (more === null) return sum;
      return sum === null ? more : sum.union(more);
    }, null);
}

/** True if some text of this sequence has only these characters, with such characters around it. */
function isRepeatable(sequence: readonly Atom[], span: CharSet, quantifier: Repeat | null = null): boolean {
  if (span.isEmpty) return false;
  if (quantifier !== null && isExcludedFrom(quantifier, sequence)) return false;
  return sequence.every((element) => {
    switch (element.type) {
      case 'CharacterClass':
        return !element.characters.isDisjointWith(span);
      case 'Quantifier':
        return element.min === 0 || element.alternatives.some(({elements}) => isRepeatable(elements, span));
      case 'Alternation':
        return element.alternatives.some(({elements}) => isRepeatable(elements, span));
      case 'Assertion': {
        if (!element.negate) return element.alternatives.some(({elements}) => isRepeatable(elements, span));
        const refused = element.alternatives.map(({elements}) => onlyCharacter(elements));
        return !refused.some((characters) => characters !== null && span.isSubsetOf(characters));
      }
      default:
        return true;
    }
  });
}

function onlyCharacter(elements: readonly Atom[]): CharSet | null {
  const [only, second] = elements;
  return second === undefined && only?.type === 'CharacterClass' ? only.characters : null;
}

/** `P(?:(?!P).)*`: the repetition ends where its beginning stands again. */
function isExcludedFrom({alternatives}: Repeat, sequence: readonly Atom[]): boolean {
  return alternatives.every(({elements: [guard, character]}) => {
    if (guard?.type !== 'Assertion' || !guard.negate || guard.kind !== 'ahead') return false;
    if (character?.type !== 'CharacterClass') return false;
    return guard.alternatives.some(({elements}) => isWithin(elements, sequence));
  });
}

/** True if these characters stand next to each other in the sequence. */
function isWithin(part: readonly Atom[], sequence: readonly Atom[]): boolean {
  return sequence.some((_, start) =>
    part.every((wanted, index) => {
      const found = sequence[start + index];
      return (
        wanted.type === 'CharacterClass' &&
        found?.type === 'CharacterClass' &&
        found.characters.isSubsetOf(wanted.characters)
      );
    }),
  );
}

/** True unless the rest matches whatever comes: nothing, optional parts, or an end after a repetition of everything. */
function canFail(rest: readonly Atom[], last: Atom, all: CharSet): boolean {
  return rest.some((element, index) => {
    if (element.type === 'Quantifier') return element.min > 0;
    const previous = index === 0 ? last : rest[index - 1];
    return !(
      element.type === 'Assertion' &&
      isEnd(element.alternatives, element.negate, all) &&
      isEverything(previous, all)
    );
  });
}

function isEnd(alternatives: readonly Sequence[], isNegated: boolean, all: CharSet): boolean {
  return isNegated && alternatives.every(({elements}) => onlyCharacter(elements)?.equals(all) === true);
}

function isEverything(element: Atom | undefined, all: CharSet): boolean {
  if (element?.type !== 'Quantifier' || element.max !== Number.POSITIVE_INFINITY) return false;
  return element.alternatives.some(({elements}) => onlyCharacter(elements)?.equals(all) === true);
}
