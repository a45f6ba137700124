import type {GpuView} from '../../api/snapshot.ts';
import {isAbsent} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Tone} from '../rows.ts';

/** How a GPU is connected, for a cell or a fact. */
export type LinkText = {readonly text: string; readonly tone: Tone};

/** `5.0 x16`. Fewer lanes than possible are a warning; the generation of an idle GPU is reduced by itself. */
export function pcieText({pcieLink}: GpuView, glyphs: GlyphSet): LinkText {
  if (pcieLink === undefined) return {text: glyphs.dash, tone: 'normal'};
  const {generation, lanes, maxLanes} = pcieLink;
  if (isAbsent(generation) && isAbsent(lanes)) return {text: glyphs.dash, tone: 'normal'};
  const isNarrow = !isAbsent(lanes) && !isAbsent(maxLanes) && lanes < maxLanes;
  return {text: linkOf(generation, lanes, glyphs), tone: isNarrow ? 'warning' : 'normal'};
}

/** The same for the link that GPU and host could have; null where it is unknown. */
export function pcieLimitText({pcieLink}: GpuView, glyphs: GlyphSet): string | null {
  if (pcieLink === undefined || isAbsent(pcieLink.maxGeneration) || isAbsent(pcieLink.maxLanes)) return null;
  return linkOf(pcieLink.maxGeneration, pcieLink.maxLanes, glyphs);
}

function linkOf(
  generation: NonNullable<GpuView['pcieLink']>['generation'],
  lanes: NonNullable<GpuView['pcieLink']>['lanes'],
  glyphs: GlyphSet,
): string {
  return `${shown(generation, glyphs, (value) => `${countText(value)}.0`)} x${shown(lanes, glyphs, countText)}`;
}

/** `18/18`: active ones of all; `none active` where the driver gives no number. */
export function nvlinkText({nvlinks}: GpuView, glyphs: GlyphSet): LinkText {
  if (nvlinks === undefined || isAbsent(nvlinks)) return {text: glyphs.dash, tone: 'normal'};
  const {count, activeCount} = nvlinks;
  if (count === 0) return {text: 'none active', tone: 'warning'};
  return {text: `${countText(activeCount)}/${countText(count)}`, tone: activeCount < count ? 'warning' : 'normal'};
}
