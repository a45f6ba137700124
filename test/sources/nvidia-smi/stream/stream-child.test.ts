import {beforeEach, expect, test, vi} from 'vitest';
import type {ChildEnd, ChildOutput} from '../../../../src/sources/nvidia-smi/stream/start-child.ts';
import {startStreamChild} from '../../../../src/sources/nvidia-smi/stream/stream-child.ts';

const exited: ChildEnd = {exitCode: 9, startError: null, isStuck: false};
let output: ChildOutput | null = null;
let end = Promise.withResolvers<ChildEnd>();

vi.mock('../../../../src/sources/nvidia-smi/stream/start-child.ts', () => ({
  startChild: (_executable: string, _args: readonly string[], given: ChildOutput) => {
    output = given;
    return {ended: end.promise, gone: Promise.resolve(), stop: () => undefined};
  },
}));

beforeEach(() => {
  output = null;
  end = Promise.withResolvers<ChildEnd>();
});

/** What comes of output in these pieces. */
async function play(...pieces: readonly (readonly ['out' | 'err', string])[]) {
  const lines: string[] = [];
  const {ended} = startStreamChild('nvidia-smi', [], (more) => lines.push(...more));
  for (const [stream, text] of pieces) {
    if (stream === 'out') output?.onStdout(Buffer.from(text));
    else output?.onStderr(Buffer.from(text));
  }
  end.resolve(exited);
  return {lines, text: (await ended).text};
}

test.each([
  ['a row', '0, GPU-0, 10\n', ''],
  ['a row of two cells', '0, GPU-0\n', '0, GPU-0\n'],
  ['an empty line', '\n', ''],
  ['a message', 'No devices were found\n', 'No devices were found\n'],
  ['a message with a comma', 'Unable to query, stopped\n', 'Unable to query, stopped\n'],
  ['commas without cells', ', , , \n', ', , , \n'],
])('%s is passed on; kept as text is %j', async (_, printed, text) => {
  expect(await play(['out', printed])).toEqual({lines: [printed.slice(0, -1)], text});
});

test('lines in pieces are whole, and errors are no rows', async () => {
  expect(await play(['out', '0, GPU'], ['err', 'bro'], ['out', '-0, 1\n1, GPU-1'], ['err', 'ken\n'])).toEqual({
    lines: ['0, GPU-0, 1'],
    text: 'broken\n',
  });
});

test('a last line without its end is text, unless it may be half a row', async () => {
  expect((await play(['out', '0, GPU-0'], ['err', 'half a message'])).text).toBe('half a message\n');
  expect((await play(['out', 'half a message'], ['err', 'a, b'])).text).toBe('half a message\n');
});

test('at most 4,000 characters of a line are kept, and no line after so many', async () => {
  const long = 'x'.repeat(5_000);
  expect((await play(['err', `${long}\n`], ['err', 'later\n'])).text).toBe(`${long.slice(0, 4_000)}\n`);
  const line = `${'y'.repeat(1_998)}\n`;
  expect((await play(['err', line], ['err', line], ['err', 'third\n'], ['err', 'fourth\n'])).text).toBe(
    `${line}${line}third\n`,
  );
});
