import {expect, test} from 'vitest';
import {causeRules} from '../../../src/domain/diagnosis/cause-rules.ts';
import {readSource, sourceFiles} from '../../architecture/source-tree.ts';

const patterns = [...new Set(causeRules.flatMap(({causes, effects}) => [...causes, ...effects]))];

/** Where codes are given, as text: the table of causes names them too, and proves nothing. */
const sources = sourceFiles()
  .filter((file) => !/^domain\/diagnosis\/cause-(?:rules|codes|conditions)\.ts$/.test(file))
  .map((file) => ({isEngine: file.startsWith('engines/'), text: readSource(file)}));

/** How a code may be written: whole, without its namespace in the source of nvidia-smi, or as the part of an engine. */
function isGiven(pattern: string): boolean {
  const quoted = (text: string): string => `'${text}'`;
  if (pattern.startsWith('*.'))
    return sources.some(({isEngine, text}) => isEngine && text.includes(quoted(pattern.slice(2))));
  const short = pattern.replace('source.nvidia-smi.', '');
  return sources.some(({text}) => text.includes(quoted(pattern)) || text.includes(quoted(short)));
}

test.each(patterns)('%s is a code that something reports', (pattern) => {
  expect(isGiven(pattern)).toBe(true);
});

test('a code that nothing reports is noticed', () => {
  expect(isGiven('source.nvidia-smi.gpu-stolen')).toBe(false);
  expect(isGiven('*.gpu-stolen')).toBe(false);
});

test('no code explains itself, however indirectly', () => {
  const effectsOf = (code: string): readonly string[] =>
    causeRules.filter(({causes}) => causes.includes(code)).flatMap(({effects}) => effects);
  const isReached = (code: string, from: string, passed: readonly string[] = []): boolean =>
    effectsOf(from).some(
      (effect) => effect === code || (!passed.includes(effect) && isReached(code, effect, [...passed, effect])),
    );
  expect(patterns.filter((code) => isReached(code, code))).toEqual([]);
});
