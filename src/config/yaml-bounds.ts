import {Lexer, Parser} from 'yaml';

/** Several times what a configuration with every key has: line ends, brackets, quotes and separators. */
export const MOST_STRUCTURE = 3_000;
/** No configuration has more than six. */
const MOST_DEPTH = 100;

/**
 * Where more levels are nested than any configuration has; null if they are not. The parser recurses into them, to the end
 * of the stack.
 */
export function depthBeyond(text: string): number | null {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MOST_DEPTH) return parser.offset;
  }
  return null;
}
