/** A line as a viewer shows it: without what the viewer added, and the time that it or the line itself has. */
export type ViewedLine = {
  readonly text: string;
  /** Of the original text. */
  readonly number: number;
  readonly timeMs: number | null;
};
