import {expect, test} from 'vitest';
import {startStreamChild} from '../../../../src/sources/nvidia-smi/stream/stream-child.ts';

async function run(script: string) {
  const lines: string[] = [];
  const end = await startStreamChild('/bin/sh', ['-c', script], (more) => lines.push(...more)).ended;
  return {lines, end};
}

test('rows are passed on, and not kept as text: what is printed after many of them is', async () => {
  const rows = `i=0; while [ $i -lt 2000 ]; do echo "$i, GPU-0, 10"; i=$((i+1)); done`;
  const {lines, end} = await run(`${rows}; echo 'Unable to query; stopped'; exit 9`);
  expect(lines).toHaveLength(2001);
  expect(end).toMatchObject({exitCode: 9, isStuck: false, text: 'Unable to query; stopped\n'});
});

test('errors are kept, and are no rows', async () => {
  expect(await run(`echo broken >&2; printf 'no line feed' >&2; exit 3`)).toMatchObject({
    lines: [],
    end: {exitCode: 3, text: 'broken\nno line feed\n'},
  });
});

test('a last line without its end is text, unless it may be half a row', async () => {
  expect(await run(`printf '0, GPU-0, 1'`)).toMatchObject({lines: [], end: {text: ''}});
  expect(await run(`printf 'half a message'`)).toMatchObject({lines: [], end: {text: 'half a message\n'}});
});
