import {expect, test} from 'vitest';
import {maskPrompts} from '../../../src/sources/log/mask-prompts.ts';

const SAID = 'a secret plan';

test.each([
  'prompt',
  'prompts',
  'negative_prompt',
  'text',
  'input_text',
  'output_text',
  'content',
  'reasoning_content',
  'output',
  'arguments',
])('the text of %s is removed, whatever the quotes', (name) => {
  expect(maskPrompts(`x ${name}='${SAID}', n=1`)).toBe(`x ${name}='redacted', n=1`);
  expect(maskPrompts(`{"${name}": "${SAID}", "n": 1}`)).toBe(`{"${name}": "redacted", "n": 1}`);
});

test('quotes of the other kind and escaped ones do not end a text', () => {
  expect(maskPrompts(`prompt: "it's \\"${SAID}\\"", n=1`)).toBe('prompt: "redacted", n=1');
});

test('a text that was cut within an escape, or has line ends, is removed', () => {
  expect(maskPrompts(`prompt: '${SAID}\\`)).toBe("prompt: 'redacted'");
  expect(maskPrompts(`content="${SAID}\r\n\u2028${SAID}", n=1`)).toBe('content="redacted", n=1');
  expect(maskPrompts(`messages: [{\r\n${SAID}}]`)).toBe('messages: [redacted]');
});

test('the time for a line is linear', () => {
  expect(maskPrompts(`prompt: '${'\\'.repeat(20_000)}\n`)).toBe("prompt: 'redacted'");
});

test.each(['token_ids', 'prompt_token_ids', 'output_token_ids', 'input_ids', 'output_ids'])(
  'the tokens of %s are removed',
  (name) => {
    expect(maskPrompts(`${name}=[1, 2], n=1`)).toBe(`${name}=[redacted], n=1`);
    expect(maskPrompts(`'${name}': [1, 2`)).toBe(`'${name}': [redacted]`);
  },
);

test.each(['messages', "'messages'", '"messages"'])('everything after the start of %s is removed', (name) => {
  expect(maskPrompts(`model=k, ${name}: [{"role": "user"}], n=1`)).toBe(`model=k, ${name}: [redacted]`);
});

test.each([
  'prompt throughput: 12.0 tokens/s',
  'context=4096',
  'output: 5',
  'messages: 3',
  "hypertext_x='y'",
  'num_token_ids_x=[1]',
  'nothing of this',
])('%s is kept', (line) => {
  expect(maskPrompts(line)).toBe(line);
});
