import type {Histograms} from '../../domain/traffic/distributions/growth-track.ts';
import {histogramNames} from '../../domain/traffic/distributions/histogram-names.ts';
import {countsOf} from '../../domain/traffic/distributions/merge-counts.ts';
import type {BoundsBook} from './bounds-book.ts';
import {type GrowthPart, readGrowth} from './growth-blob.ts';

export type {GrowthPart} from './growth-blob.ts';

/** Histograms, or what they have grown by, as parts of a row; those with more bounds than are kept are left out. */
export function partsOf(histograms: Histograms, book: BoundsBook): GrowthPart[] {
  return histogramNames.flatMap((name, histogram) => {
    const found = histograms[name];
    if (found === undefined) return [];
    const {bounds, counts, sum} = countsOf(found);
    const number = book.numberOf(bounds);
    return number === null ? [] : [{histogram, bounds: number, counts, sum}];
  });
}

/** The parts of a row; those with unknown bounds are left out. */
export function partsIn(blob: Uint8Array, book: BoundsBook): GrowthPart[] {
  const parts: GrowthPart[] = [];
  readGrowth(blob, ({histogram, bounds: number, sum, used, places, counts: found}) => {
    const bounds = book.bounds(number);
    if (bounds === null) return;
    const counts = new Float64Array(bounds.length);
    for (let index = 0; index < used; index += 1) counts[places[index] ?? 0] = found[index] ?? 0;
    parts.push({histogram, bounds: number, counts, sum});
  });
  return parts;
}

/** Parts with others added: those of the same histogram and bounds are one. */
export function mergedParts(parts: readonly GrowthPart[], more: readonly GrowthPart[]): GrowthPart[] {
  const merged = [...parts];
  for (const part of more) {
    const place = merged.findIndex(({histogram, bounds}) => histogram === part.histogram && bounds === part.bounds);
    const known = merged[place];
    if (known === undefined) merged.push(part);
    else {
      const counts = known.counts.map((count, bucket) => count + (part.counts[bucket] ?? 0));
      merged[place] = {...known, counts, sum: known.sum + part.sum};
    }
  }
  return merged;
}
