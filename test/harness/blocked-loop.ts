import {rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';

/** The main loop of the programs of one home, which a test blocks and releases. */
export type BlockedLoop = {
  /** For the command that starts the supervisor. */
  readonly environment: Readonly<Record<string, string>>;
  /** From now on the supervisor does nothing but compute, until `release`. */
  readonly block: () => void;
  readonly release: () => void;
};

/** A loop without a break, as a pathological input causes it: loaded into the supervisor before its program. */
export function createBlockedLoop({directory}: {readonly directory: string}): BlockedLoop {
  const file = path.join(directory, 'blocked');
  const program = path.join(directory, 'blocked.mjs');
  writeFileSync(
    program,
    `import {existsSync} from 'node:fs';
     import {isMainThread} from 'node:worker_threads';
     const isSupervisor = isMainThread && process.argv.includes('supervise');
     if (isSupervisor) setInterval(() => { while (existsSync(${JSON.stringify(file)})); }, 50).unref();`,
  );
  return {
    environment: {NODE_OPTIONS: `--import=${program}`},
    block: () => writeFileSync(file, ''),
    release: () => rmSync(file, {force: true}),
  };
}
