import {expect, test} from 'vitest';
import {savedScreen} from '../../../src/tui/saving/saved-screen.ts';
import {darkPaper} from '../../../src/tui/theme/paper.ts';
import {themeOf} from '../../../src/tui/theme/theme.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {buildConsoleData} from '../../support/build-snapshot.ts';
import {pressed, screenContext, screens} from '../../support/console-screens.ts';

/** The pictures of README and docs, drawn from the data of the golden screens: `npm run golden` draws them again. */
test.each([
  ['overview', '1'],
  ['gpus', '2'],
  ['engine', '3'],
  ['latency', '4'],
  ['plan', '7'],
])('the picture of the %s screen is as it is drawn now', async (name, key) => {
  const pen = {theme: themeOf('dark', 'trueColor'), glyphs: unicodeGlyphs};
  const context = {...screenContext(buildConsoleData(), {columns: 120, rows: 40}), pen};
  const {state} = pressed([key], context);
  const {content} = savedScreen({state, screens, context}, 'svg', darkPaper);
  await expect(content).toMatchFileSnapshot(`../../../docs/pictures/${name}.svg`);
});
