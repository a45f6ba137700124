import path from 'node:path';

/** The program that shows a file. `needsShell`: it is written in a way that only a shell understands. */
export type PagerCommand =
  | {readonly needsShell: false; readonly program: string; readonly arguments: readonly string[]}
  | {readonly needsShell: true; readonly text: string};

export const DEFAULT_PAGER = 'less';

/** What a shell would do more with than separate words. */
const SHELL_CHARACTERS = /[|&;<>()$`*?[\]{}#~!\n]/;

/** The pager as `PAGER` has it: words, with quotes and backslashes as a shell reads them. Without one, less. */
export function pagerCommand(text: string | undefined): PagerCommand {
  const written = text?.trim() ?? '';
  if (SHELL_CHARACTERS.test(written)) return {needsShell: true, text: written};
  const words = wordsOf(written);
  if (words === null || words[0]?.includes('=') === true) return {needsShell: true, text: written};
  const [program = DEFAULT_PAGER, ...rest] = words;
  return {needsShell: false, program, arguments: rest};
}

/** Whether it is less, by its own name. */
export function isLess(command: PagerCommand): boolean {
  return !command.needsShell && path.basename(command.program) === DEFAULT_PAGER;
}

/** The words of a command; null where a quote does not end. */
function wordsOf(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"' && '"\\'.includes(text.charAt(at + 1))) {
        at += 1;
        word = (word ?? '') + text.charAt(at);
      } else word = (word ?? '') + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= '';
    } else if (character === '\\' && at + 1 < text.length) {
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  if (quote !== '') return null;
  return word === null ? words : [...words, word];
}
