import {compileFilter, everyLine} from '../../../domain/log-lines/line-filter.ts';
import {ACCEPTED_SYNTAX} from '../../../shared/patterns/parse-pattern.ts';
import type {Typed} from '../../../views/logs/log-screen-view.ts';
import {noFilter} from '../../../views/logs/shown-lines.ts';
import {withoutLast, withTyped} from '../../keys/prompt-text.ts';
import {type Reaction, refuse, type ScreenContext, stay} from '../screen.ts';
import {foundFrom, type LogsState, sought} from './logs-state.ts';
import {parseMoment} from './parse-moment.ts';

/** From now on characters are typed, for this purpose. */
export function typing(state: LogsState, kind: Typed['kind'], text: string): LogsState {
  return {...state, typed: {kind, text}};
}

/** Without the last character. */
export function erased({typed, ...state}: LogsState): LogsState {
  return {...state, typed: typed === null ? null : {...typed, text: withoutLast(typed.text)}};
}

/** With one more character; null while nothing is typed. */
export function withCharacter({typed, ...state}: LogsState, character: string): LogsState | null {
  const text = typed === null ? null : withTyped(typed.text, character);
  return typed === null || text === null ? null : {...state, typed: {...typed, text}};
}

/** Does what the text was typed for; without one, returns to where the log was opened. A text that cannot be used stays, with the reason. */
export function confirmed(state: LogsState, context: ScreenContext): Reaction<LogsState> {
  const {typed, origin} = state;
  if (typed === null) {
    return origin === null
      ? {kind: 'do', id: 'engine.findings'}
      : {kind: 'return', to: origin, left: {...state, origin: null}};
  }
  const done = {...state, typed: null};
  switch (typed.kind) {
    case 'search':
      return searched(done, typed.text, context);
    case 'pattern':
      return patterned(done, typed.text);
    case 'rank':
      if (!/^\d{0,4}$/.test(typed.text)) return refuse('a rank is a number', 'An empty one ends the filter.');
      return stay(filtered(done, {rank: typed.text === '' ? null : Number(typed.text)}));
    case 'time': {
      if (typed.text === '') return stay(done);
      const atMs = parseMoment(typed.text.trim(), context.nowMs);
      return atMs.ok ? stay(sought(done, {kind: 'time', atMs: atMs.value}, context)) : refuse(atMs.error);
    }
  }
}

function searched(state: LogsState, query: string, context: ScreenContext): Reaction<LogsState> {
  const next = {...state, query, match: null, seek: null};
  if (query === '') return stay(next);
  // At the beginning of the log, what is sought can only be newer.
  const found = foundFrom(next, -1, true, context) ?? foundFrom(next, 1, false, context);
  return found === null ? refuse(`"${query}" is not in the log`) : stay(found);
}

function patterned(state: LogsState, pattern: string): Reaction<LogsState> {
  const compiled = compileFilter({...everyLine, pattern});
  if (compiled.ok) return stay(filtered(state, {pattern}));
  return refuse(`this regular expression is not accepted: ${compiled.error}`, `Use ${ACCEPTED_SYNTAX}.`);
}

/** With a part of the filter changed; a filter that every line passes is none. */
export function filtered(state: LogsState, change: Partial<LogsState['filter']>): LogsState {
  const filter = {...state.filter, ...change};
  const isNone = filter.level === null && filter.rank === null && filter.pattern === '';
  // A search that found nothing is over; a place in the log that is still being read is not.
  const seek = state.seek?.kind === 'text' ? null : state.seek;
  return {...state, filter: isNone ? noFilter : filter, match: null, seek};
}
