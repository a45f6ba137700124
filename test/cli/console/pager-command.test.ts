import fc from 'fast-check';
import {expect, test} from 'vitest';
import {pagerCommand} from '../../../src/cli/console/pager-command.ts';

test.each<[string | undefined, readonly string[]]>([
  [undefined, ['less']],
  ['', ['less']],
  ['most', ['most']],
  ['less -R  -S', ['less', '-R', '-S']],
  ["/opt/my\\ pager/bin/v 'a b' \"c \\\" d\" ''", ['/opt/my pager/bin/v', 'a b', 'c " d', '']],
])('%j runs without a shell', (text, words) => {
  const command = pagerCommand(text);
  expect(command.needsShell ? null : [command.program, ...command.arguments]).toEqual(words);
});

test.each(['cat | less', 'less $OPTIONS', 'LESS=-R less', '~/bin/pager', 'less "unended', 'less; true'])(
  '%j needs a shell',
  (text) => {
    expect(pagerCommand(text)).toEqual({needsShell: true, text});
  },
);

test('quoted words are read as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[\w ./:"\\-]{1,8}$/), {minLength: 1, maxLength: 4}), (words) => {
      const command = pagerCommand(`less ${words.map((word) => `'${word}'`).join(' ')}`);
      expect(command.needsShell ? null : command.arguments).toEqual(words);
    }),
  );
});
