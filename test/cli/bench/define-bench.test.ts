import {Command} from 'commander';
import {expect, test} from 'vitest';
import {defineBench} from '../../../src/cli/bench/define-bench.ts';

/** `gantry bench` with these arguments, not run; its options as they are read. */
function read(...given: readonly string[]): unknown {
  const program = new Command().exitOverride().configureOutput({writeErr: () => {}});
  defineBench(
    program,
    (parent, name) => parent.command(name),
    () => Promise.resolve(),
  );
  const bench = program.commands.find((command) => command.name() === 'bench');
  bench?.exitOverride().configureOutput({writeErr: () => {}});
  program.parse(['bench', ...given], {from: 'user'});
  return bench?.opts();
}

test.each([
  ['80%', 0.8],
  ['0.8', 0.8],
  ['12.5%', 0.125],
])('the cached share %s is that of break-even', (text, ratio) => {
  expect(read('--cached', text)).toMatchObject({cached: ratio});
});

test('a share without its unit is refused: 0.8 is 80 %, and never 0.8 %', () => {
  expect(() => read('--cached', '80')).toThrow('such as 80% or 0.8');
});

test('sizes are written as contexts are', () => {
  expect(read('--prompt-tokens', '8K', '--answer-tokens', '2,048')).toMatchObject({
    promptTokens: 8_192,
    answerTokens: 2_048,
  });
});
