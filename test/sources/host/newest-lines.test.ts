import {expect, test} from 'vitest';
import {NewestLines} from '../../../src/sources/host/newest-lines.ts';

test('the newest lines stay, however the text is cut, with the last one also if it is not wanted', () => {
  const text = Array.from({length: 100}, (_, at) => `line ${at % 10 === 9 ? 'b' : 'a'} ${at}`).join('\n');
  for (const size of [1, 7, 10_000]) {
    const lines = new NewestLines((line) => line.includes('a'), 20);
    for (let at = 0; at < text.length; at += size) lines.take(text.slice(at, at + size));
    expect(lines.end()).toBe('line a 97\nline a 98\nline b 99');
  }
  expect(new NewestLines(() => true).end()).toBe('');
});
