import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';

/** Recorded output of real programs in a folder, where it lies on this machine; only its names go into a report. */
export function recordedTexts(folder: string, pattern: RegExp): readonly string[] {
  const root = path.join(process.env['GANTRY_RECORDINGS'] ?? '../shared/captures', folder);
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => pattern.test(name))
    .map((name) => readFileSync(path.join(root, name), 'utf8'));
}

/** A part of a long text, so that each input is read quickly: from the start of a line. */
export function partOf(text: string, start: number, characters: number): string {
  const from = start === 0 ? 0 : text.indexOf('\n', start) + 1;
  return text.slice(from, from + characters);
}
