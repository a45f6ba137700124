import {chmodSync, existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {fillTmuxBuffer} from '../../../src/cli/console/tmux-buffer.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

/** A program `tmux` that does this, and where it keeps what it reads. */
function tmuxThat(script: string): {readonly environment: NodeJS.ProcessEnv; readonly buffer: string} {
  const directory = temporaryDirectory();
  const program = path.join(directory, 'tmux');
  const buffer = path.join(directory, 'buffer');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  const environment = {PATH: `${directory}:/usr/bin:/bin`, TMUX: '/tmp/tmux-0/default,1,0', BUFFER: buffer};
  return {environment, buffer};
}

const text = `${'NCCL WARN ünïcode '.repeat(1_500)}\n`;

test('the text goes to the buffer and the clipboard of tmux', async () => {
  const {environment, buffer} = tmuxThat('[ "$*" = "load-buffer -w -" ] && cat > "$BUFFER"');
  expect(await fillTmuxBuffer(text, environment)).toBe(true);
  expect(readFileSync(buffer, 'utf8')).toBe(text);
});

test('a tmux before 3.2 has no option for the clipboard, and takes the text into its buffer', async () => {
  const {environment, buffer} = tmuxThat('[ "$*" = "load-buffer -" ] && cat > "$BUFFER"');
  expect(await fillTmuxBuffer(text, environment)).toBe(true);
  expect(readFileSync(buffer, 'utf8')).toBe(text);
});

test('a tmux that ends without reading has not taken it, and none is run outside tmux', async () => {
  const failing = tmuxThat('exit 1');
  expect(await fillTmuxBuffer(text, failing.environment)).toBe(false);
  const outside = tmuxThat('cat > "$BUFFER"');
  expect(await fillTmuxBuffer(text, {...outside.environment, TMUX: ''})).toBe(false);
  expect(existsSync(outside.buffer)).toBe(false);
  expect(await fillTmuxBuffer(text, {PATH: temporaryDirectory(), TMUX: 'gone'}), 'no such program').toBe(false);
});
