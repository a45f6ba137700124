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
  'input',
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

test('the part of a request that an engine could not parse is removed', () => {
  const error =
    '{"error":{"code":400,"message":"parse error at line 1, column 57: invalid string: missing closing quote; last read: ';
  for (const body of [`'\\"${SAID}'"}}`, `'{\\"it's ${SAID}`, `'x\n${SAID}'`])
    expect(maskPrompts(`got exception: ${error}${body}`)).toBe(`got exception: ${error}[redacted]`);
});

test.each([
  `'${SAID}'`,
  `"${SAID} it's"`,
  `[{'role': 'user', 'content': '${SAID}'}]`,
  `{'a': '${SAID}'}`,
  `'of pydantic, input_type=str, ${SAID}'`,
  `ChatMessage(role='user', body='${SAID}')`,
  `b'${SAID}'`,
  `('${SAID}', 1)`,
])('a value %s of a request that was rejected is removed', (value) => {
  const line = (shown: string): string => `[type=string_type, input_value=${shown}, input_type=str]`;
  expect(maskPrompts(line(value))).toBe(line('[redacted]'));
  expect(maskPrompts(`input_value=${value.slice(0, 9)}`)).toBe('input_value=[redacted]');
  expect(maskPrompts(`{'type': 'missing', 'loc': ('body',), 'input': {'x': ${value}}}`)).not.toContain(SAID);
  expect(maskPrompts(`{"type":"missing","input":[${value}]}`)).not.toContain(SAID);
});

test('the time for a line that repeats the start of a rejected value is linear', () => {
  for (const start of ['last read: ', "input_value='", '"input": [', "input_value='x, input_type"])
    expect(maskPrompts(start.repeat(50_000)).length).toBeLessThan(100);
});

test.each([
  'input_value=ArgsKwargs((), {x: 1}), input_type=ArgsKwargs]',
  'input: 5 tokens',
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
