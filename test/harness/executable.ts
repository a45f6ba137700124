import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';

/** Writes an executable shell script, with its parent folders; returns its path. */
export function writeExecutable(file: string, script: string): string {
  mkdirSync(path.dirname(file), {recursive: true});
  writeFileSync(file, `#!/bin/sh\n${script}\n`, {mode: 0o755});
  return file;
}

/** An nvidia-smi of a host with a running driver and without a GPU. */
export const noCards = 'echo "No devices were found"\nexit 6';
