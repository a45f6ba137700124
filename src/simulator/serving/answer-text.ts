const reasoningWords =
  'The request reached a simulated engine so no model reads it and the words here only stand for tokens that a real node would have to compute one after the other'.split(
    ' ',
  );
const answerWords =
  'This answer comes from the simulated node of Gantry and means nothing but every token in it went through the scheduler and is counted in the metrics'.split(
    ' ',
  );

/** The part of an answer that a token belongs to. */
export type AnswerPart = 'reasoning' | 'content';

/** The text of the token at this position of an answer; the first third is reasoning if the model reasons. */
export function answerToken(
  at: number,
  answer: {readonly naturalTokens: number; readonly reasons: boolean},
): {readonly part: AnswerPart; readonly text: string} {
  const thinks = answer.reasons ? Math.max(1, Math.floor(Math.min(answer.naturalTokens, 3_000) / 3)) : 0;
  const part = at < thinks ? 'reasoning' : 'content';
  const words = part === 'reasoning' ? reasoningWords : answerWords;
  const place = part === 'reasoning' ? at : at - thinks;
  const word = words[place % words.length] ?? '';
  return {part, text: place === 0 ? word : ` ${word}`};
}
