import {type Canvas, type CanvasSize, createCanvas} from './canvas.ts';
import {type Difference, difference, isSameRow} from './difference.ts';

const HEADER = 0;
const CLEAR_SCREEN = '\u001b[m\u001b[2J';

/**
 * Makes the canvas the next frame, whatever is on it: nothing, or the frame before. Returns the numbers of the rows that may have changed;
 * null: any.
 */
export type Paint = (canvas: Canvas) => ReadonlySet<number> | null;

/** What the terminal shows, and what it should show. */
export type FramePair = {
  /** Has the next frame painted. What it changes is written first if it is urgent. */
  readonly paint: (size: CanvasSize, paint: Paint, isUrgent: boolean) => void;
  /** The terminal shows something unknown. */
  readonly forget: () => void;
  /** What brings the terminal closer to the last frame; of what is not urgent, as long as the whole is shorter than `maxRest`. */
  readonly changes: (maxBytes: number, maxRest: number) => Pick<Difference, 'text' | 'isComplete'>;
};

/**
 * Frames for a terminal that may be too slow for them: what an urgent frame changed is written first, then the others in turns,
 * so that the last rows are not always those which have to wait.
 */
export function createFramePair(): FramePair {
  let shown = createCanvas({columns: 0, rows: 0});
  let wanted = shown;
  let isUnknown = true;
  /** Those of the last urgent frame first: the effect of a key comes before the rest of what the key before it changed. */
  let urgent = new Set<number>();
  /** All rows in which both may differ. */
  let stale = new Set<number>();
  /** The row that the next turn begins with. */
  let turn = 0;

  /** The header, which says how old all others are, urgent rows, then the others from the turn on. */
  function order(): {readonly first: readonly number[]; readonly others: readonly number[]} {
    const first = new Set([HEADER, ...urgent].filter((row) => stale.has(row)));
    const turns = [...stale].sort((one, other) => turnOf(one) - turnOf(other));
    return {first: [...first], others: turns.filter((row) => !first.has(row))};
  }

  const turnOf = (row: number): number => (row - turn + wanted.rows) % wanted.rows;

  return {
    paint(size, paint, isUrgent) {
      const before = isUrgent ? {...wanted, texts: [...wanted.texts], styles: [...wanted.styles]} : null;
      if (size.columns !== wanted.columns || size.rows !== wanted.rows) {
        wanted = createCanvas(size);
        isUnknown = true;
      }
      const painted = paint(wanted) ?? allRows(wanted);
      for (const row of painted) stale.add(row);
      if (before === null || isUnknown) return;
      const changed = [...painted].filter((row) => !isSameRow(before, wanted, row));
      urgent = new Set([...changed, ...urgent]);
    },
    forget() {
      isUnknown = true;
    },
    changes(maxBytes, maxRest) {
      const isWhole = isUnknown;
      if (isWhole) {
        shown = createCanvas(wanted);
        isUnknown = false;
        urgent = new Set();
        stale = new Set(allRows(wanted));
        turn = 0;
      }
      const {first, others} = order();
      const before = difference(shown, wanted, maxBytes, first);
      const rest = difference(shown, wanted, maxRest - before.bytes, before.isComplete ? others : []);
      for (const row of [...first.slice(0, before.rowsDone), ...others.slice(0, rest.rowsDone)]) {
        urgent.delete(row);
        stale.delete(row);
      }
      const isComplete = before.isComplete && rest.isComplete;
      const text = before.text + rest.text;
      if (isComplete) turn = 0;
      else if (before.isComplete) turn = others[rest.rowsDone] ?? 0;
      return {text: isWhole ? CLEAR_SCREEN + text : text, isComplete};
    },
  };
}

function allRows({rows}: Canvas): readonly number[] {
  return Array.from({length: rows}, (_, row) => row);
}
