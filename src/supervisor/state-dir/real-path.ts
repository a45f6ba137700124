import {existsSync, realpathSync} from 'node:fs';
import path from 'node:path';

/** A place as the kernel names it, in /proc for example; of what does not exist, below the real path of its parent. */
export function realPath(place: string): string {
  if (existsSync(place)) return realpathSync(place);
  const parent = path.dirname(place);
  return parent === place ? place : path.join(realPath(parent), path.basename(place));
}
