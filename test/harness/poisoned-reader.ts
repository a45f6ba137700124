import {writeFileSync} from 'node:fs';
import path from 'node:path';

/** Stands for the next expression or parser that some text of the outside is too much for. */
export const poison = 'POISON-OF-THE-READER';

/**
 * The environment of a supervisor whose regular expressions never end, or throw, for text with the poison in it: loaded
 * before its program.
 */
export function poisonedReader(
  {directory}: {readonly directory: string},
  effect: 'never ends' | 'throws',
): Readonly<Record<string, string>> {
  const program = path.join(directory, 'poisoned.mjs');
  const act = effect === 'throws' ? "throw new Error('poisoned')" : 'for (;;);';
  writeFileSync(
    program,
    `import {isMainThread} from 'node:worker_threads';
     if (isMainThread && process.argv.includes('supervise')) for (const name of ['exec', 'test']) {
       const real = RegExp.prototype[name];
       RegExp.prototype[name] = function (text) { if (String(text).includes('${poison}')) ${act}
         return real.call(this, text); };
     }`,
  );
  return {NODE_OPTIONS: `--import=${program}`};
}
