import {expect, test} from 'vitest';
import {PastedPage} from '../../../../src/sources/pasted-text/viewer/pasted-page.ts';

function read(lines: readonly string[]) {
  return new PastedPage().readFirst(lines.map((text, index) => ({text, number: index + 1})));
}

test('marks of mails that answer each other are taken off', () => {
  const read_ = read(['> > first', '> >   second', '>', '> > third']);
  expect(read_.map(({text}) => text)).toEqual(['first', '  second', '', 'third']);
  expect(read(['> prompt of a shell', 'what it printed', 'more']).map(({text}) => text)[0]).toBe('> prompt of a shell');
});

test('of an issue, what stands between fences is the text, with its numbers of lines', () => {
  const issue = ['### Help', '<details>', '<summary>log</summary>', '```text', 'a', 'b', '```', '</details>', 'Thanks'];
  expect(read(issue)).toEqual([
    {text: '### Help', number: 1, isQuoted: false},
    {text: 'a', number: 5, isQuoted: true},
    {text: 'b', number: 6, isQuoted: true},
    {text: 'Thanks', number: 9, isQuoted: false},
  ]);
});

test('of a copy that begins within the text, the text above the first fence is quoted', () => {
  const lines = read(['a', 'b', 'c', '```', 'And then:', '```', 'd', 'e', '```']);
  expect(lines.filter(({isQuoted}) => isQuoted).map(({text}) => text)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(read(['a', '```']).every(({isQuoted}) => isQuoted)).toBe(true);
});

test('of the first lines of a long text, only the fence that opens it is known', () => {
  const lines = read(['### Help', '```text', ...Array.from({length: 20}, (_, index) => `line ${index}`)]);
  expect(lines.filter(({isQuoted}) => !isQuoted).map(({text}) => text)).toEqual(['### Help']);
});

test('empty lines that were put between every two are taken out, and those of the text stay', () => {
  const texts = (lines: readonly string[]): string[] => read(lines).map(({text}) => text);
  expect(texts(['a', '', '  b', '', 'c', ' ', '', 'd'])).toEqual(['a', '  b', 'c', 'd']);
  expect(texts(['a', 'b', '', 'c', '', 'd'])).toEqual(['a', 'b', '', 'c', '', 'd']);
  expect(texts(['a', '', 'b', '', 'c'])).toEqual(['a', '', 'b', '', 'c']);
});

test('entities of the source of a page are what they stand for, unless the text has marks of its own', () => {
  const texts = (lines: readonly string[]): readonly string[] => read(lines).map(({text}) => text);
  expect(texts(['<pre>', 'File &quot;x.py&quot;, in &lt;module&gt; &amp;&amp; it&#39;s', '</pre>'])).toEqual([
    'File "x.py", in <module> && it\'s',
  ]);
  expect(texts(['in <module>', 'a &lt; b'])).toEqual(['in <module>', 'a &lt; b']);
});
