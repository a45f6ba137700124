import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';

/** Writes a shell script that can be run, with the folders above it; gives its path. */
export function writeExecutable(file: string, script: string): string {
  mkdirSync(path.dirname(file), {recursive: true});
  writeFileSync(file, `#!/bin/sh\n${script}\n`, {mode: 0o755});
  return file;
}

/** An nvidia-smi of a host whose driver runs and which has no card. */
export const noCards = 'echo "No devices were found"\nexit 6';
