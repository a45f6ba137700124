import {expect, test} from 'vitest';
import {savedScreen} from '../../../src/tui/saving/saved-screen.ts';
import {darkPaper} from '../../../src/tui/theme/paper.ts';
import {themeOf} from '../../../src/tui/theme/theme.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildEvents} from '../../support/build-events.ts';
import {buildConsoleData, buildSnapshot} from '../../support/build-snapshot.ts';
import {configuredValues} from '../../support/configured-values.ts';
import {openedWith, screens} from '../../support/console-screens.ts';

const file = '/home/op/.config/gantry/gantry.yaml';
const configuration = {file, isInForce: true, values: configuredValues(file)};
const data = buildConsoleData({snapshot: buildSnapshot({configuration}), events: buildEvents()});

/** The pictures of README and docs, drawn from the data of the golden screens: `npm run golden` draws them again. */
const pictures: readonly (readonly [name: string, keys: readonly string[]])[] = [
  ['overview', ['1']],
  ['gpus', ['2']],
  ['engine', ['3']],
  ['latency', ['4']],
  ['cost', ['5']],
  ['plan', ['7']],
  ['history', ['8', 'p', 'down', 'left']],
];

test.each(pictures)('the picture of the %s screen is as it is drawn now', async (name, keys) => {
  const pen = {theme: themeOf('dark', 'trueColor'), glyphs: unicodeGlyphs};
  const {state, context} = openedWith(data, keys, {columns: 120, rows: 40});
  const {content} = savedScreen({state, screens, context: {...context, pen}}, 'svg', darkPaper);
  await expect(content).toMatchFileSnapshot(`../../../docs/pictures/${name}.svg`);
});
