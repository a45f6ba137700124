import type {GlyphSet} from '../../views/glyphs.ts';
import type {Theme} from '../theme/theme.ts';

/** What every painted line depends on beside its text. */
export type Pen = {readonly theme: Theme; readonly glyphs: GlyphSet};
