import {err, ok, type Result} from '../result.ts';
import {type PatternNode, parsePattern, type UnitRange} from './parse-pattern.ts';

/** Whether a text has a match anywhere. */
export type Pattern = (text: string) => boolean;

/** A state: what it takes and where it leads, or where it goes without taking anything. The last one is the match. */
type State =
  | {readonly kind: 'take'; readonly ranges: readonly UnitRange[]; readonly next: number}
  | {readonly kind: 'fork'; readonly next: readonly number[]}
  | {readonly kind: 'match'};

/** A larger pattern is refused: time and memory are those of its states. */
const MOST_STATES = 2_000;
/** Sets of states that are remembered; then they are found again. */
const MOST_SETS = 1_000;
/** What `^` and `$` take: no code unit of a text. */
const START = 0x1_0000;
const END = 0x1_0001;

/**
 * A regular expression whose time is linear in the text, whatever it is: all states that can be reached are followed
 * together, nothing is tried twice (Thompson 1968). Without regard to case. The error says what is not accepted.
 */
export function compilePattern(source: string): Result<Pattern, string> {
  const parsed = parsePattern(source);
  if (!parsed.ok) return parsed;
  const states: State[] = [];
  const first = build(parsed.value, states);
  if (first === null) return err('it is too large');
  return ok(matcherOf(states, first));
}

function build(node: PatternNode, states: State[]): number | null {
  const add = (state: State): number => {
    states.push(state);
    return states.length - 1;
  };
  const isFull = (): boolean => states.length > MOST_STATES;

  /** The first state of the node, which leads to `next`. */
  function enter(part: PatternNode, next: number): number {
    if (isFull()) return next;
    switch (part.kind) {
      case 'empty':
        return next;
      case 'start':
        return add({kind: 'take', ranges: [[START, START]], next});
      case 'end':
        return add({kind: 'take', ranges: [[END, END]], next});
      case 'units':
        return add({kind: 'take', ranges: part.ranges, next});
      case 'sequence':
        return part.parts.reduceRight((after, each) => enter(each, after), next);
      case 'choice':
        return add({kind: 'fork', next: part.parts.map((each) => enter(each, next))});
      case 'repeat':
        return repeat(part, next);
    }
  }

  function repeat({of, least, most}: Extract<PatternNode, {kind: 'repeat'}>, next: number): number {
    let after = next;
    if (most === null) {
      const loop = add({kind: 'fork', next: []});
      states[loop] = {kind: 'fork', next: [enter(of, loop), next]};
      after = loop;
    } else {
      for (let count = least; count < most; count += 1) after = add({kind: 'fork', next: [enter(of, after), next]});
    }
    for (let count = 0; count < least; count += 1) after = enter(of, after);
    return after;
  }

  const end = add({kind: 'match'});
  const first = enter(node, end);
  return isFull() ? null : first;
}

/** States that are reached together, and what each unit leads to as far as that is known. */
type StateSet = {readonly states: readonly number[]; readonly isMatch: boolean; readonly after: Map<number, StateSet>};

function matcherOf(states: readonly State[], first: number): Pattern {
  let known = new Map<string, StateSet>();

  function setOf(reached: Iterable<number>): StateSet {
    const closed = new Set<number>();
    const open = [...reached, first];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (closed.has(state)) continue;
      closed.add(state);
      const found = states[state];
      if (found?.kind === 'fork') open.push(...found.next);
    }
    const members = [...closed].filter((state) => states[state]?.kind !== 'fork').sort((a, b) => a - b);
    const name = members.join(' ');
    const same = known.get(name);
    if (same !== undefined) return same;
    if (known.size >= MOST_SETS) known = new Map();
    const isMatch = members.some((state) => states[state]?.kind === 'match');
    const set: StateSet = {states: members, isMatch, after: new Map()};
    known.set(name, set);
    return set;
  }

  function step(from: StateSet, unit: number): StateSet {
    const there = from.after.get(unit);
    if (there !== undefined) return there;
    const reached: number[] = [];
    for (const state of from.states) {
      const found = states[state];
      if (found?.kind === 'take' && found.ranges.some(([low, high]) => unit >= low && unit <= high))
        reached.push(found.next);
    }
    const next = setOf(reached);
    if (from.after.size < MOST_SETS) from.after.set(unit, next);
    return next;
  }

  return (text) => {
    const lower = text.toLowerCase();
    let set = setOf([]);
    if (set.isMatch) return true;
    set = step(set, START);
    for (let index = 0; index < lower.length && !set.isMatch; index += 1) set = step(set, lower.charCodeAt(index));
    return set.isMatch || step(set, END).isMatch;
  };
}
