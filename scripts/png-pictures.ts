// Draws docs/pictures/*.png from the SVG files next to them, with DejaVu Sans Mono, whatever fonts this machine has. A PNG whose SVG
// has not changed stays as it is. `npm run golden` runs this after it has updated the SVG files.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {Resvg} from '@resvg/resvg-js';
import {darkPaper} from '../src/tui/theme/paper.ts';
import {digestOf, indexedPng, sourceOf} from './indexed-png.ts';

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
const fonts = path.dirname(fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf')));
const family = 'DejaVu Sans Mono';

function drawn(svg: string): Buffer {
  const image = new Resvg(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles: ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf'].map((file) => path.join(fonts, file)),
      defaultFontFamily: family,
      monospaceFamily: family,
    },
    // The round corners of the SVG are transparent.
    background: darkPaper.background,
  }).render();
  return indexedPng({width: image.width, height: image.height, rgba: image.pixels}, svg);
}

function isCurrent(file: string, svg: string): boolean {
  try {
    return sourceOf(readFileSync(file)) === digestOf(svg);
  } catch {
    return false;
  }
}

for (const name of readdirSync(folder).filter((file) => file.endsWith('.svg'))) {
  const svg = readFileSync(path.join(folder, name), 'utf8');
  const file = path.join(folder, name.replace(/\.svg$/, '.png'));
  if (isCurrent(file, svg)) continue;
  writeFileSync(file, drawn(svg));
  console.log(`Wrote ${path.relative(process.cwd(), file)}.`);
}
