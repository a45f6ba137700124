/** The tensor parallel rank that wrote a line, as workers mark it: `TP3`, `[rank3]`, `rank=3`. Null without a mark. */
export function lineRank(text: string): number | null {
  const found = /(?:\b|_)TP(\d{1,4})\b/.exec(text) ?? /\brank[ =:]{0,2}(\d{1,4})\b/i.exec(text);
  return found === null ? null : Number(found[1]);
}
