import path from 'node:path';
import {parseSync, Visitor} from 'oxc-parser';
import {readSource, repositoryRoot, sourceFiles} from '../source-tree.ts';

export type FoundPattern = {readonly place: string; readonly source: string; readonly flags: string};

type Found = {readonly patterns: FoundPattern[]; readonly constructions: string[]};

/** The regular expressions of a file as they are written, and the places (`file:line`) where `RegExp` is called. */
export function patternsIn(file: string, text: string): Found {
  const patterns: FoundPattern[] = [];
  const constructions: string[] = [];
  const placeOf = (offset: number): string => `${file}:${text.slice(0, offset).split('\n').length}`;
  const visitor = new Visitor({
    Literal(node) {
      if (!('regex' in node) || node.regex === null) return;
      patterns.push({place: placeOf(node.start), source: node.regex.pattern, flags: node.regex.flags});
    },
    NewExpression({callee, start}) {
      if (callee.type === 'Identifier' && callee.name === 'RegExp') constructions.push(placeOf(start));
    },
    CallExpression({callee, arguments: [argument], start}) {
      if (callee.type === 'Identifier' && callee.name === 'RegExp') constructions.push(placeOf(start));
      // `text.match('a+')` makes a pattern of a text.
      const isImplicit =
        callee.type === 'MemberExpression' &&
        callee.property.type === 'Identifier' &&
        ['match', 'matchAll', 'search'].includes(callee.property.name) &&
        argument !== undefined &&
        (argument.type === 'TemplateLiteral' || (argument.type === 'Literal' && typeof argument.value === 'string'));
      if (isImplicit) constructions.push(placeOf(start));
    },
  });
  visitor.visit(parseSync(file, text).program);
  return {patterns, constructions};
}

/**
 * Every regular expression of the source: the written ones, and those that modules put together while they are loaded, or
 * for the first line of a log, recorded by doing that. `unseen` are the places that call `RegExp` at another time: nobody can check what they make.
 */
export async function patternsOfSource(): Promise<{
  readonly patterns: readonly FoundPattern[];
  readonly unseen: readonly string[];
}> {
  const files = sourceFiles().map((file) => ({file, ...patternsIn(file, readSource(file))}));
  const builders = files.filter(({constructions}) => constructions.length > 0);
  const made = await recordWhile(async () => {
    for (const {file} of builders) await import(path.join(repositoryRoot, 'src', file));
    // The patterns of a catalog are joined when the first line is read.
    const {unknownLogContext} = await import('../../../src/engines/engine.ts');
    const {unnamedEngine} = await import('../../../src/engines/log/unnamed-engine.ts');
    const {engines} = await import('../../../src/engines/registry.ts');
    for (const {interpretLogLine} of [...engines, unnamedEngine(engines)])
      interpretLogLine('a line', unknownLogContext);
  });
  return {
    patterns: [...files.flatMap(({patterns}) => patterns), ...made],
    unseen: builders.flatMap(({file, constructions}) =>
      made.filter(({place}) => place === file).length >= constructions.length ? [] : constructions,
    ),
  };
}

/** What the source makes with `RegExp` meanwhile. */
async function recordWhile(load: () => Promise<void>): Promise<readonly FoundPattern[]> {
  const made: FoundPattern[] = [];
  const original = globalThis.RegExp;
  globalThis.RegExp = new Proxy(original, {
    construct(target, words: [string | RegExp, string?]) {
      const pattern = new target(...words);
      const place = /\/src\/([^\s:?]+)/.exec(new Error('where').stack ?? '')?.[1];
      if (place !== undefined) made.push({place, source: pattern.source, flags: pattern.flags});
      return pattern;
    },
  });
  try {
    await load();
  } finally {
    globalThis.RegExp = original;
  }
  return made;
}
