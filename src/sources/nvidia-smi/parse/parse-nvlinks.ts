import type {Nvlinks} from '../../../samples/gpu.ts';

const cardLine = /^GPU (\d{1,3}): (?:[^(]{0,200}\(UUID: (GPU-[0-9A-Fa-f-]{8,64})\))?/;
const linkLine = /^\s*Link (\d{1,2}): (?:(<inactive>)|(?:(Replay|Recovery|CRC) Errors: (\d{1,12}))|\S)/;
/** In place of the links of a card. */
const allInactive = /all links are inactive/;

/** One line of a link: of `nvidia-smi nvlink --status`, or of one of its error counters. */
export type NvlinkLine = {
  readonly card: string;
  readonly uuid: string | null;
  readonly link: string;
  readonly isInactive: boolean;
  readonly errors: number;
};

/** The links in what `nvidia-smi nvlink --status` or `--errorcounters` prints; lines above every GPU are of the GPU `?`. */
export function nvlinkLines(text: string): readonly NvlinkLine[] {
  let card = '?';
  let uuid: string | null = null;
  return text.split(/\r?\n/).flatMap((line) => {
    const heading = cardLine.exec(line);
    card = heading?.[1] ?? card;
    if (heading !== null) uuid = heading[2] ?? null;
    const match = linkLine.exec(line);
    if (match === null) return [];
    const [, link = '', inactive, , errors] = match;
    return [{card, uuid, link, isInactive: inactive !== undefined, errors: Number(errors ?? 0)}];
  });
}

/** The UUIDs of the GPUs that `nvidia-smi nvlink --status` lists, with or without links. */
export function listedUuids(text: string): readonly string[] {
  return text.split(/\r?\n/).flatMap((line) => cardLine.exec(line)?.[2] ?? []);
}

/** The links of each GPU in the answer of `nvidia-smi nvlink --status`, by its UUID; GPUs without NVLink are not in it. */
export function parseNvlinks(text: string): ReadonlyMap<string, Nvlinks> {
  const found = new Map<string, Nvlinks>();
  let uuid: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    uuid = cardLine.exec(line)?.[2] ?? uuid;
    if (uuid !== null && allInactive.test(line)) found.set(uuid, {count: 0, activeCount: 0});
  }
  const byCard = Map.groupBy(nvlinkLines(text), (line) => line.uuid);
  for (const [card, lines] of byCard) {
    if (card === null) continue;
    found.set(card, {count: lines.length, activeCount: lines.filter(({isInactive}) => !isInactive).length});
  }
  return found;
}
