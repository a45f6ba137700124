import {readSource, sourceFiles} from './source-tree.ts';

/** Something that the source may not do, as a pattern over one file's text without comments. */
export type SourceRule = {readonly name: string; readonly pattern: RegExp};

/** Where rules are broken, as `file:line rule`. */
export function violationsIn(text: string, file: string, rules: readonly SourceRule[]): readonly string[] {
  const code = withoutComments(text);
  return rules.flatMap(({name, pattern}) =>
    [...code.matchAll(new RegExp(pattern.source, 'g'))].map(
      ({index}) => `${file}:${code.slice(0, index).split('\n').length} ${name}`,
    ),
  );
}

/** Where the real tree breaks rules; `isExempt` takes paths below src/. */
export function violationsOf(rules: readonly SourceRule[], isExempt: (file: string) => boolean): readonly string[] {
  return sourceFiles()
    .filter((file) => !isExempt(file))
    .flatMap((file) => violationsIn(readSource(file), file, rules));
}

/** Comments become blanks of the same length, so that lines keep their numbers. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/gu, (comment) => comment.replaceAll(/[^\n]/gu, ' '));
}
