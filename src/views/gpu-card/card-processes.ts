import type {GpuView} from '../../api/snapshot.ts';
import {type Absent, isAbsent} from '../../samples/reading.ts';
import {fixedGibText} from '../../shared/quantities/bytes.ts';
import {cutText, textWidth} from '../../shared/text-width.ts';
import {type TableCell, tableRows} from '../details/table.ts';
import {span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {placeText} from '../text/place-text.ts';

type Space = {readonly columns: number; readonly glyphs: GlyphSet};
type GpuProcess = Exclude<GpuView['processes'], Absent>[number];

const MOST_USER_COLUMNS = 12;
/** Below this, a program has its name without directories. */
const WIDE_COLUMNS = 110;
const NARROW_NAME_COLUMNS = 16;
/** Of a table, at most. */
const NAME_SHARE = 0.4;
/** What pid, memory and whose take at most, and the gaps of user and place. */
const OTHER_COLUMNS = 37;
const LEAST_PLACE_COLUMNS = 12;
const MOST_PLACE_COLUMNS = 40;

/** Who holds memory of a GPU, the largest first: whose process it is, which user runs it, and where. */
export function cardProcessRows({processes}: GpuView, {columns, glyphs}: Space): readonly Row[] {
  if (isAbsent(processes)) return [[span(`processes: ${glyphs.dash} ${processes.absent}`, 'dim')]];
  if (processes.length === 0) return [[span('no process uses memory on this GPU', 'dim')]];
  const bytesOf = ({usedBytes}: GpuProcess): number => (isAbsent(usedBytes) ? 0 : usedBytes);
  const users = processes.map((process) => cutText(userText(process, glyphs), MOST_USER_COLUMNS, glyphs.ellipsis));
  const nameColumns = columns < WIDE_COLUMNS ? NARROW_NAME_COLUMNS : Math.floor(columns * NAME_SHARE);
  const room = columns - nameColumns - OTHER_COLUMNS - Math.max(0, ...users.map(textWidth));
  const placeColumns = Math.max(LEAST_PLACE_COLUMNS, Math.min(MOST_PLACE_COLUMNS, room));
  const heading = ['process', 'pid', 'memory', 'whose', 'user', 'runs in'].map((text) => ({text}));
  const cells = processes
    .toSorted((a, b) => bytesOf(b) - bytesOf(a))
    .map((process): TableCell[] => {
      const {pid, name, usedBytes, isOwn, owner} = process;
      const place = owner === undefined || isAbsent(owner) ? null : placeText(owner);
      return [
        {
          text: cutText(programText(shown(name, glyphs, String), columns), nameColumns, glyphs.ellipsis),
          tone: isOwn ? 'normal' : 'warning',
        },
        {text: String(pid), tone: 'strong'},
        {text: shown(usedBytes, glyphs, fixedGibText), tone: 'strong'},
        isOwn ? {text: 'engine', tone: 'normal'} : {text: 'other', tone: 'warning'},
        {text: cutText(userText(process, glyphs), MOST_USER_COLUMNS, glyphs.ellipsis), tone: 'normal'},
        {text: cutText(place ?? glyphs.dash, placeColumns, glyphs.ellipsis), tone: place === null ? 'dim' : 'normal'},
      ];
    });
  return [...tableRows([heading, ...cells], {columns, glyphs}), ...unknownRows(processes, glyphs)];
}

function programText(name: string, columns: number): string {
  return columns < WIDE_COLUMNS && name.startsWith('/') ? name.slice(name.lastIndexOf('/') + 1) : name;
}

function userText({owner}: GpuProcess, glyphs: GlyphSet): string {
  return owner === undefined || isAbsent(owner) ? glyphs.dash : (owner.user ?? String(owner.uid));
}

/** Why the user of a process is unknown. */
function unknownRows(processes: readonly GpuProcess[], glyphs: GlyphSet): readonly Row[] {
  const reasons = processes.flatMap(({owner}) => (owner !== undefined && isAbsent(owner) ? [owner.absent] : []));
  return [...new Set(reasons)].map((reason) => [span(`user ${glyphs.dash} ${reason}`, 'dim')]);
}
